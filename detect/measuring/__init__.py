"""Measuring: a planform fitted to what is around each hit, for its length, wingspan and heading."""
