"""The commands about scenes, one module each, and the options that all commands share."""
