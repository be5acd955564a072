"""The commands about scenes, one module each, and the options and habits all commands share."""
