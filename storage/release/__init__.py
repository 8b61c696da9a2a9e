"""Releases: a server's accepted works and what members think of them, as a folder that others can trust."""
