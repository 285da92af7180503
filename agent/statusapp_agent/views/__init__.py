"""Core values as the views of the wire contract. Pure: what is known, and the present, are handed in."""
