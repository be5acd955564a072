"""Which aircraft of one scene may be which of another: same stand, and same size within error."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from annotate.log.entries import Sighting
from detect.box import GroundBox, angle_between_deg
from detect.measuring.accuracy import least_size_error
from imagery.airfields import distance_m
from imagery.grid import LonLat

# Radial error that is assumed where a scene states none: Airbus gives 8.5 m CE90 for Pléiades without ground
# control, and CE90 is 1.5175 times the radial RMSE (FGDC-STD-007.3-1998).
UNSTATED_ERROR_M = 5.6
CE99 = 2.146  # radius that holds 99 % over the radial RMSE, of a circular normal error
SIZES_DIFFER = 2.0  # standard errors; one pair in twenty of one aircraft lies further apart
# Somebody else's place at less than so many times the distance could as well be the right one.
CLEARLY_NEARER = 2.0
LEAST_M = 1.0  # nobody draws a box more exactly
TURNED_DEG = 30.0


class Pair(NamedTuple):
    """An aircraft of the earlier scene and one of the later that may be it.

    Attributes:
        before: In the earlier scene.
        after: In the later one.
        distance_m: Between the two.
    """

    before: Sighting
    after: Sighting
    distance_m: float

    @property
    def turned(self) -> bool:
        """Whether its nose points elsewhere, so that it moved in between, wherever it stands now."""
        if self.before.heading_deg is None or self.after.heading_deg is None:
            return False
        angle = angle_between_deg(self.before.heading_deg, self.after.heading_deg)
        if not (self.before.heading_sure and self.after.heading_sure):
            angle = min(angle, 180 - angle)
        return angle > TURNED_DEG


class Matched(NamedTuple):
    """What became of two scenes' aircraft.

    Attributes:
        same: Pairs that are one aircraft as far as stand and size can tell.
        ambiguous: Pairs of which an aircraft could as well belong to another pair.
    """

    same: list[Pair]
    ambiguous: list[Pair]


def match(before: Sequence[Sighting], after: Sequence[Sighting]) -> Matched:
    """Pair the aircraft of two scenes, nearest first, each once.

    What no place is known of pairs with nothing. An aircraft whose size was not measured, or of which
    analysts disagree, pairs by its stand: whoever asks must look.
    """
    near = sorted(
        (
            Pair(one, other, distance)
            for one in before
            for other in after
            if (distance := stands_apart_m(one, other)) is not None
            and distance <= tolerance_m(one, other)
            and same_size(one, other)
        ),
        key=lambda pair: (pair.distance_m, pair.before.id, pair.after.id),
    )
    matched, taken = Matched([], []), set[str]()
    for index, pair in enumerate(near):
        if taken & {pair.before.id, pair.after.id}:
            continue
        clear_m = CLEARLY_NEARER * max(pair.distance_m, LEAST_M)
        rivals = [
            other
            for other in near[index + 1 :]
            if other.distance_m < clear_m
            and ((other.before.id == pair.before.id) != (other.after.id == pair.after.id))
            and not taken & {other.before.id, other.after.id}
        ]
        (matched.ambiguous if rivals else matched.same).append(pair)
        taken |= {pair.before.id, pair.after.id}
    return matched


def place_of(sighting: Sighting) -> LonLat | None:
    """Where it stood; None where its scene has no place."""
    if sighting.lon is None or sighting.lat is None:
        return None
    return LonLat(sighting.lon, sighting.lat)


def stands_apart_m(one: Sighting, other: Sighting) -> float | None:
    """Metres between two aircraft; None where one has no place."""
    here, there = place_of(one), place_of(other)
    return None if here is None or there is None else distance_m(here, there)


def tolerance_m(*sightings: Sighting) -> float:
    """How far apart one place can seem in the scenes of some sightings, in 99 of 100 cases."""
    errors = (one.position_error_m or UNSTATED_ERROR_M for one in sightings)
    return max(CE99 * math.hypot(*errors), LEAST_M)


def measured(sighting: Sighting) -> bool:
    """Whether its size is known."""
    return None not in (sighting.length_m, sighting.wingspan_m, sighting.gsd_m)


def same_size(one: Sighting, other: Sighting) -> bool:
    """Whether the sizes of two aircraft differ by no more than their errors; unknown ones don't differ."""
    sizes = [_size(sighting) for sighting in (one, other)]
    if sizes[0] is None or sizes[1] is None:
        return True
    return all(
        abs(here - there) <= SIZES_DIFFER * math.hypot(here_error, there_error)
        for (here, here_error), (there, there_error) in zip(*sizes, strict=True)
    )


def _size(sighting: Sighting) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """Length and wingspan, each with its error in a clear image from straight above; None where unknown."""
    length_m, wingspan_m, gsd_m = sighting.length_m, sighting.wingspan_m, sighting.gsd_m
    if length_m is None or wingspan_m is None or gsd_m is None:
        return None
    error = least_size_error(GroundBox(length_m, wingspan_m, 0.0), gsd_m)
    return (length_m, error.length_m), (wingspan_m, error.wingspan_m)
