"""Georeferenced airport images: open them, tile them, and say where and when each pixel was."""
