"""The log in formats that other programs read."""
