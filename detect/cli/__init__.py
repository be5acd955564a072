"""The commands that find candidates, judge detectors and train the network."""
