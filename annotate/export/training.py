"""Chips with the boxes of all the aircraft in them, for training elsewhere.

A chip shows more than the aircraft it was cut for; one that is not marked would teach that it is none. So
the boxes of a scene's sightings are kept together, in map coordinates, where each chip's world file lies too.
"""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Collection, Iterator
from itertools import chain
from typing import NamedTuple

import numpy as np
import shapely
from shapely import STRtree

from annotate.export.contents import Contents, picture_name
from annotate.log.entry import Sighting
from annotate.log.store import Log
from detect.box import OrientedBox, corners
from imagery.grid import Floats, Grid, PixelPoint

UNKNOWN = "unknown"
VISIBLE = 0.5  # share of an aircraft's box that must be in a chip for it to be marked there


class Mark(NamedTuple):
    """An aircraft in a chip.

    Attributes:
        sighting: Its identifier.
        category: The type that people claim, or `UNKNOWN`.
        corners: (4, 2) float64 of (col, row) in the chip, from the nose's left counter-clockwise on a map;
            they may lie outside.
        visible: The part of its box that is in the chip.
    """

    sighting: str
    category: str
    corners: Floats
    visible: shapely.Polygon


class Chip(NamedTuple):
    """A chip with all the aircraft in it.

    Attributes:
        sighting: What it was cut for, as it is told.
        name: Of its file.
        picture: The file, PNG.
        world_file: Where its pixels lie, the text of its world file; None where positions are rounded.
        width: Columns.
        height: Rows.
        marks: In the order logged.
    """

    sighting: Sighting
    name: str
    picture: bytes
    world_file: str | None
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
        left_out: Sightings without a chip, counted while `chips` is read.
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
            path = self._contents.chip_path(sighting)
            if scene is None or path is None:
                self.left_out += 1
                continue
            files = self._contents.chip_files(path)
            width, height = struct.unpack(">II", files.picture[16:24])  # of the PNG's first chunk
            marks = list(_marks(scene, chip_to_map(files.world_file), width, height))
            told = self._contents.told_world_file(files)
            yield Chip(sighting, picture_name(sighting), files.picture, told, width, height, marks)


def chip_to_map(world_file: str) -> Floats:
    """From a chip's pixels, (0, 0) being the outer corner, to map coordinates.

    A world file has the six terms a line each, and counts from the middle of the first pixel.

    Returns:
        (3, 3) float64 that is multiplied with (col, row, 1).
    """
    a, d, b, e, c, f = map(float, world_file.split())
    return np.array([[a, b, c - (a + b) / 2], [d, e, f - (d + e) / 2], [0.0, 0.0, 1.0]])


def _marks(scene: _Scene, to_map: Floats, width: int, height: int) -> Iterator[Mark]:
    frame = np.array([[0, 0], [width, 0], [width, height], [0, height]], float)
    on_map = _moved(to_map, frame)
    near = scene.tree.query(shapely.box(*on_map.min(axis=0), *on_map.max(axis=0)))
    from_map: Floats = np.linalg.inv(to_map).astype(np.float64, copy=False)
    for number in sorted(near):
        corners_px = _moved(from_map, scene.rings[number])
        box = visible = shapely.Polygon(corners_px)
        if not ((corners_px >= 0) & (corners_px <= (width, height))).all():
            cut = box.intersection(shapely.Polygon(frame))
            if not isinstance(cut, shapely.Polygon) or cut.area < VISIBLE * box.area:
                continue
            visible = cut
        yield Mark(scene.sightings[number], scene.categories[number], corners_px, visible)


def _boxes_by_scene(contents: Contents) -> dict[str, _Scene]:
    """By SHA-256 of the scene; before redaction, since where a box lies in its chip tells no place."""
    seen: dict[str, list[_Box]] = defaultdict(list)
    for one in contents.wanted.sightings(contents.log):
        # What came over from another log may be an aircraft that was seen here, too.
        if one.evidence == "seen" and one.scene_sha256 and one.center_px and one.box_px:
            box = OrientedBox(PixelPoint(*one.center_px), *one.box_px)
            seen[one.scene_sha256].append(_Box(one.id, one.type or UNKNOWN, box))
    grids = _grids(contents.log, seen.keys())
    return {scene: _on_map(grids[scene], boxes) for scene, boxes in seen.items() if scene in grids}


def _on_map(grid: Grid, boxes: list[_Box]) -> _Scene:
    matrix = grid.ground_matrix(grid.center)
    to_map = np.array(tuple(grid.transform)).reshape(3, 3)
    rings = _moved(to_map, np.stack([corners(one.box, matrix) for one in boxes]))
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


def _moved(matrix: Floats, points: Floats) -> Floats:
    moved: Floats = points @ matrix[:2, :2].T + matrix[:2, 2]
    return moved
