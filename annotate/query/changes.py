"""What changed at an airfield from one scene to the next, and what the two cannot tell.

Clouds, and what stands under a roof, are not known to the log: where every tile of a scene was reviewed,
covers the place and holds data, an aircraft that nobody found there counts as gone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import shapely

from annotate.log.entries import Sighting
from annotate.query.searched_scenes import SearchedScene
from annotate.query.stand_matching import Pair, match, measured, place_of, tolerance_m
from imagery.airfields import distance_m
from imagery.errors import HardstandError
from imagery.grid import WGS84, Grid, LonLat, PixelPoint
from imagery.opening import is_remote
from imagery.scene import Scene, open_scene
from imagery.tiling import LARGEST_AIRCRAFT_M, tile_of

LEAST_VALID = 0.5  # share of the pixels around a place that must hold data for it to be seen there

# How much of the surroundings of a place in a scene holds data, 0 to 1; None where that cannot be looked up.
DataShare = Callable[[SearchedScene, LonLat, float], float | None]


def unseen_because(scene: SearchedScene, place: LonLat, reach_m: float, data_share: DataShare) -> str | None:
    """Why an aircraft could be missing from a scene although it was there; None where it could not be.

    Args:
        scene: The scene in which nobody says that there is one.
        place: Where it would be.
        reach_m: Half of the aircraft's larger side.
        data_share: Looks up gaps in the scene.
    """
    if scene.area is None:
        return f"{scene.name} has no place on Earth"
    lons, lats, _ = WGS84.fwd([place.lon] * 8, [place.lat] * 8, np.arange(0, 360, 45), [reach_m] * 8)
    if not bool(np.all(shapely.intersects_xy(scene.area, lons, lats))):
        return f"not, or not whole, in the part of the airfield that {scene.name} shows"
    if not scene.complete:
        return f"{scene.name}: {scene.review}"
    share = data_share(scene, place, reach_m)
    if share is not None and share < LEAST_VALID:
        return f"{scene.name} has no data there"
    return None


def data_share_in_file(scene: SearchedScene, place: LonLat, reach_m: float) -> float | None:
    """Read the scene's file around a place, where it is at hand as it was, and see how much holds data.

    A changed file is told by size and grid; to hash gigabytes for each question would take minutes, and
    ``hardstand log verify --scenes`` does it.
    """
    record = scene.record
    if is_remote(record.path):
        return None
    try:
        with open_scene(record.path, **record.opened_with) as opened:  # type: ignore[arg-type]  # as recorded
            now = opened.record(with_hash=False)
            if (now.size_bytes, now.transform) != (record.size_bytes, record.transform):
                return None
            return _share(opened, place, reach_m)
    except HardstandError:
        return None


def _share(scene: Scene, place: LonLat, reach_m: float) -> float | None:
    window = _window(scene.grid, scene.grid.pixel(place), reach_m)
    if window is None:
        return 0.0
    return float(scene.read(tile_of(scene.grid, *window)).valid.mean())


def _window(grid: Grid, at: PixelPoint, reach_m: float) -> tuple[int, int, int, int] | None:
    """First column and row, columns and rows of the square around a pixel, as far as the scene goes."""
    size = grid.gsd_xy_m(at)
    left, right = (_within(at.col + way * reach_m / size.x, grid.width) for way in (-1, 1))
    top, bottom = (_within(at.row + way * reach_m / size.y, grid.height) for way in (-1, 1))
    return None if left >= right or top >= bottom else (left, top, right - left, bottom - top)


def _within(position: float, extent: int) -> int:
    return min(max(math.floor(position), 0), extent)


AMBIGUOUS = "several alike stand nearer to each other than the scenes' positions are sure"
UNORDERED = "which of the two scenes was taken first is not known"


class Untold(NamedTuple):
    """An aircraft of which two scenes don't tell whether it stayed, left or arrived, and why not."""

    sighting: Sighting
    because: str


