"""How sure a candidate is: what its detector said, and how well a planform fits what is there.

A detector that knows nothing of outlines says something else than their response does, so the two add up as
log-odds. Found on Pléiades scenes that the network's weights had not seen: of its hits that are aircraft half
respond above 0.85, of the others half above 0.33. One that went by outlines itself has said it all already.
"""

from __future__ import annotations

import math

INDEPENDENT = 6.0  # log-odds that a unit of response adds to what is said without looking at outlines
EVEN = 0.5  # the response that says neither
BOUNDS = (-0.2, 0.9)  # beyond, response says no more
SUREST = 1e-9  # a score is never closer to 0 or 1, where odds end


def combined(score: float, response: float, weight: float) -> float:
    """The score of a candidate, 0..1.

    Args:
        score: The detector's, 0..1.
        response: Of the planform that fits best, see `detect.measuring.pose`.
        weight: Log-odds that a unit of response adds.
    """
    if not weight:
        return score
    chance = min(max(score, SUREST), 1 - SUREST)
    said = math.log(chance / (1 - chance))
    return 1 / (1 + math.exp(-(said + weight * (min(max(response, BOUNDS[0]), BOUNDS[1]) - EVEN))))


def at_best(score: float, weight: float) -> float:
    """The score that a hit can have at best once it is measured."""
    return combined(score, BOUNDS[1], weight)
