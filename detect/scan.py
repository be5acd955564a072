"""A scan of a scene: its tiles are searched, hits merged and measured, and candidates made of them."""

from __future__ import annotations

import hashlib
import math
import os
from contextlib import closing
from typing import Any

import numpy as np
import shapely

from detect import DETECTORS, Progress
from detect.box import Extent, OrientedBox, box_to_scene, corners_of
from detect.candidate import Candidate, CandidatesFile, measured_candidate
from detect.detector import Detector, DetectorInfo, Hit, Rescorer
from detect.detectors import load_detector
from detect.limits import coarse_words
from detect.measuring.chip import SceneHit
from detect.measuring.measure import MEASURE_VERSION, Measurement, measure
from detect.merge import keep_best
from detect.score import best_possible_score, combined_score
from detect.searched import Measured, Searched
from imagery.errors import UsageError
from imagery.grid import Grid, PixelPoint
from imagery.record import SceneRecord
from imagery.scene import Scene, open_scene
from imagery.tiling import Tile

TILE_PX = 1024  # the overlap (88 m) is a sixth of the work where a pixel is a metre
SURE_SCORE = 0.5  # from here on, no budget leaves a candidate out: a storage field has hundreds of aircraft


def detect(
    scene: Scene | str | os.PathLike[str],
    detector: str | Detector = DETECTORS[0],
    *,
    model: str | None = None,
    runtime: str | None = None,
    min_score: float | None = None,
    budget: float | None = None,
    progress: Progress | None = None,
) -> CandidatesFile:
    """Find candidates in a scene.

    The same scene, detector and settings give the same candidates in the same order: surest first.

    Args:
        scene: An open scene, or the path of one to open as it is.
        detector: One of `detect.DETECTORS`, or a detector of your own.
        model: The network's weights, as for `detect.load_detector`.
        runtime: What runs the network, as for `detect.load_detector`.
        min_score: Leave out candidates below this score, 0..1; by default the detector's own bound.
        budget: Keep the surest candidates, so many per km², and all of a score of 0.5 or more; by default the
            detector's own budget, or all where a score is given.
        progress: Called with the work done and its total.

    Raises:
        UsageError: No detector has this name, there are no such weights, the runtime is not on this machine,
            the score is not a score, or the budget not above 0.
        SceneError: The scene cannot be opened, or not read to its end.
    """
    if isinstance(detector, str):
        detector = load_detector(detector, model, runtime)
    elif model is not None or runtime is not None:
        given = "model" if model is not None else "runtime"
        raise UsageError(f"`{given}` is for a detector that is loaded by its name")
    if isinstance(scene, Scene):
        return scan(scene, detector, min_score=min_score, budget=budget, progress=progress)
    with open_scene(os.fspath(scene)) as opened:
        return scan(opened, detector, min_score=min_score, budget=budget, progress=progress)


def scan(
    scene: Scene,
    detector: Detector,
    *,
    min_score: float | None = None,
    budget: float | None = None,
    progress: Progress | None = None,
) -> CandidatesFile:
    """Find candidates in an open scene with a loaded detector, as `detect` does.

    Args:
        scene: The scene.
        detector: Searches the tiles.
        min_score: Leave out candidates below this score; by default the detector's own bound.
        budget: As for `detect`.
        progress: Called with the work done and its total: each tile counts twice, searched and measured.

    Raises:
        UsageError: The score is not a score, or the budget not above 0.
        SceneError: The scene cannot be read to its end.
    """
    floor, weight = _floor(detector, min_score), detector.response_weight
    per_km2 = _budget(detector, min_score, budget)
    gsd_m = detector.working_gsd_m(scene.grid.gsd_m())
    tiles = scene.tiles(gsd_m, _tile_px(detector) * gsd_m)
    searched = Searched(scene)
    verifier: Rescorer | None = getattr(detector, "verifier", None)
    least = floor if verifier is None else verifier.faintest
    hits = _merged(scene, _hits(scene, detector, tiles, least, searched, progress))
    hits = [hit for hit in hits if scene.of_interest(hit.box.center)]
    measurements = measure(
        scene,
        hits,
        _second_half(progress, len(tiles)),
        wanted=lambda hit, response: combined_score(hit.score, response, weight) >= least,
    )
    scores = [
        combined_score(hit.score, measurement.response, weight)
        for hit, measurement in zip(hits, measurements, strict=True)
    ]
    boxes = [measurement.box for measurement in measurements]
    if verifier is not None:
        scores = verifier.scores(scene, boxes, scores)
    # Two hits may have been parts of one aircraft, which only measuring found whole.
    apart = _apart(scene, boxes, scores)
    shown = [index for index in apart if scores[index] >= floor]
    if per_km2 is not None:  # surest first, so those of 0.5 and more are the first of all
        sure = sum(scores[index] >= SURE_SCORE for index in shown)
        shown = shown[: max(sure, math.ceil(per_km2 * searched.km2))]
    record, info = scene.record(), scan_info(detector, scene, min_score, budget)
    candidates = tuple(
        _candidate(scene, record, info, hits[index], measurements[index], scores[index]) for index in shown
    )
    limits = searched.limits(detector)
    unusual = searched.outside(getattr(detector, "measured", Measured()))
    doubts = (*scene.notes, *searched.cloud_notes, *unusual, *coarse_words(limits))
    return CandidatesFile(record, info, candidates, scene.aoi, searched.area, limits, doubts)


