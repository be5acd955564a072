"""What may be said of a place in a scene: that it is shown, or why it is not.

Whatever speaks of absence asks here. An aircraft is missing from a scene only where an analyst has seen the
place, and could have seen an aircraft of that size there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple, get_args

import shapely

from annotate.query.searched_scenes import SearchedScene
from detect.ground_shown import GroundShown, PixelReason, outline_of, pixel_reasons, points_around
from imagery.airfields import distance_m
from imagery.errors import HardstandError
from imagery.grid import Grid, LonLat, PixelPoint
from imagery.recorded_scenes import RecordedScenes
from imagery.scene import Scene
from imagery.tiling import tile_of

LEAST_VALID = 0.5  # share of the pixels around a place that must hold data for it to be seen there
NotVisible = Literal[PixelReason, "hidden", "not looked at"]
Reason = Literal[NotVisible, "not agreed", "ambiguous"]
# How much of the surroundings of a place in a scene holds data, 0 to 1; None where that cannot be looked up.
DataShare = Callable[[SearchedScene, LonLat, float], float | None]


class NotShown(NamedTuple):
    """The reason why an aircraft may be missing from a scene although it was there.

    Attributes:
        reason: In a word.
        words: In words, with the scene's name.
    """

    reason: Reason
    words: str

    @property
    def not_visible(self) -> bool:
        """True if the scene does not show the place, whoever looks at it."""
        return self.reason in get_args(NotVisible)


def data_share_in(files: RecordedScenes) -> DataShare:
    """Return what reads the scenes' files around a place, and says how much of it holds data.

    Args:
        files: The scenes at hand. It is enough that they are known by size and grid: to hash gigabytes for
            each question would take minutes, and verifying the log does it.
    """

    def share(scene: SearchedScene, place: LonLat, reach_m: float) -> float | None:
        opened = files.local(scene.record)
        try:
            return None if opened is None else data_share_around(opened, place, reach_m)
        except HardstandError:
            return None

    return share


def not_shown(scene: SearchedScene, place: LonLat, side_m: float, data_share: DataShare) -> NotShown | None:
    """Return why an aircraft may be missing from a scene although it was there; None where it may not.

    Args:
        scene: The scene in which nobody says that there is one.
        place: Where its middle would be.
        side_m: The longer of the aircraft's length and wingspan.
        data_share: Looks up gaps in the scene that are smaller than what the log knows.
    """
    return next(_reasons(scene, place, side_m, data_share), None)


def _reasons(scene: SearchedScene, place: LonLat, side_m: float, data_share: DataShare) -> Iterator[NotShown]:
    name, reach_m = scene.name, side_m / 2
    ground = GroundShown(name, scene.area, scene.searched, scene.limits)
    for reason, words in pixel_reasons(ground, place, side_m):
        yield NotShown(reason, words)
    around = outline_of(points_around(place, reach_m))
    if scene.hidden is not None and shapely.intersects(scene.hidden, around):
        yield NotShown("hidden", f"an analyst could not see there in {name}: cloud, shadow or blur")
    if not said_gone(scene, place, side_m):
        if scene.tiles is None:
            yield NotShown("not looked at", f"{name}: {scene.coverage}")
        if scene.seen is None or not shapely.intersects_xy(scene.seen, *place):
            yield NotShown("not looked at", f"nobody has looked there in {name}; {scene.machine_words}")
    share = data_share(scene, place, reach_m)
    if share is not None and share < LEAST_VALID:
        yield NotShown("no data", f"{name} has no data there")


def said_gone(scene: SearchedScene, place: LonLat, side_m: float) -> bool:
    """Check whether an analyst was asked about an aircraft at a place, and said that nothing stands there.

    What they were asked about is no further away than half an aircraft; it may be its neighbour otherwise.

    Args:
        scene: The scene they looked at.
        place: Where its middle would be.
        side_m: The longer of the aircraft's length and wingspan.
    """
    return any(distance_m(place, there) <= side_m / 2 for there in scene.gone)


def data_share_around(scene: Scene, place: LonLat, reach_m: float) -> float:
    """Return how much of a square around a place holds data, 0 to 1, as far as the scene goes.

    Raises:
        SceneError: The scene is damaged.
    """
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
