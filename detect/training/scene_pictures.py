"""Scenes whose aircraft are known, cut into pictures to train on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from detect.arrays import Bools
from detect.box import OrientedBox, box_to_tile
from detect.evaluation.truth import SceneTruth, Truth, box_of_marks, scene_of_truth
from detect.training.training_picture import Aircraft, TrainingPicture
from imagery.errors import UsageError
from imagery.grid import Floats, Grid, PixelPoint
from imagery.scene import open_scene
from imagery.tiling import Tile, TileImage

TILE_M = 2000.0  # 48 MB at half a metre


class ScenePictures(NamedTuple):
    """A scene cut into pictures.

    Attributes:
        name: Of its file.
        sha256: As in candidates files.
        pictures: With its aircraft.
    """

    name: str
    sha256: str
    pictures: list[TrainingPicture]


def scene_pictures(scenes: Sequence[str], truth: Truth) -> Iterator[ScenePictures]:
    """Cut scenes into pictures.

    Args:
        scenes: Paths.
        truth: All aircraft of each scene, and maybe marks on some of them, from which the nose is known.

    Raises:
        UsageError: The truth lacks a scene.
        SceneError: A scene cannot be read.
    """
    names = [Path(path).name for path in scenes]
    named = [(scene_of_truth(scene, names), scene) for scene in truth.scenes]
    for path, name in zip(scenes, names, strict=True):
        truths = [scene_truth for scene_name, scene_truth in named if scene_name == name]
        extents, ignored = _extents(truths, keep=True), _extents(truths, keep=False)
        if all(scene_truth.boxes is None for scene_truth in truths):
            raise UsageError(f"{path}: {truth.source} does not say where all its aircraft are")
        with open_scene(path) as scene:
            poses = _poses(truths, extents, scene.grid)
            tiles = scene.read_all(scene.tiles(scene.grid.gsd_m(), TILE_M))
            pictures = [_picture(image, extents, poses, ignored) for image in tiles]
            # Hashed last: of a scene on a server, it is the hash of what was read.
            yield ScenePictures(name, scene.record().sha256 or "", pictures)


def _extents(truths: Sequence[SceneTruth], *, keep: bool) -> Floats:
    """Return extents in scene pixels, (N, 4): of the aircraft, or of what is ignored."""
    boxes = [box for truth in truths for box in truth.boxes or () if box.ignored != keep]
    return np.array([box.extent for box in boxes], dtype=np.float64).reshape(-1, 4)


def _poses(truths: Sequence[SceneTruth], extents: Floats, grid: Grid) -> list[OrientedBox | None]:
    """Return the oriented box of each extent, where its truth or a mark within it gives one."""
    poses = [box.box for truth in truths for box in truth.boxes or () if not box.ignored]
    for marks in (marks for truth in truths for marks in truth.marks):
        box = box_of_marks(marks, grid).box
        if box is None or not len(extents):
            continue
        apart = np.abs((extents[:, :2] + extents[:, 2:]) / 2 - box.center) / (extents[:, 2:] - extents[:, :2])
        nearest = int(apart.max(axis=1).argmin())
        if apart[nearest].max() < 0.25:
            poses[nearest] = box
    return poses


def _picture(
    image: TileImage, extents: Floats, poses: Sequence[OrientedBox | None], ignored: Floats
) -> TrainingPicture:
    tile = image.tile
    boxes = [None if pose is None else box_to_tile(tile, pose) for pose in poses]
    aircraft = Aircraft(
        _in_tile(extents, tile),
        np.array([np.nan if box is None else box.angle_deg for box in boxes]),
        np.array([(np.nan, np.nan) if box is None else (box.length, box.width) for box in boxes]).reshape(
            -1, 2
        ),
    )
    pixels = np.repeat(image.pixels, 3, axis=2) if image.pixels.shape[2] == 1 else image.pixels
    ignored_here = _in_tile(ignored, tile)
    shown = aircraft.those(_overlaps(aircraft.extents, tile))
    return TrainingPicture(pixels, image.gsd_m, shown, ignored_here[_overlaps(ignored_here, tile)])


def _in_tile(extents: Floats, tile: Tile) -> Floats:
    ends = [
        (*tile.to_tile(PixelPoint(*extent[:2])), *tile.to_tile(PixelPoint(*extent[2:]))) for extent in extents
    ]
    return np.array(ends, dtype=np.float64).reshape(-1, 4)


def _overlaps(extents: Floats, tile: Tile) -> Bools:
    """Tell which extents show in a tile, (N,)."""
    size = np.array([tile.out_width, tile.out_height])
    return np.asarray(((extents[:, 2:] > 0) & (extents[:, :2] < size)).all(axis=1))
