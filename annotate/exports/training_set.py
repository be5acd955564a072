"""Chips with the boxes of all the aircraft in them, to train other networks with.

A chip shows more than the aircraft it was cut for; one without a box would be learned as background. So the
boxes of a scene's sightings are kept together, in map coordinates, as each chip's world file is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from itertools import chain
from typing import NamedTuple

import numpy as np
import shapely
from affine import Affine
from shapely import STRtree

from annotate.exports.selection import RedactedChip, Selection, picture_name
from annotate.log.chips import LoggedChip
from annotate.log.entries import Sighting
from annotate.log.store import Log
from detect.box import OrientedBox, corners_of
from imagery.grid import Floats, Grid, PixelPoint

UNKNOWN = "unknown"
VISIBLE = 0.5  # share of an aircraft's box that must lie in a chip for it to be marked there

Ring = list[list[float]]  # corners as [col, row] in a chip's pixels; the first is not repeated at the end


class AircraftMark(NamedTuple):
    """An aircraft in a chip.

    Attributes:
        sighting: Its identifier.
        category: The type that people claim, or `UNKNOWN`.
        corners: The four of its box, from the nose's left counter-clockwise on a map; they may lie outside
            the chip.
        visible: The part of its box that is in the chip.
    """

    sighting: str
    category: str
    corners: Ring
    visible: Ring


class TrainingChip(NamedTuple):
    """A chip with all the aircraft in it.

    Attributes:
        sighting: What it was cut for, redacted.
        name: Name of its picture.
        files: The picture and its world file, redacted.
        width: Columns.
        height: Rows.
        marks: In the order logged.
    """

    sighting: Sighting
    name: str
    files: RedactedChip
    width: int
    height: int
    marks: list[AircraftMark]


class _Box(NamedTuple):
    """A sighting's box in its scene."""

    sighting: str
    category: str
    box: OrientedBox


class _Scene(NamedTuple):
    """The boxes of one scene in map coordinates: (N, 4, 2) float64 corners, and a tree of their extents."""

    sightings: list[str]
    categories: list[str]
    rings: Floats
    tree: STRtree


class TrainingSet:
    """The chips of an export, streamed, with their marks.

    Attributes:
        categories: The types in them, in alphabetical order.
        left_out: Sightings whose chip is missing or has changed, counted while `chips` is read.
    """

    def __init__(self, selection: Selection) -> None:
        """Read the boxes of all sightings."""
        self.left_out = 0
        self._selection = selection
        self._scenes = _boxes_by_scene(selection)
        self.categories = sorted({name for scene in self._scenes.values() for name in scene.categories})

    def chips(self) -> Iterator[TrainingChip]:
        """Yield each sighting's chip, in the order logged."""
        for sighting in self._selection.sightings():
            scene = self._scenes.get(sighting.scene_sha256 or "")
            chip = self._selection.chip(sighting.chip, sighting.chip_sha256) if scene else None
            if scene is None or chip is None:
                self.left_out += 1
                continue
            marks = list(_marks(scene, chip))
            yield TrainingChip(
                sighting, picture_name(sighting), self._selection.redacted(chip), *chip.size, marks
            )


def _marks(scene: _Scene, chip: LoggedChip) -> Iterator[AircraftMark]:
    size, to_map = chip.size, chip.to_map
    width, height = size
    xs, ys = zip(*(to_map @ corner for corner in ((0, 0), (width, 0), size, (0, height))), strict=True)
    near = sorted(scene.tree.query(shapely.box(min(xs), min(ys), max(xs), max(ys))).tolist())
    rings: list[Ring] = _transformed(~to_map, scene.rings[near]).tolist()
    for number, corners_px in zip(near, rings, strict=True):
        visible = _visible(corners_px, width, height)
        if visible:
            yield AircraftMark(scene.sightings[number], scene.categories[number], corners_px, visible)


def _visible(corners_px: Ring, width: int, height: int) -> Ring:
    """Return the part of a box that is in a chip; nothing where it is less than `VISIBLE`."""
    if all(0 <= col <= width and 0 <= row <= height for col, row in corners_px):
        return corners_px
    box = shapely.Polygon(corners_px)
    cut = box.intersection(shapely.box(0, 0, width, height))
    if not isinstance(cut, shapely.Polygon) or cut.area < VISIBLE * box.area:
        return []
    return [list(point) for point in cut.exterior.coords[:-1]]


def _boxes_by_scene(selection: Selection) -> dict[str, _Scene]:
    """Return the boxes by SHA-256 of the scene; unredacted, as a box in its chip gives no position away."""
    boxes_of: dict[str, list[_Box]] = defaultdict(list)
    for sighting in selection.log.sightings(selection.matching):
        # One imported from another log may be of an aircraft that was seen here, too.
        if sighting.evidence == "seen" and sighting.scene_sha256 and sighting.center_px and sighting.box_px:
            box = OrientedBox(PixelPoint(*sighting.center_px), *sighting.box_px)
            boxes_of[sighting.scene_sha256].append(
                _Box(selection.redaction.published_id(sighting.id), sighting.type or UNKNOWN, box)
            )
    grids = _grids(selection.log, boxes_of.keys())
    return {scene: _on_map(grids[scene], boxes) for scene, boxes in boxes_of.items() if scene in grids}


def _on_map(grid: Grid, boxes: list[_Box]) -> _Scene:
    matrix = grid.ground_matrix(grid.center)
    rings = _transformed(grid.transform, corners_of([each.box for each in boxes], matrix))
    extents = shapely.box(*rings.min(axis=1).T, *rings.max(axis=1).T)
    names = [each.sighting for each in boxes], [each.category for each in boxes]
    return _Scene(*names, rings, STRtree(extents))


def _grids(log: Log, hashes: Collection[str]) -> dict[str, Grid]:
    """Return the grids of scenes by SHA-256: of their review, or else of a verdict in them."""
    grids: dict[str, Grid] = {}
    records = chain((review.scene for review in log.scenes()), (verdict.scene for verdict in log.verdicts()))
    for scene in records:
        if scene.sha256 is not None and scene.sha256 in hashes and scene.sha256 not in grids:
            grids[scene.sha256] = scene.grid
        if len(grids) == len(hashes):
            break
    return grids


def _transformed(transform: Affine, points: Floats) -> Floats:
    """Transform points, (..., 2) float64."""
    matrix = np.array([[transform.a, transform.d], [transform.b, transform.e]])
    transformed: Floats = points @ matrix + (transform.c, transform.f)
    return transformed
