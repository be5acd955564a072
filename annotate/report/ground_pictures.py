"""Pictures of the ground in the scenes of a report: of whole scenes, and of one stand in each of them.

They are cut out of a scene's file where it is at hand with the hash that was logged; else out of the logged
surroundings of the aircraft that were seen in it.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from types import TracebackType
from typing import NamedTuple, Self

import numpy as np
from affine import Affine
from PIL import Image

from annotate.exports.redaction import Redaction
from annotate.log.chips import LoggedChip, logged_chip
from annotate.query.searched_scenes import SearchedScene
from annotate.query.shown import data_share_in
from annotate.report.pictures import EmbeddedPicture, PagePictures
from imagery.errors import HardstandError
from imagery.grid import Grid, LonLat, PixelPoint
from imagery.recorded_scenes import RecordedScenes
from imagery.scene import Scene
from imagery.tiling import Tile, tile_of

STAND_PX, STAND_SIDES, STAND_LEAST_M = 112, 1.5, 45.0
# Longer side of the picture of a whole scene, by the greatest number of scenes.
OVERVIEW_PX = ((8, 1000), (30, 720))
LEAST_OVERVIEW_PX = 480


class WholeScene(NamedTuple):
    """The picture of a whole scene.

    Attributes:
        picture: As embedded.
        corners: Longitude and latitude of its upper left, upper right and lower left corner.
    """

    picture: EmbeddedPicture
    corners: tuple[LonLat, LonLat, LonLat]


class GroundPictures:
    """Pictures cut out of the scenes at hand. A context manager.

    Attributes:
        data_share: Looks up gaps in these scenes.
    """

    def __init__(self, scenes: Sequence[SearchedScene], pictures: PagePictures) -> None:
        """None is open yet.

        Args:
            scenes: As the log has them, with all aircraft that were seen in them.
            pictures: Takes the pictures up.
        """
        self._pictures = pictures
        self._overview_px = next((px for most, px in OVERVIEW_PX if len(scenes) <= most), LEAST_OVERVIEW_PX)
        self._files = RecordedScenes()
        self.data_share = data_share_in(self._files)
        self._whole: dict[str, WholeScene | None] = {}
        self._surroundings: dict[str, list[LoggedChip]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._files.__exit__(kind, error, trace)

    @property
    def redaction(self) -> Redaction:
        """What is left out of the page."""
        return self._pictures.redaction

    def whole(self, scene: SearchedScene) -> WholeScene | None:
        """Return a picture of all of a scene; None where its file is not at hand or it has no place."""
        if scene.key not in self._whole:
            self._whole[scene.key] = self._drawn_whole(scene)
        return self._whole[scene.key]

    def stand(self, scene: SearchedScene, place: LonLat, side_m: float) -> EmbeddedPicture | None:
        """Return a picture of a stand; None where nothing at hand shows it.

        Args:
            scene: As the log has it.
            place: The middle of the stand.
            side_m: Length or wingspan of the largest aircraft on it.
        """
        across_m = max(STAND_SIDES * side_m, STAND_LEAST_M)
        opened = self._files.local(scene.record)
        image = None
        if opened is not None and opened.grid.placed:
            image = _cut(opened, place, across_m)
        elif scene.record is not None and scene.record.grid.placed:
            chips = self._chips(scene)
            cuts = (_cropped(chip, scene.record.grid, place, across_m) for chip in chips)
            image = next((cut for cut in cuts if cut is not None), None)
        if image is None:
            return None
        return self._pictures.embed(image.resize((STAND_PX, STAND_PX), Image.Resampling.LANCZOS))

    def _drawn_whole(self, scene: SearchedScene) -> WholeScene | None:
        opened = self._files.local(scene.record)
        if opened is None or not opened.grid.placed:
            return None
        grid, size = opened.grid, opened.grid.gsd_xy_m()
        across_m = max(grid.width * size.x, grid.height * size.y)
        tile = tile_of(grid, 0, 0, grid.width, grid.height, max(*size, across_m / self._overview_px))
        image = _read(opened, tile)
        if image is None:
            return None
        corners = (PixelPoint(0, 0), PixelPoint(grid.width, 0), PixelPoint(0, grid.height))
        upper_left, upper_right, lower_left = map(grid.lonlat, corners)
        return WholeScene(self._pictures.embed(image.convert("L")), (upper_left, upper_right, lower_left))

    def _chips(self, scene: SearchedScene) -> list[LoggedChip]:
        if scene.key not in self._surroundings:
            read = (
                logged_chip(self._pictures.folder, sighting.surroundings, sighting.surroundings_sha256)
                for sighting in scene.sightings
            )
            self._surroundings[scene.key] = [chip for chip in read if isinstance(chip, LoggedChip)]
        return self._surroundings[scene.key]


def _window(grid: Grid, place: LonLat, across_m: float) -> tuple[int, int, int, int] | None:
    """Return the window of a scene around a place; None where it does not lie in the scene whole."""
    size, center = grid.gsd_xy_m(), grid.pixel(place)
    width, height = (max(1, round(across_m / metres)) for metres in size)
    col, row = round(center.col - width / 2), round(center.row - height / 2)
    inside = min(col, row) >= 0 and col + width <= grid.width and row + height <= grid.height
    return (col, row, width, height) if inside else None


def _cut(scene: Scene, place: LonLat, across_m: float) -> Image.Image | None:
    window = _window(scene.grid, place, across_m)
    return None if window is None else _read(scene, tile_of(scene.grid, *window))


def _read(scene: Scene, tile: Tile) -> Image.Image | None:
    try:
        return Image.fromarray(np.ascontiguousarray(scene.read(tile).pixels.squeeze())).convert("RGB")
    except HardstandError:
        return None


def _cropped(chip: LoggedChip, grid: Grid, place: LonLat, across_m: float) -> Image.Image | None:
    """Cut a place out of logged surroundings; None where they do not show it whole."""
    pixel = grid.pixel(place)
    to_chip: Affine = ~chip.to_map @ grid.transform
    col, row = to_chip @ (pixel.col, pixel.row)
    reach = across_m / 2 / grid.gsd_m() * math.sqrt(abs(to_chip.determinant))
    box = (round(col - reach), round(row - reach), round(col + reach), round(row + reach))
    width, height = chip.size
    if min(box[:2]) < 0 or box[2] > width or box[3] > height or box[2] <= box[0]:
        return None
    with Image.open(io.BytesIO(chip.picture)) as image:
        return image.convert("RGB").crop(box)
