"""Whether a scene could have shown an aircraft in a place: absence says something only where it could."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import shapely

from annotate.asking.scenes import SearchedScene
from imagery.errors import HardstandError
from imagery.grid import WGS84, Grid, LonLat, PixelPoint
from imagery.opening import is_remote
from imagery.scene import Scene, open_scene
from imagery.tiling import tile_of

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
