"""The types that the review page offers by a key: for each box its best suggestions, then the usual ones.

An outline is sent with each, so that the page can lay it over a box, and whoever looks can compare.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from annotate.labelstudio.interface import REASON_MARK, needs_reason
from annotate.labelstudio.known_types import KnownTypes
from detect.candidate import Candidate
from imagery.aircraft.planform import planform_of
from imagery.aircraft.types import aircraft_types

MOST_SUGGESTED = 5  # keys 1 to 5; the usual types have those that are left
OUTLINE_WITHIN_M = 0.2  # fewer points than the silhouette has, all of them this near to it
UNITS_PER_M = 10


def type_keys(candidates: Sequence[Candidate], known: KnownTypes, gsd_m: float) -> dict[str, Any]:
    """Return what the page needs to offer types by keys, as JSON members.

    Args:
        candidates: Of the task.
        known: What is known of types at the airfield.
        gsd_m: Of the scene, in metres.

    Returns:
        ``boxes``: by a candidate's id its suggestions in the order to try them, each [designator, score];
        ``usual``: designators; ``types``: of each of these by designator its ``name``, ``path`` in the list
        of types, mark where it takes a ``reason``, and ``outline``: x right and y forward in decimetres from
        the middle of length and span, in turn.
    """
    table = aircraft_types()
    boxes = {
        candidate.id: [
            suggestion for suggestion in known.ranked(candidate.types) if suggestion.type in table
        ][:MOST_SUGGESTED]
        for candidate in candidates
    }
    usual = [icao for icao in known.usual if icao in table]
    suggested = [suggestion.type for box in boxes.values() for suggestion in box]
    types = {
        icao: {
            "name": table[icao].name,
            "path": [table[icao].category, icao],
            "reason": REASON_MARK if needs_reason(icao, gsd_m) else "",
            "outline": _outline(icao),
        }
        for icao in dict.fromkeys([*suggested, *usual])
    }
    sent = {identifier: [list(suggestion) for suggestion in box] for identifier, box in boxes.items()}
    return {"boxes": sent, "usual": usual, "types": types}


@cache
def _outline(icao: str) -> list[int]:
    """Return a type's outline, x and y in turn, in decimetres."""
    ring = planform_of(aircraft_types()[icao]).silhouette().exterior.simplify(OUTLINE_WITHIN_M)
    points: list[int] = np.rint(np.array(ring.coords)[:-1] * UNITS_PER_M).astype(int).ravel().tolist()
    return points
