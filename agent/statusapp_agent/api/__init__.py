"""The local API: HTTP over a Unix socket, for the desktop, the command line, and anybody's scripts on this machine."""
