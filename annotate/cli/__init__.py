"""The commands about review and the log."""
