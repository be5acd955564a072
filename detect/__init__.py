"""From pixels to candidates: detectors propose, the rest merges and measures."""

from collections.abc import Callable

Progress = Callable[[int, int], None]  # called with how much of some work is done, and its total

# Here so that --help need not load numpy. The first of each is the default.
DETECTORS = ("network", "template", "contour")
MODELS = ("pleiades", "rendered")  # the network's weights that come with hardstand: folders of detect/weights
