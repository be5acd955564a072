"""Which aircraft types a measured size fits, as honest probabilities.

Every type of the table is as likely as any other beforehand, errors are normal, and there is room for what is
in no table: some aircraft are, and some candidates are no aircraft. So the scores are posterior probabilities
by Bayes' rule, and need not add up to 1. A size decides little: many types share that of an A320.

A helicopter's blades cross its outline: hardly ever does a planform fit well, and what is measured across is
anything between its body and its rotor. So of helicopters only the length counts.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray

from detect.box import GroundBox
from detect.candidate import SizeError, TypeSuggestion
from imagery.aircraft.types import Wing, aircraft_types
from imagery.grid import Floats

MOST = 10
LEAST_SCORE = 0.02  # a suggestion below is of no use
STANDS_OUT = 0.03  # the best must reach this, or none is named
NONE_OF_THEM = 0.2  # share of candidates that no type of the table is, beforehand
OTHER_WING = 0.1  # share of aircraft of which another wing than their own fits best: 7 % of 106 rendered ones
# Shares around which no planform fits well: of helicopters, of other aircraft (in rendered development scenes
# 9 of 9, 5 of 92), and of what is in no table, a guess.
UNFITTED_ROTOR, UNFITTED_OTHER, UNFITTED_NONE = 0.9, 0.07, 0.5
ROTOR_REACH = 1.2  # greatest width that is measured of a helicopter, over its length: rotors reach no further
# Sizes of none of them, evenly on a logarithmic scale: from the least to the greatest of any aircraft.
LENGTHS_M, WINGSPANS_M = (6.0, 85.0), (3.0, 90.0)
# Coarser, an airliner of 36 m is fewer than 18 pixels, its tail is 2, and only its size is left: not enough
# to name a type.
COARSEST_NAMED_M = 2.0


def types_by_size(
    ground: GroundBox, error: SizeError, gsd_m: float, wing: Wing | None
) -> tuple[TypeSuggestion, ...]:
    """Return types that a measured size fits, the likeliest first.

    Args:
        ground: Length and wingspan.
        error: How far these may be off.
        gsd_m: Metres per pixel of the scene.
        wing: Shape of the wing that fits; None where no planform fits well.

    Returns:
        At most 10; none where no type stands out, and none from a scene coarser than 2 m.
    """
    if gsd_m > COARSEST_NAMED_M:
        return ()
    names, sizes, wings = _table()
    measured = (ground.length_m, ground.wingspan_m)
    along, across = ((sizes - measured) / error).T
    rotors = wings == "rotor"
    greatest_m = ROTOR_REACH * sizes[:, 0]
    widths = np.where(
        rotors,
        (ground.wingspan_m <= greatest_m) / greatest_m,
        np.exp(-(across**2) / 2) / (math.sqrt(2 * math.pi) * error.wingspan_m),
    )
    each = np.exp(-(along**2) / 2) / (math.sqrt(2 * math.pi) * error.length_m) * widths
    unfitted = np.where(rotors, UNFITTED_ROTOR, UNFITTED_OTHER)
    if wing is None:
        each *= unfitted
    else:
        each *= (1 - unfitted) * np.where(wings == wing, 1 - OTHER_WING, OTHER_WING)
    each *= (1 - NONE_OF_THEM) / len(names)
    reach = math.log(LENGTHS_M[1] / LENGTHS_M[0]) * math.log(WINGSPANS_M[1] / WINGSPANS_M[0])
    unlisted = (
        NONE_OF_THEM / (math.prod(measured) * reach) * (UNFITTED_NONE if wing is None else 1 - UNFITTED_NONE)
    )
    scores = each / (each.sum() + unlisted)
    best = np.argsort(-scores, kind="stable")[:MOST]
    if scores[best[0]] < STANDS_OUT:
        return ()
    return tuple(
        TypeSuggestion(names[index], round(float(scores[index]), 4))
        for index in best
        if scores[index] >= LEAST_SCORE
    )


@cache
def _table() -> tuple[tuple[str, ...], Floats, NDArray[np.str_]]:
    """Return designators; lengths and wingspans in metres, (types, 2); and shapes of wings, (types,)."""
    types = aircraft_types()
    sizes = np.array([(aircraft.length_m, aircraft.wingspan_m) for aircraft in types.values()])
    return tuple(types), sizes, np.array([aircraft.wing for aircraft in types.values()])
