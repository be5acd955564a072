"""Questions to the log: which entries match, what changed at an airfield, what happened there and when."""
