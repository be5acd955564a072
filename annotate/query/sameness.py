"""The evidence for and against the aircraft on a stand being the same one in two scenes.

Nothing here decides: that it is the same is a claim, and claims are made by people.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from annotate.log.entries import Sighting
from annotate.query.emptiness import not_empty
from annotate.query.searched_scenes import SearchedScene
from annotate.query.shown import DataShare
from annotate.query.stand_matching import (
    AircraftPair,
    place_of,
    side_m,
    size_likeness,
    stands_apart_m,
    tolerance_m,
)
from detect.box import angle_between_deg
from detect.measuring.accuracy import OTHER_SIGMA, SAME_SIGMA, SizeLikeness
from imagery.grid import WGS84, Floats

Likeness = Literal["same", "other", "unknown"]
# Other stands that two scenes have in common from which it shows how far they lie beside each other.
FEWEST_OTHERS = 3
SAME_PLACE_M, SAME_POSE_DEG = 1.0, 3.0  # a tug seldom puts another aircraft back so exactly
MOVED_M = 4.0  # besides what the scenes lie beside each other


@dataclass(frozen=True)
class OccupiedStand:
    """A stand on which an aircraft stood in both scenes; whether the same one is not known.

    Attributes:
        before: In the earlier scene.
        after: In the later one.
        distance_m: Between the two, with what the scenes lie beside each other.
        size: Whether their sizes agree within their errors; unknown, too, where these leave it open.
        type: Whether people claim the same type of both.
        for_same: What speaks for one aircraft, a line each.
        against: What speaks against it, a line each.
    """

    before: Sighting
    after: Sighting
    distance_m: float
    size: Likeness
    type: Likeness
    for_same: tuple[str, ...]
    against: tuple[str, ...]

    @property
    def words(self) -> str:
        """What is known of the two: ``same stand, same size, other type``."""
        parts = [f"{likeness} {name}" for name, likeness in (("size", self.size), ("type", self.type))]
        return ", ".join(["same stand", *(part for part in parts if not part.startswith("unknown"))])

    @property
    def verdict(self) -> str:
        """How far that goes: people's word for one aircraft or two, or that nobody knows."""
        if self.before.tail_number and self.after.tail_number:
            one = self.before.tail_number == self.after.tail_number
            return "one tail number in both" if one else "two tail numbers: another aircraft"
        return "by its size another aircraft" if self.size == "other" else "may be another"

    def to_json(self) -> dict[str, Any]:
        """Return JSON members; sightings by all of their fields."""
        return {**asdict(self), "distance_m": round(self.distance_m, 2)}


def occupied_stand(
    pair: AircraftPair,
    others: Sequence[AircraftPair],
    *,
    between: Iterable[SearchedScene] = (),
    data_share: DataShare,
) -> OccupiedStand:
    """Weigh what is known of the two aircraft on a stand.

    Args:
        pair: The two.
        others: Pairs on other stands in the same two scenes.
        between: Scenes taken between the two.
        data_share: Looks up gaps in these.
    """
    before, after = pair.before, pair.after
    size = size_likeness(before, after)
    kind = _likeness(before.type, after.type)
    for_same, against = list(_claimed(before, after, kind)), list(_against(pair, size, kind))
    moved_m = _moved_m(pair, others)
    if moved_m is not None and moved_m > MOVED_M:
        against.append(f"stands {moved_m:.0f} m from there, by the other stands")
    elif moved_m is not None and moved_m <= SAME_PLACE_M and _turned_deg(pair) <= SAME_POSE_DEG:
        for_same.append(f"stands within {max(moved_m, 0.1):.1f} m and {SAME_POSE_DEG:.0f}° of there")
    against += [
        f"the stand was empty in {scene.name}" for scene in between if _empty(pair, scene, data_share)
    ]
    likeness = size or "unknown"
    return OccupiedStand(before, after, pair.distance_m, likeness, kind, tuple(for_same), tuple(against))


def _likeness(first: str | None, second: str | None) -> Likeness:
    if first is None or second is None:
        return "unknown"
    return "same" if first == second else "other"


def _claimed(before: Sighting, after: Sighting, kind: Likeness) -> Iterator[str]:
    if before.tail_number and before.tail_number == after.tail_number:
        yield f"tail number {before.tail_number} read by people in both"
    if kind == "same":
        yield f"called {before.type} by people in both"


def _against(pair: AircraftPair, size: SizeLikeness | None, kind: Likeness) -> Iterator[str]:
    before, after = pair.before, pair.after
    if before.tail_number and after.tail_number and before.tail_number != after.tail_number:
        yield f"tail number {before.tail_number}, then {after.tail_number}"
    if size == "other":
        yield "sizes differ by more than their errors"
    elif size == "unknown":
        yield f"sizes differ by {SAME_SIGMA:.0f} to {OTHER_SIGMA:.0f} of their standard errors"
    if kind == "other":
        yield f"first called {before.type}, then {after.type}"
    if pair.turned:
        yield "its nose points another way"


def _moved_m(pair: AircraftPair, others: Sequence[AircraftPair]) -> float | None:
    """Return how far the two stand apart beside what the scenes lie beside each other.

    None where too few other stands tell of that.
    """
    shifts = [shift for other in others if other is not pair and (shift := _shift_m(other)) is not None]
    own = _shift_m(pair)
    if own is None or len(shifts) < FEWEST_OTHERS:
        return None
    return float(np.hypot(*(own - np.median(shifts, axis=0))))


def _shift_m(pair: AircraftPair) -> Floats | None:
    """Return metres east and north from the first to the second."""
    start, end = place_of(pair.before), place_of(pair.after)
    if start is None or end is None:
        return None
    azimuth, _, metres = WGS84.inv(*start, *end)
    along = np.radians(azimuth)
    return np.array([metres * np.sin(along), metres * np.cos(along)], dtype=np.float64)


def _turned_deg(pair: AircraftPair) -> float:
    first, second = pair.before.heading_deg, pair.after.heading_deg
    return 180.0 if first is None or second is None else angle_between_deg(first, second)


def _empty(pair: AircraftPair, scene: SearchedScene, data_share: DataShare) -> bool:
    if not_empty(scene, pair.before, data_share):
        return False
    near = (stands_apart_m(pair.before, each) for each in scene.sightings)
    reach_m = tolerance_m(pair.before) + side_m(pair.before) / 2
    return all(metres is not None and metres > reach_m for metres in near)
