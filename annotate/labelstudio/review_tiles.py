"""The raster of review tiles: which part of a scene each task answers for, and what is shown around it."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
import shapely

from detect.box import OrientedBox, corners
from imagery.grid import Grid, PixelPoint
from imagery.record import SceneRecord
from imagery.tiling import LARGEST_AIRCRAFT_M, Tile, tile_of

CORE_M = 250.0
MARGIN_M = LARGEST_AIRCRAFT_M / 2  # an aircraft whose middle is in the core is whole in the picture
WIDER = 1.4  # screens are wider than high, and so is what is shown: more of what is beside a core
ROOM_PX = 2  # between a box and the edge of the picture, so that its line is seen


class Core(NamedTuple):
    """A window of a scene, in scene pixels; the cores of a scene touch and do not overlap."""

    col: int
    row: int
    width: int
    height: int


class ReviewTiles:
    """A scene's raster of cores of about 250 m, as even as can be, so that none is a sliver.

    A core is known by its place in the raster, (row, column).
    """

    def __init__(self, grid: Grid) -> None:
        size = grid.gsd_xy_m()
        counts = max(1, round(grid.width * size.x / CORE_M)), max(1, round(grid.height * size.y / CORE_M))
        extents = zip((grid.width, grid.height), counts, strict=True)
        self._grid, self._counts = grid, counts
        self._cols, self._rows = ([round(all_ * i / n) for i in range(n + 1)] for all_, n in extents)

    def __len__(self) -> int:
        return self._counts[0] * self._counts[1]

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return ((row, col) for row in range(len(self._rows) - 1) for col in range(len(self._cols) - 1))

    def of(self, point: PixelPoint) -> tuple[int, int]:
        """Return the place of the core that a point lies in, or else of the nearest one."""
        return _interval(point.row, self._rows), _interval(point.col, self._cols)

    def core(self, place: tuple[int, int]) -> Core:
        """Return the core at a place."""
        (top, bottom), (left, right) = (
            edges[at : at + 2] for edges, at in zip((self._rows, self._cols), place, strict=True)
        )
        return Core(left, top, right - left, bottom - top)

    def tile(self, place: tuple[int, int], boxes: Iterable[OrientedBox]) -> Tile:
        """Return the core with its margin, and with boxes whole where the scene does not cut them.

        Args:
            place: Which core.
            boxes: In scene pixels.
        """
        core, size = self.core(place), self._grid.gsd_xy_m()
        beside_m = ((WIDER - 1) * CORE_M + 2 * WIDER * MARGIN_M) / 2
        margin = np.round((beside_m, MARGIN_M) / np.array(size))
        low, high = (
            np.array(core[:2]) - margin,
            np.array(core[:2]) + core[2:] + margin,
        )
        # What the edge of the scene takes from one side is shown on the other.
        low[0], high[0] = low[0] - max(0, high[0] - self._grid.width), high[0] + max(0, -low[0])
        for box in boxes:
            ring = corners(box, self._grid.ground_matrix(box.center))
            low = np.minimum(low, np.floor(ring.min(axis=0)) - ROOM_PX)
            high = np.maximum(high, np.ceil(ring.max(axis=0)) + ROOM_PX)
        left, top = (max(0, int(edge)) for edge in low)
        right, bottom = (
            min(extent, int(edge))
            for extent, edge in zip((self._grid.width, self._grid.height), high, strict=True)
        )
        return tile_of(self._grid, left, top, right - left, bottom - top)

    def part_in(self, area: shapely.Geometry, place: tuple[int, int]) -> shapely.Geometry | None:
        """Return the part of a core that lies in an area.

        Args:
            area: In scene pixels.
            place: Which core.

        Returns:
            In scene pixels, to a tenth of one, and empty where none of it does; None where all of it does.
        """
        left, top, width, height = self.core(place)
        window = shapely.box(left, top, left + width, top + height)
        if shapely.covers(area, window):
            return None
        part = shapely.intersection(area, window)
        return shapely.from_wkt(shapely.to_wkt(part, rounding_precision=1))

    def around(self, place: tuple[int, int]) -> Iterator[tuple[int, int]]:
        """Yield the places of the cores that touch this one, whether or not the scene has them."""
        row, col = place
        return ((row + down, col + right) for down in (-1, 0, 1) for right in (-1, 0, 1) if down or right)


class Audit(NamedTuple):
    """Cores without candidates that were drawn at random.

    Attributes:
        drawn: Their places.
        among: Of how many they were drawn.
    """

    drawn: list[tuple[int, int]]
    among: int


def audited(
    scene: SceneRecord,
    free: Iterable[tuple[int, int]],
    *,
    fraction: float,
    least: int,
    seed: int,
) -> Audit:
    """Draw cores without candidates at random, to be looked at all the same.

    A larger fraction of the same scene and seed adds cores to those of a smaller one.

    Args:
        scene: What they are cores of.
        free: The places without candidates.
        fraction: Of those, 0..1.
        least: How many at least, as far as there are so many.
        seed: Another one draws others.
    """
    drawn = sorted(
        free,
        key=lambda place: hashlib.sha256(f"{seed} {scene.sha256} {place}".encode()).hexdigest(),
    )
    return Audit(drawn[: max(least, round(fraction * len(drawn)))], len(drawn))


def _interval(position: float, edges: list[int]) -> int:
    return min(max(bisect_right(edges, position) - 1, 0), len(edges) - 2)
