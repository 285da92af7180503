"""E-mail: what a notice looks like as a letter, and how a letter is handed to a server."""
