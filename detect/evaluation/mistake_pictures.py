"""Small pictures of mistakes, cut out of their scenes at native resolution."""

from __future__ import annotations

import base64
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import cv2
import numpy as np

from detect.box import Extent, corners
from detect.candidate import Candidate
from detect.evaluation.coco_matching import MatchedScene
from detect.evaluation.mistakes import Mistake
from detect.evaluation.truth import TruthBox
from imagery.errors import HardstandError
from imagery.grid import Floats, Grid, PixelPoint
from imagery.recorded_scenes import open_recorded
from imagery.scene import Scene
from imagery.tiling import Tile, tile_of

SMALLEST_PICTURE_PX = 144
LARGEST_PICTURE_PX = 512  # of a page's picture; only what is far larger than an aircraft is reduced to it
SURROUNDINGS = 1.8  # times the larger side of what is shown
PICTURE_JPEG_QUALITY = 88

PixelRing = tuple[tuple[float, float], ...]  # corners in pixels of the picture


@dataclass(frozen=True)
class MistakePicture:
    """A picture of a mistake.

    Attributes:
        mistake: What it shows.
        image: ``data:`` address of a JPEG; None where the scene cannot be read as it was.
        missing: Why there is no image; None where there is one.
        width: Of the picture in pixels.
        height: Of the picture in pixels.
        truth: Outlines of aircraft.
        candidates: Outlines of candidates.
        extents: Extents of candidates, where these were compared with an aircraft of no angle.
    """

    mistake: Mistake
    image: str | None
    missing: str | None
    width: int
    height: int
    truth: tuple[PixelRing, ...]
    candidates: tuple[PixelRing, ...]
    extents: tuple[PixelRing, ...]


def mistake_pictures(mistakes: Sequence[Mistake]) -> list[MistakePicture]:
    """Make a picture of each mistake, in their order; each scene is opened once."""
    by_scene: dict[str, list[int]] = defaultdict(list)
    for index, mistake in enumerate(mistakes):
        by_scene[mistake.scene.name].append(index)
    pictures: dict[int, MistakePicture] = {}
    for indices in by_scene.values():
        with _as_it_was(mistakes[indices[0]].scene) as scene:
            pictures |= {index: _picture(mistakes[index], scene) for index in indices}
    return [pictures[index] for index in range(len(mistakes))]


@contextmanager
def _as_it_was(matched: MatchedScene) -> Iterator[Scene | str]:
    """Open the scene, or tell why it cannot be shown."""
    record = matched.file.scene
    try:
        scene = open_recorded(record)
    except HardstandError as error:
        yield str(error)
        return
    with scene:
        same = scene.grid == record.grid
        yield scene if same else f"{record.path}: is no longer the image that was searched"


def _picture(mistake: Mistake, scene: Scene | str) -> MistakePicture:
    tile, grid = mistake_tile(mistake), mistake.scene.file.scene.grid
    if isinstance(scene, Scene):
        try:
            image, missing = _jpeg(scene, tile), None
        except HardstandError as error:
            image, missing = None, str(error)
    else:
        image, missing = None, scene
    extents = () if all(box.box for box in mistake.truth) else mistake.candidates
    return MistakePicture(
        mistake,
        image,
        missing,
        tile.out_width,
        tile.out_height,
        truth=tuple(_outline(box, tile, grid) for box in mistake.truth),
        candidates=tuple(_outline(candidate, tile, grid) for candidate in mistake.candidates),
        extents=tuple(_drawn(_extent_ring(candidate.extent), tile) for candidate in extents),
    )


def _outline(shape: TruthBox | Candidate, tile: Tile, grid: Grid) -> PixelRing:
    """Return the ring of the oriented box, or of the extent where there is no angle."""
    if shape.box is None:
        return _drawn(_extent_ring(shape.extent), tile)
    return _drawn(corners(shape.box, grid.ground_matrix(shape.box.center)), tile)


def _extent_ring(extent: Extent) -> Floats:
    left, top, right, bottom = extent
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], dtype=np.float64)


def _drawn(ring: Floats, tile: Tile) -> PixelRing:
    points = (tile.to_tile(PixelPoint(*point)) for point in ring)
    return tuple((round(float(col), 1), round(float(row), 1)) for col, row in points)


def mistake_tile(mistake: Mistake) -> Tile:
    """Return the window around a mistake at the scene's own resolution, moved in where the scene ends."""
    grid, extent = mistake.scene.file.scene.grid, mistake.extent
    side = max(extent.col_max - extent.col_min, extent.row_max - extent.row_min)
    side_px = max(SMALLEST_PICTURE_PX, round(SURROUNDINGS * side))
    width, height = min(side_px, grid.width), min(side_px, grid.height)
    col, row = mistake.center
    first_col = min(max(round(col - width / 2), 0), grid.width - width)
    first_row = min(max(round(row - height / 2), 0), grid.height - height)
    coarser = max(1.0, side_px / LARGEST_PICTURE_PX)
    return tile_of(grid, first_col, first_row, width, height, min(grid.gsd_xy_m()) * coarser)


def _jpeg(scene: Scene, tile: Tile) -> str:
    pixels = scene.read(tile).pixels
    colors = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR) if pixels.shape[2] == 3 else pixels
    _, data = cv2.imencode(".jpg", colors, [cv2.IMWRITE_JPEG_QUALITY, PICTURE_JPEG_QUALITY])
    return "data:image/jpeg;base64," + base64.b64encode(data.tobytes()).decode("ascii")
