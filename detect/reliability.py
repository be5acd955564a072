"""How far scores mean what they say: of candidates at 0.8, eight in ten are to be aircraft."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from detect.score import LEAST_DOUBT
from imagery.grid import Floats

BINS = 10


class ScoreBin(NamedTuple):
    """The candidates of a tenth of the scores.

    Attributes:
        low: Where the tenth begins.
        high: Where it ends.
        candidates: How many there are, above 0.
        score: Their mean score.
        aircraft: How many of them are aircraft.
    """

    low: float
    high: float
    candidates: int
    score: float
    aircraft: int


def score_bins(scores: Floats, right: Floats) -> tuple[ScoreBin, ...]:
    """Count candidates by tenths of the score; tenths without any are left out.

    Args:
        scores: (N,), 0..1.
        right: (N,), 1 for what is an aircraft, 0 for what is not.
    """
    tenths = np.minimum((scores * BINS).astype(int), BINS - 1)
    members = ((tenth, tenths == tenth) for tenth in range(BINS))
    return tuple(
        ScoreBin(
            tenth / BINS,
            (tenth + 1) / BINS,
            int(inside.sum()),
            float(scores[inside].mean()),
            int(right[inside].sum()),
        )
        for tenth, inside in members
        if inside.any()
    )


def calibration_error(bins: tuple[ScoreBin, ...]) -> float:
    """Return the mean distance of the score from the share that is right, by candidates (ECE); 0 of none.

    Naeini, Cooper, Hauskrecht (2015), "Obtaining well calibrated probabilities using Bayesian binning".
    """
    count = sum(each.candidates for each in bins)
    return sum(abs(each.score * each.candidates - each.aircraft) for each in bins) / max(1, count)


def log_loss(scores: Floats, right: Floats) -> float:
    """Return the mean negative log-likelihood of what is right; see `score_bins` for the arguments."""
    likelihood = np.where(right > 0, scores, 1 - scores).clip(LEAST_DOUBT)
    return float(-np.log(likelihood).mean())
