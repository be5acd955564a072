"""Which aircraft types a measured candidate may be, with scores that serve as probabilities.

Two kinds of evidence count: how well a type's own outline fits (`detect.measuring.type_fit`) and how far its
size is from the one measured with kinds that bend. Every type of the table is as likely as any other
beforehand, and there is room for what is in no table: it counts as one type more, which fits as well as the
best kind does. So scores need not add up to 1, and where little fits no type is named.

A helicopter's blades cross its outline: what is measured across is anything between its body and its rotor.
So of helicopters only the length counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from detect.box import GroundBox
from detect.candidate import SizeError, TypeSuggestion
from detect.measuring.type_outlines import type_outlines

MOST = 10
LEAST_SCORE = 0.02  # a suggestion below is of no use
STANDS_OUT = 0.03  # the best must reach this, or none is named
# Log-odds of a unit of a fit's score. On rendered aircraft 20 would be right; outlines of real ones are known
# less well, and sizes of marked aircraft agree better with the types that 12 puts first.
EVIDENCE = 12.0
# Fits of one image are wrong together, and outlines of a type's variants differ in size, so a size counts by
# half of what its error alone would say; and at most so much, since one in ten is wrong altogether.
SIZE_EVIDENCE, MOST_SIZE_EVIDENCE = 0.5, 4.5
UNLISTED_FIT = 0.6  # of what is in no table, where no kind fits better
# Coarser, an airliner of 36 m is fewer than 18 pixels, its tail is 2, and only its size is left: not enough
# to name a type.
COARSEST_NAMED_M = 2.0


class TypeScore(NamedTuple):
    """How well one outline of a type fits.

    Attributes:
        outline: Which, of `detect.measuring.type_outlines`.
        score: See `detect.measuring.type_fit`.
    """

    outline: int
    score: float


def suggested_types(
    fits: Sequence[TypeScore], response: float, ground: GroundBox, error: SizeError
) -> tuple[TypeSuggestion, ...]:
    """Return types that a candidate may be, the likeliest first.

    Args:
        fits: Outlines that were fitted; a type may come several times, and counts by its likeliest.
        response: Of the kind that fits best, see `detect.measuring.pose`.
        ground: Length and wingspan of that kind.
        error: How far these may be off.

    Returns:
        At most 10; none where no type stands out.
    """
    if not fits:
        return ()
    table, outlines = type_outlines(), np.array([fit.outline for fit in fits])
    off = (table.sizes[outlines] - (ground.length_m, ground.wingspan_m)) / error
    off[table.rotors[outlines], 1] = 0
    misfit = np.minimum((off * off).sum(axis=1) / 2, MOST_SIZE_EVIDENCE / SIZE_EVIDENCE)
    better = np.array([fit.score for fit in fits]) - max(response, UNLISTED_FIT)
    odds = np.exp(EVIDENCE * better - SIZE_EVIDENCE * misfit)
    likeliest: dict[str, float] = {}
    for outline, one in sorted(zip(outlines.tolist(), odds.tolist(), strict=True)):
        name = table.names[outline]
        likeliest[name] = max(one, likeliest.get(name, 0.0))
    names, each = list(likeliest), np.array(list(likeliest.values()))
    scores = each / (each.sum() + 1)
    best = np.argsort(-scores, kind="stable")[:MOST]
    if scores[best[0]] < STANDS_OUT:
        return ()
    return tuple(
        TypeSuggestion(names[index], round(float(scores[index]), 4))
        for index in best
        if scores[index] >= LEAST_SCORE
    )
