"""From pixels to candidates: detectors propose, the rest merges and measures."""