def _hits(
    scene: Scene,
    detector: Detector,
    tiles: list[Tile],
    floor: float,
    searched: Searched,
    progress: Progress | None,
) -> list[SceneHit]:
    """Search the tiles; leave out what can never reach the score."""
    weight = detector.response_weight
    hits: list[SceneHit] = []
    with closing(scene.read_all(tiles)) as images:
        for done, image in enumerate(images, start=1):
            if image.valid.any():
                searched.add(image)
                hits += [
                    _in_scene(image.tile, hit)
                    for hit in detector.hits(image)
                    if best_possible_score(hit.score, weight) >= floor
                    and not _cut(image.tile, hit.extent, scene.grid)
                ]
            if progress:
                progress(done, 2 * len(tiles))
    return hits


def _candidate(
    scene: Scene,
    record: SceneRecord,
    detector: DetectorInfo,
    hit: SceneHit,
    measurement: Measurement,
    score: float,
) -> Candidate:
    return measured_candidate(
        scene.grid,
        measurement.box,
        hit.extent,
        scene=record,
        detector=detector,
        score=score,
        heading_sure=measurement.heading_sure,
        airfield=scene.nearest.airfield.icao if scene.nearest else None,
        size_error_m=measurement.error,
        types=measurement.types,
    )


def _second_half(progress: Progress | None, total: int) -> Progress | None:
    """Report the progress of measuring as that of tiles."""
    return progress and (lambda done, cells: progress(total + total * done // cells, 2 * total))


def scan_info(
    detector: Detector, scene: Scene, min_score: float | None = None, budget: float | None = None
) -> DetectorInfo:
    """Return the detector with all settings of a scan: what decides which candidates a scene yields."""
    name, version, params = detector.info
    settings: dict[str, Any] = {
        "min_score": _floor(detector, min_score),
        "tile_px": _tile_px(detector),
        "measure": MEASURE_VERSION,
    }
    per_km2 = _budget(detector, min_score, budget)
    if per_km2 is not None:
        settings["budget_per_km2"] = per_km2
    if scene.aoi is not None:
        settings["aoi_sha256"] = hashlib.sha256(shapely.to_wkb(scene.aoi, byte_order=1)).hexdigest()
    return DetectorInfo(name, version, params | settings)


def _tile_px(detector: Detector) -> int:
    """Return the greatest side of a tile: where a detector takes no other, that of its input."""
    return int(getattr(detector, "tile_px", None) or TILE_PX)


def _floor(detector: Detector, min_score: float | None) -> float:
    if min_score is None:
        return detector.min_score
    if not 0 <= min_score <= 1:  # also where it is NaN, which the command line's range lets through
        raise UsageError(f"`min_score` is {min_score}; give a number from 0 to 1")
    return min_score


def _budget(detector: Detector, min_score: float | None, budget: float | None) -> float | None:
    """Return the candidates per km² to keep besides the sure ones; None for all."""
    if budget is None:
        return None if min_score is not None else getattr(detector, "budget_per_km2", None)
    if not 0 < budget < math.inf:  # also where it is NaN
        raise UsageError(f"`budget` is {budget}; give a number of candidates per km² above 0")
    return budget


def _cut(tile: Tile, extent: Extent, grid: Grid) -> bool:
    """Check whether an extent reaches an edge of its tile that is not an edge of the scene.

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
    """Return the indices of the boxes that overlap no surer one, surest first."""
    size = scene.grid.gsd_xy_m()
    matrix = np.array([[size.x, 0.0], [0.0, -size.y]])  # overlap is affine: true north does not matter here
    return keep_best(corners_of(boxes, matrix), scores)
