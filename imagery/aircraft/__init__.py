"""Aircraft types: their dimensions, their proportions, and their outlines seen from above."""
