"""From candidates to sightings: review in Label Studio, the log, and what is made from it."""