@dataclass(frozen=True)
class Change:
    """What two successive scenes say.

    Attributes:
        earlier: One scene.
        later: The next one.
        stayed: Same stand and same size: one aircraft, as far as they can tell.
        left: In the earlier scene only, although the later one shows the stand.
        arrived: In the later scene only, although the earlier one shows the stand.
        untold: What they can't tell.
    """

    earlier: SearchedScene
    later: SearchedScene
    stayed: list[Pair] = field(default_factory=list)
    left: list[Sighting] = field(default_factory=list)
    arrived: list[Sighting] = field(default_factory=list)
    untold: list[Untold] = field(default_factory=list)

    @property
    def unordered(self) -> bool:
        """Whether it is not known which of the two was taken first."""
        first, second = self.earlier.span, self.later.span
        return first is None or second is None or first.last > second.first

    def to_json(self) -> dict[str, Any]:
        """As JSON members; sightings by all of their fields."""
        return {
            "earlier": self.earlier.to_json(),
            "later": self.later.to_json(),
            "stayed": [
                {
                    "before": asdict(pair.before),
                    "after": asdict(pair.after),
                    "distance_m": round(pair.distance_m, 2),
                    "turned": pair.turned,
                }
                for pair in self.stayed
            ],
            "left": [asdict(sighting) for sighting in self.left],
            "arrived": [asdict(sighting) for sighting in self.arrived],
            "untold": [{"sighting": asdict(one.sighting), "because": one.because} for one in self.untold],
        }


def changes(scenes: Sequence[SearchedScene], data_share: DataShare = data_share_in_file) -> Iterator[Change]:
    """Compare each scene with the next, in the order they were taken.

    Rendered scenes are compared with rendered ones only. A scene of unknown time has no next and is left out.

    Args:
        scenes: Of one airfield.
        data_share: Looks up gaps in a scene.
    """
    for rendered in (False, True):
        dated = [scene for scene in scenes if scene.span and scene.record.rendered is rendered]
        dated.sort(key=lambda scene: (scene.span, scene.name))
        for earlier, later in pairwise(dated):
            yield change(earlier, later, data_share)


def change(
    earlier: SearchedScene, later: SearchedScene, data_share: DataShare = data_share_in_file
) -> Change:
    """Compare two scenes."""
    found = Change(earlier, later)
    matched = match(earlier.sightings, later.sightings)
    judged = [(pair, _unsure_because(pair)) for pair in matched.same]
    judged += [(pair, AMBIGUOUS) for pair in matched.ambiguous]
    for pair, reason in judged:
        if reason is None:
            found.stayed.append(pair)
        else:
            found.untold.extend((Untold(pair.before, reason), Untold(pair.after, reason)))
    paired = {sighting.id for pair, _ in judged for sighting in (pair.before, pair.after)}
    for here, there, gone in ((earlier, later, found.left), (later, earlier, found.arrived)):
        for sighting in here.sightings:
            if sighting.id in paired:
                continue
            reason = UNORDERED if found.unordered else _absence_unsure_because(sighting, there, data_share)
            if reason is None:
                gone.append(sighting)
            else:
                found.untold.append(Untold(sighting, reason))
    return found


def _unsure_because(pair: Pair) -> str | None:
    """Why two aircraft on one stand are not said to be one; None where they are."""
    before, after = pair.before, pair.after
    if "disputed" in (before.status, after.status):
        return "one stands there in both scenes, but analysts disagree about it"
    if before.type and after.type and before.type != after.type:
        return f"one stands there in both scenes, first called {before.type}, then {after.type}"
    if not (measured(before) and measured(after)):
        return "one stands there in both scenes, but its size is not known in both"
    return None


def _absence_unsure_because(sighting: Sighting, other: SearchedScene, data_share: DataShare) -> str | None:
    """Why it is not said that an aircraft was absent from the other scene; None where it is."""
    place = place_of(sighting)
    if place is None:
        return "its own scene has no place on Earth"
    if sighting.status == "disputed":
        return "analysts disagree about it"
    reach_m = max(sighting.length_m or LARGEST_AIRCRAFT_M, sighting.wingspan_m or LARGEST_AIRCRAFT_M) / 2
    if reason := unseen_because(other, place, reach_m, data_share):
        return reason
    if _marked_but_not_agreed(place, tolerance_m(sighting, sighting), other):
        return f"somebody has marked an aircraft there in {other.name}, and others have not agreed yet"
    return None


def _marked_but_not_agreed(place: LonLat, within_m: float, scene: SearchedScene) -> bool:
    """Whether there is a mark near a place which no sighting came of."""
    seen = [there for sighting in scene.sightings if (there := place_of(sighting))]
    return any(
        distance_m(place, mark) <= within_m and all(distance_m(mark, there) > within_m for there in seen)
        for mark in scene.marked
    )
