"""Texts to phones: what they say, whom they reach, and the services and devices that carry them."""
