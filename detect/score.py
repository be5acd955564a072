"""How sure a candidate is: its detector's score, and how well a planform fits the image there.

The score of a detector that knows nothing of outlines is other evidence than their response, so the two add
up as log-odds. On Pléiades scenes that the network's weights had not seen, half of its hits that are aircraft
respond above 0.85, half of the others above 0.33. A detector that goes by outlines itself has the weight 0.
"""

from __future__ import annotations

import math
from typing import NamedTuple

RESPONSE_WEIGHT = 6.0  # log-odds that a unit of response adds to a score found without looking at outlines
NEUTRAL_RESPONSE = 0.5  # speaks neither for nor against an aircraft
LOWEST_RESPONSE, HIGHEST_RESPONSE = -0.2, 0.9  # beyond these, the response adds nothing
LEAST_DOUBT = 1e-9  # a score is never closer to 0 or 1, where odds end


class Calibration(NamedTuple):
    """How the score of a network comes about: log-odds are slope x heat + shift + weight x response.

    `detect.evaluation.calibration` fits it.

    Attributes:
        slope: Log-odds that one of the heat's log-odds adds; an aircraft's heat is split between cells.
        shift: Log-odds where heat and response speak neither for nor against.
        response_weight: As for `combined_score`.
    """

    slope: float = 3.7  # fitted on Pléiades scenes of sites that the weights had not seen
    shift: float = 0.3
    response_weight: float = RESPONSE_WEIGHT


def combined_score(score: float, response: float, weight: float) -> float:
    """Return the score of a candidate, 0..1.

    Args:
        score: The detector's, 0..1.
        response: Of the planform that fits best, see `detect.measuring.pose`.
        weight: Log-odds that a unit of response adds.
    """
    if not weight:
        return score
    response = min(max(response, LOWEST_RESPONSE), HIGHEST_RESPONSE)
    return 1 / (1 + math.exp(-(log_odds(score) + weight * (response - NEUTRAL_RESPONSE))))


def log_odds(score: float) -> float:
    """Return the log-odds of a score, 0..1; those of 0 and 1 are finite."""
    chance = min(max(score, LEAST_DOUBT), 1 - LEAST_DOUBT)
    return math.log(chance / (1 - chance))


def best_possible_score(score: float, weight: float) -> float:
    """Return the score that a hit can have at best once it is measured."""
    return combined_score(score, HIGHEST_RESPONSE, weight)
