"""The verifier: learned from verdicts, it looks at each candidate of a detector again and scores it anew."""
