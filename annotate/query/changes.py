"""What changed at an airfield from one scene to the next, and what the two cannot tell.

The log knows nothing of clouds, nor of what stands under a roof: where every tile of a scene was reviewed,
and the scene covers the place and holds data there, an aircraft that nobody found there counts as gone.
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
from annotate.query.stand_matching import AircraftPair, match, measured, place_of, tolerance_m
from imagery.airfields import distance_m
from imagery.errors import HardstandError
from imagery.grid import WGS84, Grid, LonLat, PixelPoint
from imagery.opening import is_remote
from imagery.scene import Scene, open_scene
from imagery.tiling import LARGEST_AIRCRAFT_M, tile_of

LEAST_VALID = 0.5  # share of the pixels around a place that must hold data for it to be seen there
AMBIGUOUS = "similar aircraft stand closer together than the scenes' position error"
UNORDERED = "which of the two scenes was taken first is not known"

# How much of the surroundings of a place in a scene holds data, 0 to 1; None where that cannot be looked up.
DataShare = Callable[[SearchedScene, LonLat, float], float | None]


class Unclear(NamedTuple):
    """An aircraft for which two scenes do not show whether it stayed, left or arrived.

    Attributes:
        sighting: The aircraft.
        because: Why they don't tell.
    """

    sighting: Sighting
    because: str


@dataclass(frozen=True)
class Change:
    """The differences between two successive scenes.

    Attributes:
        earlier: The scene that was taken first.
        later: The next one.
        stayed: Same stand and same size: one aircraft, as far as they can tell.
        left: In the earlier scene only, although the later one shows the stand.
        arrived: In the later scene only, although the earlier one shows the stand.
        unclear: What they can't tell.
    """

    earlier: SearchedScene
    later: SearchedScene
    stayed: list[AircraftPair] = field(default_factory=list)
    left: list[Sighting] = field(default_factory=list)
    arrived: list[Sighting] = field(default_factory=list)
    unclear: list[Unclear] = field(default_factory=list)

    @property
    def unordered(self) -> bool:
        """True if it is not known which of the two was taken first."""
        first, second = self.earlier.span, self.later.span
        return first is None or second is None or first.last > second.first

    def to_json(self) -> dict[str, Any]:
        """Return JSON members; sightings by all of their fields."""
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
            "unclear": [
                {"sighting": asdict(sighting), "because": because} for sighting, because in self.unclear
            ],
        }


def data_share_in_file(scene: SearchedScene, place: LonLat, reach_m: float) -> float | None:
    """Read the scene's file around a place, and return how much of it holds data.

    None where the file is not at hand as it was. A changed file is recognised by size and grid: to hash
    gigabytes for each question would take minutes, and verifying the log does it.
    """
    record = scene.record
    if record is None or is_remote(record.path):
        return None
    try:
        with open_scene(record.path, **record.opened_with) as opened:  # type: ignore[arg-type]  # as recorded
            now = opened.record(with_hash=False)
            if (now.size_bytes, now.transform) != (record.size_bytes, record.transform):
                return None
            return _data_share(opened, place, reach_m)
    except HardstandError:
        return None


def compare_successive(
    scenes: Sequence[SearchedScene], data_share: DataShare = data_share_in_file
) -> Iterator[Change]:
    """Compare each scene with the next, in the order they were taken.

    Rendered scenes are compared with rendered ones only. A scene of unknown time has no next and is left out.

    Args:
        scenes: Of one airfield, as `annotate.query.searched_scenes.searched_scenes` returns them.
        data_share: Looks up gaps in a scene.
    """
    for rendered in (False, True):
        dated = [scene for scene in scenes if scene.span and scene.rendered is rendered]
        dated.sort(key=lambda scene: (scene.span, scene.name))
        for earlier, later in pairwise(dated):
            yield compare_scenes(earlier, later, data_share)


def compare_scenes(
    earlier: SearchedScene, later: SearchedScene, data_share: DataShare = data_share_in_file
) -> Change:
    """Compare two scenes of one airfield; see `compare_successive`."""
    change = Change(earlier, later)
    matched = match(earlier.sightings, later.sightings)
    pairs = [(pair, _unsure_because(pair)) for pair in matched.same]
    pairs += [(pair, AMBIGUOUS) for pair in matched.ambiguous]
    for pair, reason in pairs:
        if reason is None:
            change.stayed.append(pair)
        else:
            change.unclear.extend((Unclear(pair.before, reason), Unclear(pair.after, reason)))
    paired = {sighting.id for pair, _ in pairs for sighting in (pair.before, pair.after)}
    for scene, other, absent in ((earlier, later, change.left), (later, earlier, change.arrived)):
        for sighting in scene.sightings:
            if sighting.id in paired:
                continue
            reason = UNORDERED if change.unordered else _absence_unsure_because(sighting, other, data_share)
            if reason is None:
                absent.append(sighting)
            else:
                change.unclear.append(Unclear(sighting, reason))
    return change


def _unsure_because(pair: AircraftPair) -> str | None:
    """Return why two aircraft on one stand may not be one; None where they count as one."""
    before, after = pair.before, pair.after
    if "disputed" in (before.status, after.status):
        return "an aircraft stands there in both scenes, but analysts disagree about it"
    if before.type and after.type and before.type != after.type:
        return f"an aircraft stands there in both scenes, first called {before.type}, then {after.type}"
    if not (measured(before) and measured(after)):
        return "an aircraft stands there in both scenes, but its size is not known in both"
    return None


def _absence_unsure_because(sighting: Sighting, other: SearchedScene, data_share: DataShare) -> str | None:
    """Return why an aircraft may be in the other scene all the same; None where it counts as absent."""
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
    """Check whether there is a mark near a place of which no sighting came."""
    stands = [stand for sighting in scene.sightings if (stand := place_of(sighting))]
    return any(
        distance_m(place, mark) <= within_m and all(distance_m(mark, stand) > within_m for stand in stands)
        for mark in scene.marked
    )


def unseen_because(scene: SearchedScene, place: LonLat, reach_m: float, data_share: DataShare) -> str | None:
    """Return why an aircraft may be missing from a scene although it was there; None where it may not.

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


def _data_share(scene: Scene, place: LonLat, reach_m: float) -> float:
    window = _window_around(scene.grid, scene.grid.pixel(place), reach_m)
    if window is None:
        return 0.0
    return float(scene.read(tile_of(scene.grid, *window)).valid.mean())


def _window_around(grid: Grid, center: PixelPoint, reach_m: float) -> tuple[int, int, int, int] | None:
    """Return column, row, width and height of the square around a pixel, as far as the scene goes."""
    size = grid.gsd_xy_m(center)
    left, right = (_clipped(center.col + way * reach_m / size.x, grid.width) for way in (-1, 1))
    top, bottom = (_clipped(center.row + way * reach_m / size.y, grid.height) for way in (-1, 1))
    return None if left >= right or top >= bottom else (left, top, right - left, bottom - top)


def _clipped(position: float, extent: int) -> int:
    return min(max(math.floor(position), 0), extent)
