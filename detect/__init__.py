"""From pixels to candidates: detectors propose, the rest merges and measures."""

DETECTORS = ("template", "contour")  # the first is the default; here so that --help need not load numpy
