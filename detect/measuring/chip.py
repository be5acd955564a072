"""The surroundings of hits, cut out of a scene at its native resolution."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import NamedTuple

import cv2
import numpy as np

from detect import Progress
from detect.arrays import Singles
from detect.box import Extent, OrientedBox
from detect.gradients import grey_of
from detect.measuring.pose import CHIP_PX, EXTENT_PX, normalised_gradient
from imagery.grid import Floats, PixelPoint
from imagery.scene import Scene
from imagery.tiling import Tile, TileImage, tile_of

FINEST_MEASURED_M = 0.3  # metres per pixel: finer pixels show nothing more of an outline
CELL_M = 256.0  # hits of a cell are read together: half as wide takes as long, twice as wide a fifth more


class SceneHit(NamedTuple):
    """A hit in scene pixels; the members are those of `detect.detector.Hit`."""

    box: OrientedBox
    extent: Extent
    score: float
    heading_sure: bool


class HitChip(NamedTuple):
    """The square around a hit.

    Attributes:
        number: Of the hit, in the order given.
        hit: The hit.
        field: (CHIP_PX, CHIP_PX, 2) float32, see `detect.measuring.pose.normalised_gradient`.
        sides: (2,), of the hit's extent, in chip pixels.
        scale: Chip pixels per tile pixel.
        px_per_m: Chip pixels per metre on the ground.
        corner: (2,), column and row of its corner in the tile.
        tile: Where it was cut from.
    """

    number: int
    hit: SceneHit
    field: Singles
    sides: Floats
    scale: float
    px_per_m: float
    corner: Floats
    tile: Tile


def cut_hit_chips(scene: Scene, hits: Sequence[SceneHit], progress: Progress | None) -> Iterator[HitChip]:
    """Yield the chips of all hits as they are read; each part of the scene with hits in it is read once.

    Args:
        scene: An open scene.
        hits: In it.
        progress: Called after each part with the number of parts done and their total.

    Raises:
        SceneError: The scene cannot be read.
    """
    plan, gsd_m = reading_plan(scene, hits), scene.grid.gsd_m()
    # One reader, in the order of the plan: hits fitted together must be the same ones every time, since sums
    # over them differ in their last digits.
    with closing(scene.read_all(list(plan), ahead=False)) as images:
        for done, image in enumerate(images, start=1):
            for index in plan[image.tile]:
                yield _chip(image, index, hits[index], gsd_m)
            if progress:
                progress(done, len(plan))


def reading_plan(scene: Scene, hits: Sequence[SceneHit]) -> dict[Tile, list[int]]:
    """Return the tiles that hold the surroundings of all hits, and the indices of the hits of each."""
    grid, size = scene.grid, scene.grid.gsd_xy_m()
    cells: dict[tuple[int, int], list[int]] = {}
    for index, hit in enumerate(hits):
        col, row = hit.box.center
        cells.setdefault((int(row * size.y // CELL_M), int(col * size.x // CELL_M)), []).append(index)
    plan: dict[Tile, list[int]] = {}
    for cell in sorted(cells):
        edges = np.array([_surroundings(hits[index], size) for index in cells[cell]])
        first = np.floor(edges[:, :2].min(axis=0)).clip(0, (grid.width - 1, grid.height - 1)).astype(int)
        last = np.ceil(edges[:, 2:].max(axis=0)).clip(first + 1, (grid.width, grid.height)).astype(int)
        (col, row), (width, height) = first.tolist(), (last - first).tolist()
        tile = tile_of(grid, col, row, width, height, max(min(size), FINEST_MEASURED_M))
        plan.setdefault(tile, []).extend(cells[cell])
    return plan


def _surroundings(hit: SceneHit, size: tuple[float, float]) -> Floats:
    """Return the edges of a chip around a hit, in scene pixels."""
    first, last = np.array(hit.extent).reshape(2, 2)
    side_m = math.sqrt(np.prod((last - first) * size)) * CHIP_PX / EXTENT_PX
    middle = (first + last) / 2
    reach = side_m / 2 / np.array(size) + 1
    edges: Floats = np.concatenate([middle - reach, middle + reach])
    return edges


def _chip(image: TileImage, index: int, hit: SceneHit, scene_gsd_m: float) -> HitChip:
    ends = hit.extent[:2], hit.extent[2:]
    first, last = (np.array(image.tile.to_tile(PixelPoint(*end))) for end in ends)
    sides = np.maximum(last - first, 1.0)
    side = max(8, round(math.sqrt(np.prod(sides)) * CHIP_PX / EXTENT_PX))
    left, top = (int(edge) for edge in np.round((first + last - side) / 2))
    rows, cols = image.pixels.shape[:2]
    # A detector may put a hit's edge outside the scene; its middle never is.
    shown = np.s_[max(top, 0) : max(top + side, 0), max(left, 0) : max(left + side, 0)]
    before = (max(-top, 0), max(-left, 0))
    beyond = (max(top + side - rows, 0), max(left + side - cols, 0))
    border = (before[0], beyond[0], before[1], beyond[1])
    grey = cv2.copyMakeBorder(grey_of(image.pixels[shown]), *border, cv2.BORDER_REPLICATE)
    valid = cv2.copyMakeBorder(image.valid[shown].astype(np.uint8), *border, cv2.BORDER_CONSTANT)
    valid = cv2.erode(valid, np.ones((3, 3), np.uint8))  # the edge of valid data is not an edge on the ground
    how = cv2.INTER_AREA if side > CHIP_PX else cv2.INTER_CUBIC
    field = normalised_gradient(
        cv2.resize(grey, (CHIP_PX, CHIP_PX), interpolation=how).astype(np.uint8),
        cv2.resize(valid, (CHIP_PX, CHIP_PX), interpolation=cv2.INTER_NEAREST).astype(np.uint8),
    )
    scale = CHIP_PX / side
    corner = np.array([left, top], dtype=np.float64)
    tile = image.tile
    tile_gsd_m = scene_gsd_m * math.sqrt(tile.width * tile.height / (tile.out_width * tile.out_height))
    return HitChip(index, hit, field, sides * scale, scale, scale / tile_gsd_m, corner, tile)
