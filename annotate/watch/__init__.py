"""Watching airfields: one round from the catalogue to the report, which can be repeated."""
