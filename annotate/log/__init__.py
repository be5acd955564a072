"""The sighting log: append-only, hash-chained, and ignorant of Label Studio."""
