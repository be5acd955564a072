"""One pass over a scene: tiles, hits, merging, measuring."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import closing
from typing import Any, NamedTuple

import numpy as np
import shapely

from detect.box import Extent, OrientedBox, box_to_scene, corners
from detect.candidate import CandidatesFile, measured_candidate
from detect.detector import Detector, DetectorInfo, Hit
from detect.merge import keep_best
from imagery.errors import UsageError
from imagery.grid import Grid, PixelPoint
from imagery.scene import Scene
from imagery.tiling import Tile

TILE_M = 512.0


class SceneHit(NamedTuple):
    """A hit in scene pixels; the members are those of `detect.detector.Hit`."""

    box: OrientedBox
    extent: Extent
    score: float
    heading_sure: bool


def scan(
    scene: Scene,
    detector: Detector,
    *,
    min_score: float | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> CandidatesFile:
    """Find candidates in a scene.

    The same scene, detector and settings give the same candidates in the same order: surest first.

    Args:
        scene: An open scene.
        detector: What looks at the tiles.
        min_score: Leave out what is below; by default the detector's own bound.
        progress: Called after each tile with the number of tiles done and their total.

    Raises:
        UsageError: The bound is no score.
        SceneError: The scene cannot be read to its end.
    """
    floor = _floor(detector, min_score)
    tiles = scene.tiles(detector.working_gsd_m(scene.grid.gsd_m()), TILE_M)
    hits: list[SceneHit] = []
    with closing(scene.read_all(tiles)) as images:
        for done, image in enumerate(images, start=1):
            if image.valid.any():
                hits += [
                    _in_scene(image.tile, hit)
                    for hit in detector.hits(image)
                    if hit.score >= floor and not _cut(image.tile, hit.extent, scene.grid)
                ]
            if progress:
                progress(done, len(tiles))
    record, info = scene.record(), scan_info(detector, scene, min_score)
    candidates = tuple(
        measured_candidate(
            scene.grid,
            hit.box,
            hit.extent,
            scene=record,
            detector=info,
            score=hit.score,
            heading_sure=hit.heading_sure,
            airfield=scene.nearest.airfield.icao if scene.nearest else None,
        )
        for hit in _merged(scene, hits)
        if scene.of_interest(hit.box.center)
    )
    return CandidatesFile(record, info, candidates)


def scan_info(detector: Detector, scene: Scene, min_score: float | None = None) -> DetectorInfo:
    """The detector with all settings that `scan` gives it: what decides which candidates a scene yields."""
    name, version, params = detector.info
    ours: dict[str, Any] = {"min_score": _floor(detector, min_score), "tile_m": TILE_M}
    if scene.aoi is not None:
        ours["aoi_sha256"] = hashlib.sha256(shapely.to_wkb(scene.aoi, byte_order=1)).hexdigest()
    return DetectorInfo(name, version, params | ours)


def _floor(detector: Detector, min_score: float | None) -> float:
    if min_score is None:
        return detector.min_score
    if not 0 <= min_score <= 1:  # also where it is NaN, which the command line's range lets through
        raise UsageError(f"a score of at least {min_score} cannot be; say one from 0 to 1")
    return min_score


def _cut(tile: Tile, extent: Extent, grid: Grid) -> bool:
    """Whether an extent reaches an edge of its tile that is none of the scene's.

    The part of an aircraft that shows there may well score higher than the whole does in the neighbour, and
    tiles overlap by the largest aircraft so that the neighbour has it whole.
    """
    return (
        (extent.col_min < 1 and tile.col > 0)
        or (extent.row_min < 1 and tile.row > 0)
        or (extent.col_max > tile.out_width - 1 and tile.col + tile.width < grid.width)
        or (extent.row_max > tile.out_height - 1 and tile.row + tile.height < grid.height)
    )


def _in_scene(tile: Tile, hit: Hit) -> SceneHit:
    first = tile.to_scene(PixelPoint(hit.extent.col_min, hit.extent.row_min))
    last = tile.to_scene(PixelPoint(hit.extent.col_max, hit.extent.row_max))
    return SceneHit(box_to_scene(tile, hit.box), Extent(*first, *last), hit.score, hit.heading_sure)


def _merged(scene: Scene, hits: list[SceneHit]) -> list[SceneHit]:
    size = scene.grid.gsd_xy_m()
    matrix = np.array([[size.x, 0.0], [0.0, -size.y]])  # overlap is affine: true north does not matter here
    rings = np.array([corners(hit.box, matrix) for hit in hits]).reshape(-1, 4, 2)
    return [hits[index] for index in keep_best(rings, [hit.score for hit in hits])]
