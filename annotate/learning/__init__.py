"""Learning from the analysts: the verdicts of a log make examples, and the examples a verifier."""
