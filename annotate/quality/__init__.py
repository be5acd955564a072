"""Review by several people: how fast they are, how far they agree, and what the detector missed."""
