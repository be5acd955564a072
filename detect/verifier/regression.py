"""Logistic regression that begins at the detector's own score and moves away from it as verdicts ask for it.

The log-odds of an aircraft are those of the score plus a line in the features. The line's coefficients are
held near zero (a Gaussian prior, which is ridge regression), so with few verdicts little changes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from detect.arrays import Bools
from detect.verifier.pose_features import COUNT, SCALARS
from imagery.grid import Floats

STEPS = 40  # of Newton's method, which needs about eight
FINEST_STEP = 1e-6
LONGEST_STEP = 3.0
LEAST_SPREAD = 1e-4  # of a feature: below, it tells nothing
NO_SPREAD = 1e9  # what such a feature is divided by
FARTHEST = 5.0  # standard deviations: what lies beyond counts as if it lay there
FARTHEST_LOG_ODDS = 30.0  # beyond, a chance is 0 or 1 to the last digit
SHIFT_FREEDOM = 100.0
# Variance that the prior gives the histograms and the picture together: held-out scenes choose among these.
# With the least, hardly more than the shift changes, which is right for a few dozen verdicts.
FREEDOMS = (0.01, 0.1, 1.0, 10.0)
# That of the coefficient of a scalar, at most and as a share of the above. On Pléiades, template detector: at
# 1, one verdict in twenty that is false costs what is gained in one scene and a part of it in ten.
SCALAR_FREEDOM, SCALAR_SHARE = 0.1, 1 / 3


class Regression(NamedTuple):
    """What was fitted, with what brings features to one scale.

    Attributes:
        means: Of the features, (COUNT,) float64.
        spreads: What they are then divided by, (COUNT,) float64, above 0.
        weights: Log-odds that one of the result adds, (COUNT,) float64.
        shift: Log-odds that are added where all are at their means.
    """

    means: Floats
    spreads: Floats
    weights: Floats
    shift: float

    def log_odds(self, features: Floats) -> Floats:
        """Return the log-odds of an aircraft, (N,) float64.

        Args:
            features: (N, COUNT), as `detect.verifier.pose_features.candidate_features` gives them.
        """
        scaled = _scaled(features, self.means, self.spreads)
        result: Floats = features[:, 0] + scaled @ self.weights + self.shift
        return result


def fit_regression(features: Floats, aircraft: Bools, freedom: float) -> Regression:
    """Fit by Newton's method.

    Args:
        features: (N, COUNT).
        aircraft: (N,), with both kinds among them.
        freedom: One of `FREEDOMS`, or another variance.
    """
    means, spreads = features.mean(axis=0), features.std(axis=0)
    spreads = np.where(spreads < LEAST_SPREAD, NO_SPREAD, spreads)
    columns = np.column_stack([_scaled(features, means, spreads), np.ones(len(features))])
    precision = _prior_precision(freedom)
    weights = np.zeros(COUNT + 1)
    for _ in range(STEPS):
        chance = chances(features[:, 0] + columns @ weights)
        slope = columns.T @ (chance - aircraft) + precision * weights
        curvature = (columns * (chance * (1 - chance))[:, None]).T @ columns
        curvature[np.diag_indices_from(curvature)] += precision
        step = np.linalg.solve(curvature, slope)
        longest = float(np.abs(step).max())
        weights -= step * min(1.0, LONGEST_STEP / max(longest, FINEST_STEP))
        if longest < FINEST_STEP:
            break
    return Regression(means, spreads, weights[:-1], float(weights[-1]))


def chances(log_odds: Floats) -> Floats:
    """Return what log-odds amount to, (N,) float64 in 0..1."""
    result: Floats = 1 / (1 + np.exp(-log_odds.clip(-FARTHEST_LOG_ODDS, FARTHEST_LOG_ODDS)))
    return result


def _scaled(features: Floats, means: Floats, spreads: Floats) -> Floats:
    scaled: Floats = ((features - means) / spreads).clip(-FARTHEST, FARTHEST)
    return scaled


def _prior_precision(freedom: float) -> Floats:
    """Return one over the variance of each coefficient by the prior, (COUNT + 1,): the last is the shift."""
    scalars = len(SCALARS)
    precision = np.full(COUNT + 1, 1 / min(SCALAR_FREEDOM, SCALAR_SHARE * freedom))
    precision[scalars:-1] = (COUNT - scalars) / freedom
    precision[-1] = 1 / SHIFT_FREEDOM
    return precision
