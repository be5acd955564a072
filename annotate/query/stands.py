"""The stands of an airfield: where an aircraft stood in any scene, and what the others show there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from annotate.log.entries import Sighting
from annotate.query.emptiness import not_empty
from annotate.query.searched_scenes import SearchedScene
from annotate.query.shown import DataShare, NotShown
from annotate.query.stand_matching import place_of, side_m, tolerance_m
from imagery.airfields import distance_m
from imagery.grid import LonLat


class StandInScene(NamedTuple):
    """What one scene shows of a stand: an aircraft, that it is empty, or that it does not show it.

    Attributes:
        sighting: The aircraft; None where nobody says that there is one.
        not_shown: Why there may be one all the same; None where a person has seen the stand empty.
    """

    sighting: Sighting | None
    not_shown: NotShown | None

    @property
    def empty(self) -> bool:
        """True if a person has seen the stand empty."""
        return self.sighting is None and self.not_shown is None


class StandHistory(NamedTuple):
    """A place where an aircraft stood.

    Attributes:
        number: From 1, along the airfield.
        place: The middle of the first aircraft that was seen there.
        side_m: Length or wingspan of the largest.
        scenes: What each scene shows of it, in their order.
    """

    number: int
    place: LonLat
    side_m: float
    scenes: tuple[StandInScene, ...]


def stands_of(scenes: Sequence[SearchedScene], data_share: DataShare) -> list[StandHistory]:
    """Return the stands of an airfield, neighbours after each other.

    Args:
        scenes: Of one airfield, with all aircraft that were seen in them, in the order they were taken.
        data_share: Looks up gaps in a scene.
    """
    held: list[list[Sighting | None]] = []
    firsts: list[Sighting] = []
    for index, scene in enumerate(scenes):
        for sighting in scene.sightings:
            if place_of(sighting) is None:
                continue
            at = _stand_at(sighting, firsts, [row[index] for row in held])
            if at is None:
                firsts.append(sighting)
                held.append([None] * len(scenes))
                at = len(held) - 1
            held[at][index] = sighting
    return [
        _stand(number, firsts[at], held[at], scenes, data_share)
        for number, at in enumerate(_along(firsts), start=1)
    ]


def _stand_at(sighting: Sighting, firsts: Sequence[Sighting], taken: Sequence[Sighting | None]) -> int | None:
    """Return the nearest stand that an aircraft may stand on; None where all are further, or taken."""
    apart_m = {
        at: distance_m(_place(first), _place(sighting))
        for at, first in enumerate(firsts)
        if taken[at] is None
    }
    near = {at: metres for at, metres in apart_m.items() if metres <= tolerance_m(firsts[at], sighting)}
    return min(near, key=near.__getitem__, default=None)


def _stand(
    number: int,
    first: Sighting,
    held: Sequence[Sighting | None],
    scenes: Sequence[SearchedScene],
    data_share: DataShare,
) -> StandHistory:
    largest_m = max(side_m(sighting) for sighting in held if sighting)
    cells = (
        StandInScene(sighting, None if sighting else not_empty(scene, first, data_share, largest_m=largest_m))
        for sighting, scene in zip(held, scenes, strict=True)
    )
    return StandHistory(number, _place(first), largest_m, tuple(cells))


def _along(firsts: Sequence[Sighting]) -> list[int]:
    """Return the order of places along the line that they lie on most nearly."""
    if len(firsts) < 2:
        return list(range(len(firsts)))
    places = np.array([_place(first) for first in firsts])
    places[:, 0] = (places[:, 0] - places[0, 0] + 180) % 360 * np.cos(np.radians(places[0, 1]))
    offsets = places - places.mean(axis=0)
    axis = np.linalg.svd(offsets, full_matrices=False)[2][0]
    along = offsets @ (axis if axis[0] >= 0 else -axis)
    return [int(at) for at in np.argsort(along, kind="stable")]


def _place(sighting: Sighting) -> LonLat:
    place = place_of(sighting)
    if place is None:
        raise ValueError(f"{sighting.id}: has no place")
    return place
