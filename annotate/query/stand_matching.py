"""Matching the aircraft of two scenes: same stand, and same size within error."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from annotate.log.entries import Sighting
from annotate.log.size_check import measured_size
from detect.box import angle_between_deg
from detect.measuring.accuracy import SizeLikeness, compare_sizes
from imagery.airfields import distance_m
from imagery.grid import LonLat
from imagery.measures import CE99, UNSTATED_ERROR_M
from imagery.tiling import LARGEST_AIRCRAFT_M

# Another stand at less than so many times the distance could as well be the right one.
CLEARLY_NEARER = 2.0
LEAST_M = 1.0  # nobody draws a box more exactly
TURNED_DEG = 30.0


class AircraftPair(NamedTuple):
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
        """True if its nose points another way, so that it moved in between, wherever it stands now."""
        if self.before.heading_deg is None or self.after.heading_deg is None:
            return False
        angle = angle_between_deg(self.before.heading_deg, self.after.heading_deg)
        if not (self.before.heading_sure and self.after.heading_sure):
            angle = min(angle, 180 - angle)
        return angle > TURNED_DEG


class Matched(NamedTuple):
    """The aircraft of two scenes in pairs.

    Attributes:
        same: Pairs on one stand whose sizes do not differ, as far as that is known.
        ambiguous: Pairs of which an aircraft could as well belong to another pair.
        other: Pairs on one stand that differ in size, or are further apart than the scenes' errors explain.
    """

    same: list[AircraftPair]
    ambiguous: list[AircraftPair]
    other: list[AircraftPair]


def match(before: Sequence[Sighting], after: Sequence[Sighting]) -> Matched:
    """Pair the aircraft of two scenes, nearest first, each once.

    An aircraft without a place pairs with nothing. One whose size was not measured, or about which analysts
    disagree, pairs by its stand alone; the caller decides what that means.
    """
    near = sorted(
        (
            AircraftPair(first, second, distance)
            for first in before
            for second in after
            if (distance := stands_apart_m(first, second)) is not None
            and distance <= tolerance_m(first, second)
            and size_likeness(first, second) != "other"
        ),
        key=lambda pair: (pair.distance_m, pair.before.id, pair.after.id),
    )
    matched, taken = Matched([], [], []), set[str]()
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
    left = [[each for each in aircraft if each.id not in taken] for aircraft in (before, after)]
    matched.other.extend(_on_one_stand(*left))
    return matched


def _on_one_stand(before: Sequence[Sighting], after: Sequence[Sighting]) -> Iterator[AircraftPair]:
    """Pair aircraft that stand on one stand, nearest first, each once.

    Of two sizes, the middles may be further apart by half of what one is longer: both have their noses at the
    stop line. And where the middle of one lies over the other, nobody can call the stand empty.
    """
    near = sorted(
        (
            AircraftPair(first, second, distance)
            for first in before
            for second in after
            if (distance := stands_apart_m(first, second)) is not None and distance <= _stand_m(first, second)
        ),
        key=lambda pair: (pair.distance_m, pair.before.id, pair.after.id),
    )
    taken = set[str]()
    for pair in near:
        if not taken & {pair.before.id, pair.after.id}:
            taken |= {pair.before.id, pair.after.id}
            yield pair


def _stand_m(first: Sighting, second: Sighting) -> float:
    sides = side_m(first), side_m(second)
    return max(tolerance_m(first, second) + abs(sides[0] - sides[1]) / 2, min(sides) / 2)


def side_m(sighting: Sighting) -> float:
    """Return the longer of length and wingspan; of the largest aircraft where neither is known."""
    return max(sighting.length_m or 0.0, sighting.wingspan_m or 0.0) or LARGEST_AIRCRAFT_M


def place_of(sighting: Sighting) -> LonLat | None:
    """Return where an aircraft stood; None where its scene has no place."""
    if sighting.lon is None or sighting.lat is None:
        return None
    return LonLat(sighting.lon, sighting.lat)


def stands_apart_m(first: Sighting, second: Sighting) -> float | None:
    """Return the metres between two aircraft; None where one has no place."""
    stands = place_of(first), place_of(second)
    return None if stands[0] is None or stands[1] is None else distance_m(stands[0], stands[1])


def tolerance_m(*sightings: Sighting) -> float:
    """Return how far apart one place can seem in the scenes of some sightings, in 99 of 100 cases."""
    errors = (sighting.position_error_m or UNSTATED_ERROR_M for sighting in sightings)
    return max(CE99 * math.hypot(*errors), LEAST_M)


def size_likeness(first: Sighting, second: Sighting) -> SizeLikeness | None:
    """Compare the sizes of two aircraft, see `detect.measuring.accuracy.compare_sizes`.

    None where one of them is not known, or not how exactly.
    """
    size, other = _size(first), _size(second)
    return None if size is None or other is None else compare_sizes(*size, *other)


def _size(sighting: Sighting) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """Return length and wingspan, then their errors; None where one of these is not known."""
    size = measured_size(sighting)
    if size is None or size.length_error_m is None or size.wingspan_error_m is None:
        return None
    return (size.length_m, size.wingspan_m), (size.length_error_m, size.wingspan_error_m)
