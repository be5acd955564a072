"""Measuring: from a merged hit to an oriented box with a stated error, at the scene's native resolution.

A planform is fitted to the edges around each hit (`detect.measuring.fit`). Its response tells how
far to trust its size; how much less it responds nose for tail tells whether the heading is sure. Then the
outlines of real types are fitted (`detect.measuring.type_fit`), for the types that a candidate may be and as
a second opinion: a nose counts as sure only where both agree.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from detect import Progress
from detect.arrays import Bools, Singles
from detect.box import GroundBox, OrientedBox, box_to_scene, box_to_tile, compass_deg, to_ground
from detect.candidate import SizeError, TypeSuggestion
from detect.measuring.accuracy import size_error
from detect.measuring.chip import HitChip, SceneHit, cut_hit_chips
from detect.measuring.fit import HARD_RESPONSE, FittedBoxes, fit_planforms, fitted_boxes
from detect.measuring.pose import ChipBatch, PoseColumn
from detect.measuring.suggested_types import COARSEST_NAMED_M, TypeScore, suggested_types
from detect.measuring.type_fit import TypeFits, TypeFitter, TypePoseColumn, type_boxes
from detect.measuring.type_outlines import type_outlines
from imagery.grid import PixelPoint
from imagery.scene import Scene

MEASURE_VERSION = 5  # changes whenever the same hits could be measured differently
HITS_AT_ONCE = 32  # hits fitted at once, which fit a core's cache

# All of these were set on development scenes: see `detect.measuring.pose`.
# Response that it costs to contradict a detector's axis, and its nose where it is sure.
AXIS_TRUST, NOSE_TRUST = 0.05, 0.1
LEAST_RESPONSE = 0.3  # below, half of the axes were wrong on marked aircraft, though few are
SURE_RESPONSE, SURE_MARGIN = 0.4, 0.08  # 86 % of the aircraft are above both; 3 % of these are nose for tail
# By how much the types that lie as the kind does must fit better than those that lie otherwise. Of the sure
# on practice grounds, 2 % instead of 11 % then lie 20 degrees off or more; 12 % more are unsure.
AGREED_TURN, AGREED_MARGIN = math.radians(45), 0.02
# Where no kind fits well, a type that fits better by so much gives the box: wrong axes on practice grounds
# fall from 23 to 20 %, on the rendered airfield from 6 to 4 %. At 0.1 the real KC-135 come out too large.
BETTER_TYPE = 0.2
# Noses and tails taper to less than a pixel, so fits are shorter than the aircraft (medians on development
# scenes: rendered 2.7 %, marked 0.8 %). Wing tips are blunt: 1.4 % too wide, 2.6 % too narrow.
ENDS_LOST = 1.015

WorthMeasuring = Callable[[SceneHit, float], bool]


class Measurement(NamedTuple):
    """What was measured of a hit, in scene pixels.

    Attributes:
        box: The oriented box.
        ground: Its measures on the ground.
        heading_sure: False where nose and tail could be swapped.
        error: The 1-sigma error of length and wingspan.
        types: Which types it may be, see `detect.measuring.suggested_types`; none where no type stands out,
            and none from a scene coarser than 2 m.
        response: Of the planform that fits best, see `detect.measuring.pose`; where it is below 0.3, as of
            hardly any aircraft, the box is the detector's.
    """

    box: OrientedBox
    ground: GroundBox
    heading_sure: bool
    error: SizeError
    types: tuple[TypeSuggestion, ...]
    response: float


def measure(
    scene: Scene,
    hits: Sequence[SceneHit],
    progress: Progress | None = None,
    *,
    wanted: WorthMeasuring | None = None,
) -> list[Measurement]:
    """Measure hits, in their order. Each part of the scene that holds some is read once more.

    Args:
        scene: An open scene.
        hits: In it.
        progress: As for `detect.measuring.chip.cut_hit_chips`.
        wanted: Tells whether a hit that responds so much is of use; others are measured only roughly. By
            default all are of use.

    Raises:
        SceneError: The scene cannot be read.
    """
    measurements: dict[int, Measurement] = {}
    running: Future[dict[int, Measurement]] | None = None
    # One batch is fitted while the next is read and cut; more threads would wait for the interpreter, and a
    # library's own for each other, since a fit's matrices are small.
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(1) as pool:
        for chips in _in_batches(cut_hit_chips(scene, hits, progress)):
            if running:
                measurements |= running.result()
            running = pool.submit(_measured, scene, chips, wanted)
        if running:
            measurements |= running.result()
    return [measurements[index] for index in range(len(hits))]


def _in_batches(chips: Iterator[HitChip]) -> Iterator[list[HitChip]]:
    while batch := list(islice(chips, HITS_AT_ONCE)):
        yield batch


def _measured(scene: Scene, cut: list[HitChip], wanted: WorthMeasuring | None) -> dict[int, Measurement]:
    """Measure some hits; by their index."""
    chips = ChipBatch(
        np.array([chip.field for chip in cut]), np.array([chip.sides for chip in cut], dtype=np.float32)
    )
    angles = np.radians([box_to_tile(chip.tile, chip.hit.box).angle_deg for chip in cut]).astype(np.float32)
    trust = np.array([(AXIS_TRUST, NOSE_TRUST * chip.hit.heading_sure) for chip in cut], dtype=np.float32)
    best = fit_planforms(chips, angles, trust, lambda responses: _worthy(cut, responses, wanted))
    by_kind = fitted_boxes(best.fits)
    by_kind = by_kind._replace(length=by_kind.length * np.float32(ENDS_LOST))
    gsd_m, off_nadir_deg = scene.grid.gsd_m(), scene.provenance.off_nadir_deg
    px_per_m = np.array([chip.px_per_m for chip in cut], np.float32)
    typed = _worthy(cut, best.fits.response, wanted) & (gsd_m <= COARSEST_NAMED_M)
    types = TypeFitter(chips, px_per_m).fit(by_kind, best.fits.response, typed)
    by_type = type_boxes(types, px_per_m)
    measurements = {}
    for row, chip in enumerate(cut):
        response = float(best.fits.response[row])
        fits = response >= LEAST_RESPONSE
        box = box_to_scene(chip.tile, _box(by_kind, row, chip)) if fits else chip.hit.box
        ground = to_ground(box, scene.grid.ground_matrix(box.center))
        error = size_error(ground, response, gsd_m, off_nadir_deg)
        own = np.flatnonzero(types.chip == row)
        suggested = suggested_types(
            list(map(TypeScore, types.outline[own].tolist(), types.score[own].tolist())),
            response,
            ground,
            error,
        )
        sure = fits and response >= SURE_RESPONSE and float(best.margin[row]) >= SURE_MARGIN
        if len(own):
            sure = sure and _agreed(types.pick(own), float(best.fits.pose[row, PoseColumn.ANGLE]))
            likeliest = int(own[types.score[own].argmax()])
            if fits and response < HARD_RESPONSE and types.score[likeliest] > response + BETTER_TYPE:
                box = box_to_scene(chip.tile, _box(by_type, likeliest, chip))
                ground = to_ground(box, scene.grid.ground_matrix(box.center))
                error = size_error(ground, response, gsd_m, off_nadir_deg)
        measurements[chip.number] = Measurement(box, ground, sure, error, suggested, response)
    return measurements


def _agreed(types: TypeFits, angle: float) -> bool:
    """Check whether the types that lie at an angle fit one hit better than those that lie otherwise.

    A helicopter's nose is never agreed on: below its blades a third of those called sure were tails.
    """
    if type_outlines().rotors[types.outline[types.score.argmax()]]:
        return False
    aligned = np.cos(types.pose[:, TypePoseColumn.ANGLE] - angle) > math.cos(AGREED_TURN)
    most, least = (types.score[which].max(initial=-1.0) for which in (aligned, ~aligned))
    return bool(most >= least + AGREED_MARGIN)


def _worthy(cut: list[HitChip], responses: Singles, wanted: WorthMeasuring | None) -> Bools:
    """Tell which hits somebody will ask for, (N,), should they respond so much."""
    pairs = zip(cut, responses.tolist(), strict=True)
    return np.array([wanted is None or wanted(chip.hit, response) for chip, response in pairs])


def _box(fitted: FittedBoxes, row: int, chip: HitChip) -> OrientedBox:
    """Return one fit's box in tile pixels."""
    center = np.array([fitted.col[row], fitted.row[row]]) / chip.scale + chip.corner
    return OrientedBox(
        PixelPoint(*center.tolist()),
        float(fitted.length[row]) / chip.scale,
        float(fitted.width[row]) / chip.scale,
        compass_deg(float(fitted.angle_deg[row])),
    )
