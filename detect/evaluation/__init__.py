"""Measuring candidates against what is known of the aircraft in their scenes."""
