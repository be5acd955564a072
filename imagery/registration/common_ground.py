"""The ground that two scenes share, and windows of either on it: north up, square, of one size of pixel."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from imagery.grid import WGS84, Floats, LonLat
from imagery.scene import Scene
from imagery.tiling import tile_of

MOST_PX = 1024  # a side of the thinned-out view in which landmarks are looked for
ROOM_PX = 2.0  # read around a window, so that its edge is interpolated too


class GroundWindow(NamedTuple):
    """A square of ground, north up.

    Attributes:
        grey: (side, side) float32 grey values, 0..255.
        valid: (side, side) bool: False where the scene holds no data or ends.
    """

    grey: NDArray[np.float32]
    valid: NDArray[np.bool_]


def window_of(scene: Scene, center: LonLat, side_px: int, gsd_m: float) -> GroundWindow:
    """Read a square of ground around a place.

    Args:
        scene: What to read.
        center: The middle of the square, by the scene's own georeference.
        side_px: Pixels of a side.
        gsd_m: Metres per pixel, at most a little finer than the scene's.

    Raises:
        SceneError: The scene is damaged there.
    """
    grid, at = scene.grid, scene.grid.pixel(center)
    to_ground = grid.ground_matrix(at)
    # From a pixel of the square to one of the scene: right is east, down is south.
    step = np.linalg.solve(to_ground, np.diag([gsd_m, -gsd_m]))
    half = np.abs(step) @ [side_px / 2, side_px / 2] + ROOM_PX * np.abs(step).sum(axis=1)
    extent = (grid.width, grid.height)
    low, high = (np.clip(np.array(at) + way * half, 0, extent) for way in (-1, 1))
    (left, top), (right, bottom) = map(int, np.floor(low)), map(int, np.ceil(high))
    if right <= left or bottom <= top:
        nothing = np.zeros((side_px, side_px), np.bool_)
        return GroundWindow(nothing.astype(np.float32), nothing)
    finest = max(gsd_m, min(grid.gsd_xy_m()))
    image = scene.read(tile_of(grid, left, top, right - left, bottom - top, finest))
    scale = np.array(image.tile.scale)
    # OpenCV counts from the middle of the first pixel, a grid from its corner.
    linear = step / scale[:, None]
    origin = (np.array(at) - (left, top)) / scale - linear @ [(side_px - 1) / 2, (side_px - 1) / 2] - 0.5
    warp = np.column_stack([linear, origin])
    size, how = (side_px, side_px), cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    grey = cv2.warpAffine(_grey(image.pixels), warp, size, flags=how, borderMode=cv2.BORDER_REPLICATE)
    holds = cv2.warpAffine(image.valid.astype(np.float32), warp, size, flags=how)
    return GroundWindow(grey.astype(np.float32, copy=False), np.asarray(holds > 0.99, np.bool_))


def landmarks(scene: Scene, other: Scene, side_m: float, margin_m: float, most: int) -> Floats:
    """Choose squares of ground that both scenes show, do not overlap, and hold edges in two directions.

    How much they hold is the smaller eigenvalue of the structure tensor (Shi and Tomasi, Good features to
    track, CVPR 1994), in a thinned-out view of the first scene.

    Args:
        scene: The first scene.
        other: The other scene.
        side_m: Of a square, in metres.
        margin_m: What must lie around it in the other scene, in metres.
        most: How many to choose.

    Returns:
        (N, 2) lon/lat of their middles by the first scene's georeference, the most structured first.

    Raises:
        SceneError: The first scene is damaged.
    """
    grid = scene.grid
    thin = tile_of(grid, 0, 0, grid.width, grid.height, _thin_gsd_m(scene))
    view = scene.read(thin)
    structure = cv2.cornerMinEigenVal(_grey(view.pixels), 3, ksize=3)
    structure[~view.valid] = 0
    size = grid.gsd_xy_m()
    counts = [
        int(extent * metres // side_m) for extent, metres in zip((grid.width, grid.height), size, strict=True)
    ]
    if min(counts) < 1:
        return np.empty((0, 2))
    # One mean for each square of the raster; what the raster leaves over at the edges is left out.
    strength = cv2.resize(structure, counts, interpolation=cv2.INTER_AREA).ravel()
    cols, rows = np.meshgrid(*((np.arange(count) + 0.5) / count for count in counts))
    pixels = np.column_stack([cols.ravel() * grid.width, rows.ravel() * grid.height])
    places = grid.lonlats(pixels)
    reach = (side_m / 2 + margin_m) / min(other.grid.gsd_xy_m())
    inside = other.grid.pixels(places)
    extent = np.array([other.grid.width, other.grid.height])
    shared = (
        np.isfinite(inside).all(axis=1)
        & (inside >= reach).all(axis=1)
        & (inside <= extent - reach).all(axis=1)
    )
    shared &= strength > 0
    order = np.flatnonzero(shared)[np.argsort(-strength[shared], kind="stable")][:most]
    return np.asarray(places[order], dtype=np.float64)


def moved(places: Floats, shift_m: tuple[float, float]) -> Floats:
    """Return places (N, 2) of lon/lat moved by metres (east, north)."""
    east, north = shift_m
    azimuth, distance = float(np.degrees(np.arctan2(east, north))), float(np.hypot(east, north))
    lons, lats = places.T.tolist()
    lon, lat, _ = WGS84.fwd(lons, lats, [azimuth] * len(places), [distance] * len(places))
    return np.column_stack([lon, lat])


def _thin_gsd_m(scene: Scene) -> float:
    size = scene.grid.gsd_xy_m()
    return max(*size, scene.grid.width * size.x / MOST_PX, scene.grid.height * size.y / MOST_PX)


def _grey(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    grey = pixels[..., 0] if pixels.shape[2] == 1 else cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    return grey.astype(np.float32)
