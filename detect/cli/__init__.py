"""The commands about candidates."""
