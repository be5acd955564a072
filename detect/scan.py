"""A scan of a scene: tiles, hits, merging, measuring, candidates."""

from __future__ import annotations

import hashlib
from contextlib import closing
from typing import Any

import numpy as np
import shapely

from detect import Progress
from detect.box import Extent, OrientedBox, box_to_scene, corners_of
from detect.candidate import CandidatesFile, measured_candidate
from detect.detector import Detector, DetectorInfo, Hit
from detect.measuring.chip import SceneHit
from detect.measuring.measure import VERSION, measure
from detect.measuring.types_by_size import types_by_size
from detect.merge import keep_best
from detect.score import at_best, combined
from imagery.errors import UsageError
from imagery.grid import Grid, PixelPoint
from imagery.scene import Scene
from imagery.tiling import Tile

TILE_PX = 1024  # what overlaps (88 m) is a sixth of the work where a pixel is a metre


def scan(
    scene: Scene,
    detector: Detector,
    *,
    min_score: float | None = None,
    progress: Progress | None = None,
) -> CandidatesFile:
    """Find candidates in a scene.

    The same scene, detector and settings give the same candidates in the same order: surest first.

    Args:
        scene: An open scene.
        detector: What looks at the tiles.
        min_score: Leave out what is below; by default the detector's own bound.
        progress: Called with the work done and its total: each tile counts twice, searched and measured.

    Raises:
        UsageError: The bound is no score.
        SceneError: The scene cannot be read to its end.
    """
    floor, weight = _floor(detector, min_score), detector.response_weight
    gsd_m = detector.working_gsd_m(scene.grid.gsd_m())
    tiles = scene.tiles(gsd_m, TILE_PX * gsd_m)
    hits: list[SceneHit] = []
    with closing(scene.read_all(tiles)) as images:
        for done, image in enumerate(images, start=1):
            if image.valid.any():
                hits += [
                    _in_scene(image.tile, hit)
                    for hit in detector.hits(image)
                    if at_best(hit.score, weight) >= floor and not _cut(image.tile, hit.extent, scene.grid)
                ]
            if progress:
                progress(done, 2 * len(tiles))
    chosen = [hit for hit in _merged(scene, hits) if scene.of_interest(hit.box.center)]
    measured = measure(
        scene,
        chosen,
        _second_half(progress, len(tiles)),
        wanted=lambda hit, response: combined(hit.score, response, weight) >= floor,
    )
    scores = [combined(hit.score, seen.response, weight) for hit, seen in zip(chosen, measured, strict=True)]
    record, info = scene.record(), scan_info(detector, scene, min_score)
    # Two hits may have been parts of one aircraft, which only measuring found whole.
    kept = _apart(scene, [seen.box for seen in measured], scores)
    candidates = tuple(
        measured_candidate(
            scene.grid,
            seen.box,
            hit.extent,
            scene=record,
            detector=info,
            score=score,
            heading_sure=seen.heading_sure,
            airfield=scene.nearest.airfield.icao if scene.nearest else None,
            size_error_m=seen.error,
            types=types_by_size(seen.ground, seen.error, scene.grid.gsd_m(), seen.wing),
        )
        for hit, seen, score in ((chosen[index], measured[index], scores[index]) for index in kept)
        if score >= floor
    )
    return CandidatesFile(record, info, candidates, scene.aoi)


def _second_half(progress: Progress | None, total: int) -> Progress | None:
    """Progress of the measuring, told as that of the tiles."""
    return progress and (lambda done, cells: progress(total + total * done // cells, 2 * total))


def scan_info(detector: Detector, scene: Scene, min_score: float | None = None) -> DetectorInfo:
    """The detector with all settings that `scan` gives it: what decides which candidates a scene yields."""
    name, version, params = detector.info
    ours: dict[str, Any] = {"min_score": _floor(detector, min_score), "tile_px": TILE_PX, "measure": VERSION}
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
    return [hits[index] for index in _apart(scene, [hit.box for hit in hits], [hit.score for hit in hits])]


def _apart(scene: Scene, boxes: list[OrientedBox], scores: list[float]) -> list[int]:
    """Indices of the boxes that overlap no surer one, surest first."""
    size = scene.grid.gsd_xy_m()
    matrix = np.array([[size.x, 0.0], [0.0, -size.y]])  # overlap is affine: true north does not matter here
    return keep_best(corners_of(boxes, matrix), scores)
