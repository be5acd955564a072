"""Chips with the boxes of all the aircraft in them, for training elsewhere.

A chip shows more than the aircraft it was cut for; one that is not marked would teach that it is none. So
the boxes of a scene's sightings are kept together, in map coordinates, where each chip's world file lies too.
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

from annotate.exports.selection import Contents, ToldChip, picture_name
from annotate.log.chips import LoggedChip
from annotate.log.entries import Sighting
from annotate.log.store import Log
from detect.box import OrientedBox, corners_of
from imagery.grid import Floats, Grid, PixelPoint

UNKNOWN = "unknown"
VISIBLE = 0.5  # share of an aircraft's box that must be in a chip for it to be marked there


Ring = list[list[float]]  # corners as [col, row] in a chip's pixels; the first is not repeated at the end


class Mark(NamedTuple):
    """An aircraft in a chip.

    Attributes:
        sighting: Its identifier.
        category: The type that people claim, or `UNKNOWN`.
        corners: The four of its box, from the nose's left counter-clockwise on a map; they may lie outside.
        visible: The part of its box that is in the chip.
    """

    sighting: str
    category: str
    corners: Ring
    visible: Ring


class Chip(NamedTuple):
    """A chip with all the aircraft in it.

    Attributes:
        sighting: What it was cut for, as it is told.
        name: Of its picture.
        told: Its files.
        width: Columns.
        height: Rows.
        marks: In the order logged.
    """

    sighting: Sighting
    name: str
    told: ToldChip
    width: int
    height: int
    marks: list[Mark]


class _Box(NamedTuple):
    """A sighting's box in its scene."""

    sighting: str
    category: str
    box: OrientedBox


class _Scene(NamedTuple):
    """The boxes of one scene in map coordinates: (N, 4, 2) corners, and a tree of their extents."""

    sightings: list[str]
    categories: list[str]
    rings: Floats
    tree: STRtree


class TrainingSet:
    """The chips of an export, streamed, with their marks.

    Attributes:
        categories: What is in them, in the order of the alphabet.
        left_out: Sightings whose chip is missing or was changed, counted while `chips` is read.
    """

    def __init__(self, contents: Contents) -> None:
        """Read where the boxes of all sightings lie."""
        self.left_out = 0
        self._contents = contents
        self._scenes = _boxes_by_scene(contents)
        self.categories = sorted({name for scene in self._scenes.values() for name in scene.categories})

    def chips(self) -> Iterator[Chip]:
        """Each sighting's chip, in the order logged."""
        for sighting in self._contents.sightings():
            scene = self._scenes.get(sighting.scene_sha256 or "")
            chip = self._contents.chip(sighting.chip, sighting.chip_sha256) if scene else None
            if scene is None or chip is None:
                self.left_out += 1
                continue
            marks = list(_marks(scene, chip))
            yield Chip(sighting, picture_name(sighting), self._contents.told(chip), *chip.size, marks)


def _marks(scene: _Scene, chip: LoggedChip) -> Iterator[Mark]:
    size, to_map = chip.size, chip.to_map
    width, height = size
    xs, ys = zip(*(to_map @ corner for corner in ((0, 0), (width, 0), size, (0, height))), strict=True)
    near = sorted(scene.tree.query(shapely.box(min(xs), min(ys), max(xs), max(ys))).tolist())
    rings: list[Ring] = _moved(~to_map, scene.rings[near]).tolist()
    for number, corners_px in zip(near, rings, strict=True):
        visible = _visible(corners_px, width, height)
        if visible:
            yield Mark(scene.sightings[number], scene.categories[number], corners_px, visible)


def _visible(corners_px: Ring, width: int, height: int) -> Ring:
    """The part of a box that is in a chip; nothing where that is too little of it."""
    if all(0 <= col <= width and 0 <= row <= height for col, row in corners_px):
        return corners_px
    box = shapely.Polygon(corners_px)
    cut = box.intersection(shapely.box(0, 0, width, height))
    if not isinstance(cut, shapely.Polygon) or cut.area < VISIBLE * box.area:
        return []
    return [list(point) for point in cut.exterior.coords[:-1]]


def _boxes_by_scene(contents: Contents) -> dict[str, _Scene]:
    """By SHA-256 of the scene; before redaction, since where a box lies in its chip tells no place."""
    seen: dict[str, list[_Box]] = defaultdict(list)
    for one in contents.log.sightings(contents.wanted):
        # What came over from another log may be an aircraft that was seen here, too.
        if one.evidence == "seen" and one.scene_sha256 and one.center_px and one.box_px:
            box = OrientedBox(PixelPoint(*one.center_px), *one.box_px)
            seen[one.scene_sha256].append(_Box(one.id, one.type or UNKNOWN, box))
    grids = _grids(contents.log, seen.keys())
    return {scene: _on_map(grids[scene], boxes) for scene, boxes in seen.items() if scene in grids}


def _on_map(grid: Grid, boxes: list[_Box]) -> _Scene:
    matrix = grid.ground_matrix(grid.center)
    rings = _moved(grid.transform, corners_of([one.box for one in boxes], matrix))
    extents = shapely.box(*rings.min(axis=1).T, *rings.max(axis=1).T)
    return _Scene([one.sighting for one in boxes], [one.category for one in boxes], rings, STRtree(extents))


def _grids(log: Log, wanted: Collection[str]) -> dict[str, Grid]:
    """The grids of scenes by SHA-256: as their review says, or else a verdict in them."""
    found: dict[str, Grid] = {}
    records = chain((review.scene for review in log.scenes()), (verdict.scene for verdict in log.verdicts()))
    for scene in records:
        if scene.sha256 is not None and scene.sha256 in wanted and scene.sha256 not in found:
            found[scene.sha256] = scene.grid
        if len(found) == len(wanted):
            break
    return found


def _moved(transform: Affine, points: Floats) -> Floats:
    """Points, (..., 2) float64, after a transform."""
    turn = np.array([[transform.a, transform.d], [transform.b, transform.e]])
    moved: Floats = points @ turn + (transform.c, transform.f)
    return moved
