"""Whether the shifts of many landmarks agree by more than chance, and on what.

Landmarks of two places that are not one match somewhere, each elsewhere. So their agreement is judged *a
contrario* (Desolneux, Moisan and Morel, Meaningful alignments, International Journal of Computer Vision 40,
2000; for registration Moisan and Stival, A probabilistic criterion to detect rigid point matches between two
images, IJCV 57, 2004): how many sets of so many that agree so well are expected where all is chance?
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from imagery.grid import Floats

RADII_PX = (0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0)  # how well they may agree: the best is taken
NEAR_PLANE_PX, LEAST_FOR_PLANE = 2.0, 9


class CommonShift(NamedTuple):
    """The shift that most landmarks agree on.

    Attributes:
        shift: (2,) pixels.
        agreeing: (N,) bool: which of them.
        log10_chance: Decimal logarithm of how many such agreements chance would give.
    """

    shift: Floats
    agreeing: NDArray[np.bool_]
    log10_chance: float


def common_shift(shifts: Floats, tried: int, places: int) -> CommonShift | None:
    """Return the least likely agreement among some shifts; None where there are fewer than three.

    By chance a landmark falls within a radius of a place with the probability of a *line*: twice the radius
    over the side of the search. Its edges may lie along one runway, which fixes it across but not along; in a
    square the probability would be far smaller, and two runways of one direction would pass for one.

    Args:
        shifts: (N, 2) in pixels, of the landmarks that were found.
        tried: How many were looked for; those that were not found agree with nothing.
        places: Side of the search, in pixels.
    """
    if len(shifts) < 3:
        return None
    apart = np.hypot(*np.moveaxis(shifts[:, None] - shifts[None], -1, 0))
    best = (np.inf, 0, 0.0)
    for radius in RADII_PX:
        chance = min(1.0, 2 * radius / places)
        near = (apart <= radius).sum(axis=1)
        index = int(near.argmax())
        # Of the others: the one in the middle agrees with itself.
        tail = float(binom.logsf(near[index] - 2, tried - 1, chance)) / np.log(10)
        tests = float(np.log10(len(RADII_PX) * len(shifts)))
        best = min(best, (tail + tests, index, radius))
    log10_chance, index, radius = best
    center = shifts[index]
    for _ in range(5):
        agreeing = np.hypot(*(shifts - center).T) <= radius
        center = shifts[agreeing].mean(axis=0)
    return CommonShift(center, agreeing, log10_chance)


def variation(at: Floats, shifts: Floats, agreeing: NDArray[np.bool_]) -> float:
    """Return how far the shift departs from its mean, in pixels, where it changes steadily over the ground.

    A plane is fitted to the shifts that agree, then to all that lie near it, and so on: where one scene is
    stretched or turned against the other, only a strip of landmarks agrees on one shift, and the rest follow.

    Args:
        at: (N, 2) where the landmarks lie, in pixels of a scene.
        shifts: (N, 2) in pixels.
        agreeing: (N,) those that the common shift is of.
    """
    size = np.maximum(np.ptp(at, axis=0), 1.0)
    terms = np.column_stack([np.ones(len(at)), (at - at.mean(axis=0)) / size])
    near, fitted = agreeing, shifts
    for _ in range(20):
        plane, *_ = np.linalg.lstsq(terms[near], shifts[near])
        fitted = terms @ plane
        grown = np.hypot(*(shifts - fitted).T) <= NEAR_PLANE_PX
        if grown.sum() < LEAST_FOR_PLANE or (grown == near).all():
            break
        near = grown
    inside = fitted[near]
    return float(np.hypot(*(inside - inside.mean(axis=0)).T).max())
