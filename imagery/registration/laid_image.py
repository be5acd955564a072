"""The ground of a tile as another scene shows it, at the same place and size."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from imagery.grid import Grid, LonLat, PixelPoint
from imagery.scene import Scene
from imagery.tiling import Tile, TileImage, tile_of

ROOM_PX = 2.0  # read around what is needed, so that its edge is interpolated too


def laid_image(grid: Grid, tile: Tile, other: Scene, in_other: Callable[[LonLat], LonLat]) -> TileImage:
    """Return another scene's pixels of the ground of a tile.

    Args:
        grid: The tile's scene's; it has a place.
        tile: The ground, and how many pixels it is to have.
        other: The other scene.
        in_other: Where the other scene's georeference has a place of this one.

    Returns:
        Pixels as of the tile; where the other scene ends or holds no data, they are not valid.

    Raises:
        SceneError: The other scene is damaged there.
    """
    size = (tile.out_width, tile.out_height)
    marks = np.array([(x, y) for x in (0, 0.5, 1) for y in (0, 0.5, 1)]) * size
    places = (grid.lonlat(tile.to_scene(PixelPoint(*mark))) for mark in marks.tolist())
    ends = np.array([other.grid.pixel(in_other(place)) for place in places])
    # Over a tile two grids are affine to each other; what is curved in one is a hundredth of a pixel.
    terms = np.column_stack([marks, np.ones(len(marks))])
    affine = np.linalg.lstsq(terms, ends)[0].T
    extent = (other.grid.width, other.grid.height)
    low, high = (
        np.clip(edge, 0, extent) for edge in (ends.min(axis=0) - ROOM_PX, ends.max(axis=0) + ROOM_PX)
    )
    (left, top), (right, bottom) = map(int, np.floor(low)), map(int, np.ceil(high))
    bands = len(other.bands.indexes)
    if right <= left or bottom <= top:
        nothing = np.zeros((*size[::-1], bands), np.uint8)
        return TileImage(tile, nothing, np.zeros(size[::-1], np.bool_), _gsd_m(grid, tile))
    gsd_m = max(min(other.grid.gsd_xy_m()), _gsd_m(grid, tile))
    image = other.read(tile_of(other.grid, left, top, right - left, bottom - top, gsd_m))
    scale = np.array(image.tile.scale)
    # OpenCV counts from the middle of the first pixel, a grid from its corner.
    warp = affine / scale[:, None]
    warp[:, 2] += warp[:, :2] @ [0.5, 0.5] - np.array([left, top]) / scale - 0.5
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    pixels = cv2.warpAffine(image.pixels, warp, size, flags=how, borderMode=cv2.BORDER_REPLICATE)
    valid = cv2.warpAffine(image.valid.astype(np.float32), warp, size, flags=how)
    shaped = pixels.reshape(*size[::-1], -1).astype(np.uint8, copy=False)
    return TileImage(tile, shaped, np.asarray(valid > 0.5, np.bool_), _gsd_m(grid, tile))


def _gsd_m(grid: Grid, tile: Tile) -> float:
    return min(grid.gsd_xy_m()) * max(tile.scale)
