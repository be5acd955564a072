"""The plan of tiles that detectors and review share.

Tiles have a size on the ground and square ground pixels. They overlap by a distance in metres, so that the
largest aircraft is whole in at least one of them. All tiles of a scene have the same shape, and as few as can
cover it are spread evenly: tiles of full size would overlap by most of their own where a scene is one and a
half of them wide.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rasterio.windows import Window

from imagery.grid import Grid, PixelPoint

LARGEST_AIRCRAFT_M = 88.4  # wingspan of the An-225, the largest that flew


class Tile(NamedTuple):
    """A window of a scene and the shape it is read at.

    Attributes:
        col: First column of the window, in scene pixels.
        row: First row of the window, in scene pixels.
        width: Columns of the window, in scene pixels.
        height: Rows of the window, in scene pixels.
        out_width: Columns of the tile's image.
        out_height: Rows of the tile's image.
    """

    col: int
    row: int
    width: int
    height: int
    out_width: int
    out_height: int

    @property
    def window(self) -> Window:
        """The window as rasterio takes it."""
        return Window(self.col, self.row, self.width, self.height)

    @property
    def scale(self) -> tuple[float, float]:
        """Scene pixels per tile pixel, along rows and along columns."""
        return self.width / self.out_width, self.height / self.out_height

    def to_scene(self, point: PixelPoint) -> PixelPoint:
        """Convert tile pixels to scene pixels."""
        x, y = self.scale
        return PixelPoint(self.col + point.col * x, self.row + point.row * y)

    def to_tile(self, point: PixelPoint) -> PixelPoint:
        """Convert scene pixels to tile pixels."""
        x, y = self.scale
        return PixelPoint((point.col - self.col) / x, (point.row - self.row) / y)


class TileImage(NamedTuple):
    """The pixels that were read of a tile.

    Attributes:
        tile: Which tile.
        pixels: (rows, cols, 1 or 3) uint8: grey, or red, green and blue.
        valid: (rows, cols) bool: False where the scene holds no data.
        gsd_m: Metres per tile pixel, in both directions.
    """

    tile: Tile
    pixels: NDArray[np.uint8]
    valid: NDArray[np.bool_]
    gsd_m: float


def tile_of(grid: Grid, col: int, row: int, width: int, height: int, gsd_m: float | None = None) -> Tile:
    """Return the tile that covers a window, with square ground pixels.

    Args:
        grid: The scene's grid.
        col: First column of the window.
        row: First row of the window.
        width: Columns of the window.
        height: Rows of the window.
        gsd_m: Working resolution; by default the finer of the scene's two directions.
    """
    size = grid.gsd_xy_m()
    gsd = gsd_m or min(size)
    out = (max(1, round(extent * metres / gsd)) for extent, metres in zip((width, height), size, strict=True))
    return Tile(col, row, width, height, *out)


def plan_tiles(grid: Grid, gsd_m: float, size_m: float, overlap_m: float = LARGEST_AIRCRAFT_M) -> list[Tile]:
    """Plan the tiles that cover a scene, row by row.

    Args:
        grid: The scene's grid.
        gsd_m: Working resolution in metres.
        size_m: Greatest side of a tile on the ground, in metres.
        overlap_m: How much neighbours share at least, in metres; less than ``size_m``.

    Raises:
        ValueError: If the overlap is not smaller than the tile.
    """
    if overlap_m >= size_m:
        raise ValueError(f"an overlap of {overlap_m} m leaves nothing of a tile of {size_m} m")
    size = grid.gsd_xy_m()
    overlap = [math.ceil(overlap_m / metres) for metres in size]
    # Whole pixels may leave less between tile and overlap than metres do.
    width, height = (
        max(round(size_m / metres), shared + 1) for metres, shared in zip(size, overlap, strict=True)
    )
    cols, width = _spread(grid.width, width, overlap[0])
    rows, height = _spread(grid.height, height, overlap[1])
    return [tile_of(grid, col, row, width, height, gsd_m) for row in rows for col in cols]


def _spread(extent: int, size: int, overlap: int) -> tuple[list[int], int]:
    """Return where tiles start, and their side: at most a size, and as few tiles as share an overlap."""
    if size >= extent:
        return [0], extent
    count = math.ceil((extent - overlap) / (size - overlap))
    side = math.ceil((extent + (count - 1) * overlap) / count)
    return [index * (extent - side) // (count - 1) for index in range(count)], side
