"""Chips with the boxes of all the aircraft in them, for training elsewhere.

A chip shows more than the aircraft it was cut for; one that is not marked would teach that it is none. So
the boxes of a scene's sightings are kept together, in map coordinates, where each chip's world file lies too.
"""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import shapely
from affine import Affine

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


class _Scene(NamedTuple):
    """The boxes of one scene, in map coordinates; the tree's are in the order of the lists."""

    sightings: list[str]
    categories: list[str]
    rings: list[Floats]
    tree: shapely.STRtree


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


def chip_to_map(world_file: str) -> Affine:
    """From a chip's pixels, (0, 0) being the outer corner, to map coordinates.

    A world file has the six terms a line each, and counts from the middle of the first pixel.
    """
    a, d, b, e, c, f = map(float, world_file.split())
    return Affine(a, b, c, d, e, f) @ Affine.translation(-0.5, -0.5)


def _marks(scene: _Scene, to_map: Affine, width: int, height: int) -> Iterator[Mark]:
    from_map = ~to_map
    frame = np.array([[0, 0], [width, 0], [width, height], [0, height]], float)
    on_map = _moved(to_map, frame)
    for number in sorted(scene.tree.query(shapely.box(*on_map.min(axis=0), *on_map.max(axis=0)))):
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
    grids = _grids(contents.log)
    sightings: dict[str, list[str]] = defaultdict(list)
    categories: dict[str, list[str]] = defaultdict(list)
    rings: dict[str, list[Floats]] = defaultdict(list)
    for one in contents.wanted.sightings(contents.log):
        if one.scene_sha256 not in grids or one.center_px is None or one.box_px is None:
            continue
        if (
            one.evidence != "seen"
        ):  # what came over from another log may be an aircraft that was seen here, too
            continue
        grid, matrix = grids[one.scene_sha256]
        box = OrientedBox(PixelPoint(*one.center_px), *one.box_px)
        sightings[one.scene_sha256].append(one.id)
        categories[one.scene_sha256].append(one.type or UNKNOWN)
        rings[one.scene_sha256].append(_moved(grid.transform, corners(box, matrix)))
    return {
        scene: _Scene(
            sightings[scene],
            categories[scene],
            some,
            shapely.STRtree([shapely.Polygon(ring) for ring in some]),
        )
        for scene, some in rings.items()
    }


def _grids(log: Log) -> dict[str, tuple[Grid, Floats]]:
    """The grid of each scene that was reviewed, and metres a pixel in its middle."""
    grids: dict[str, tuple[Grid, Floats]] = {}
    for verdict in log.verdicts():
        scene = verdict.scene
        if scene.sha256 is not None and scene.sha256 not in grids:
            grids[scene.sha256] = scene.grid, scene.grid.ground_matrix(scene.grid.center)
    return grids


def _moved(transform: Affine, points: Floats) -> Floats:
    matrix = np.array([[transform.a, transform.d], [transform.b, transform.e]])
    moved: Floats = points @ matrix + (transform.c, transform.f)
    return moved
