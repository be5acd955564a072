"""Bundles: a part of the log for somebody who has nothing else, and trusts nobody."""
