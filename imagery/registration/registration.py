"""The registration of two scenes: how far one lies from the other, in metres, and how sure that is.

By their georeference two scenes of one place lie within metres of each other, tens of metres where one has
been placed by hand. What does not move (runways, buildings, paint) says how far: landmarks of the one are
looked for in the other, and what most of them agree on is the shift. Where they do not agree by more than
chance, there is no registration.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from imagery.errors import NoRegistration, StretchedScene
from imagery.grid import Floats, LonLat
from imagery.measures import CE99, UNSTATED_ERROR_M
from imagery.registration.common_ground import landmarks, moved, window_of
from imagery.registration.common_shift import CommonShift, common_shift, variation
from imagery.registration.matching import best_place
from imagery.scene import Scene

LEAST_REACH_M = 30.0  # an image placed by a web map's coordinates may be as far off
MOST_REACH_PX = 160  # what is farther off is looked for on coarser pixels
LANDMARKS = 144
SIDE_PX = (24, 96)  # of a landmark: the smaller where the common ground has few pixels
LEAST_LANDMARKS = 9
MOST_VARIATION_M = (
    5.0  # of the shift over what both show: more, and an aircraft's stand would be its neighbour's
)
# What landmarks have in common (shadows, the edges that a sensor sharpens) no number of them averages out: on
# rendered days that the benchmark does not use, a shift was off by a quarter of a pixel beyond their scatter.
COMMON_ERROR_PX = 0.25
LOG10_CHANCE = -6.0  # one in a million pairs that do not belong together would be accepted


@dataclass(frozen=True)
class Registration:
    """How another scene lies over a scene.

    Attributes:
        shift_m: Metres east and north from a place by the scene's georeference to the same ground by the
            other's.
        error_m: Of the shift, 1 sigma, radial.
        spread_m: How far single places are off after it, 1 sigma, radial: relief, lean of buildings, scale.
        gsd_m: The size of the pixels on which it was found.
        landmarks: How many were looked for.
        agreeing: How many of them agree.
    """

    shift_m: tuple[float, float]
    error_m: float
    spread_m: float
    gsd_m: float
    landmarks: int
    agreeing: int

    def in_other(self, place: LonLat) -> LonLat:
        """Return where the other scene's georeference has a place of the scene."""
        return LonLat(*map(float, moved(np.array([place]), self.shift_m)[0]))

    def in_scene(self, place: LonLat) -> LonLat:
        """Return where the scene's georeference has a place of the other."""
        east, north = self.shift_m
        return LonLat(*map(float, moved(np.array([place]), (-east, -north))[0]))


def register(scene: Scene, other: Scene) -> Registration:
    """Lay another scene of the same place over a scene.

    Other sun, season, sensor and GSD do not matter, as far as enough of what both show has not changed. The
    two may be of different CRS and orientation. They may lie as far apart as their stated position errors
    allow, 30 m at least.

    Args:
        scene: The scene.
        other: The other one.

    Raises:
        NoRegistration: One has no place on Earth, they have too little ground in common, or what they show
            does not agree.
        StretchedScene: They agree, but not on one shift.
        SceneError: One is damaged.
    """
    names = f"{scene.path} and {other.path}"
    for each in (scene, other):
        if not each.grid.placed:
            raise NoRegistration(
                f"{each.path}: has no place on Earth, so it cannot be laid over another scene; "
                "georeference it first"
            )
    reach_m = _reach_m(scene, other)
    gsd_m = max(*scene.grid.gsd_xy_m(), *other.grid.gsd_xy_m(), reach_m / MOST_REACH_PX)
    reach = math.ceil(reach_m / gsd_m)
    side = _side_px(scene, other, gsd_m)
    chosen = landmarks(scene, other, side * gsd_m, reach * gsd_m, LANDMARKS)
    tried = len(chosen)
    if tried < LEAST_LANDMARKS:
        raise NoRegistration(
            f"{names}: have too little ground in common to be laid over each other; give scenes that overlap "
            f"by more than {math.sqrt(LEAST_LANDMARKS) * (side + 2 * reach) * gsd_m:.0f} m"
        )
    at, shifts = _shifts(scene, other, chosen, side, reach, gsd_m)
    result = common_shift(shifts, tried, 2 * reach + 1)
    if result is None or result.log10_chance > LOG10_CHANCE:
        raise NoRegistration(
            f"{names}: what they show does not agree within {reach_m:.0f} m of where they say they lie; "
            "check that both are of one place and right in position"
        )
    most_m = max(MOST_VARIATION_M, gsd_m)
    varies_m = variation(at, shifts, result.agreeing) * gsd_m
    if varies_m > most_m:
        raise StretchedScene(
            f"{names}: one is stretched or turned against the other, by {varies_m:.0f} m over what both "
            "show; correct the position of one of them"
        )
    _check_the_rest(names, shifts, result, tried, 2 * reach + 1, most_m / gsd_m)
    residuals = shifts[result.agreeing] - result.shift
    count = int(result.agreeing.sum())
    spread = float(np.sqrt((residuals**2).sum() / max(1, count - 1)))
    right, down = result.shift
    return Registration(
        shift_m=(float(right * gsd_m), float(-down * gsd_m)),
        error_m=math.hypot(spread / math.sqrt(count), COMMON_ERROR_PX) * gsd_m,
        spread_m=spread * gsd_m,
        gsd_m=gsd_m,
        landmarks=tried,
        agreeing=count,
    )


def _check_the_rest(
    names: str, shifts: Floats, result: CommonShift, tried: int, places: int, most_px: float
) -> None:
    """Check that the landmarks that do not follow a shift do not agree on another one.

    Two orthoimages can be laid on different models of the ground, so that parts of one lie elsewhere.

    Raises:
        StretchedScene: They do, by as little chance as it takes for a shift.
    """
    rest = np.hypot(*(shifts - result.shift).T) > most_px
    another = common_shift(shifts[rest], tried - int((~rest).sum()), places)
    if another is not None and another.log10_chance <= LOG10_CHANCE:
        raise StretchedScene(
            f"{names}: of {tried} landmarks {int(result.agreeing.sum())} follow one shift and "
            f"{int(another.agreeing.sum())} another one; correct the position of one of them"
        )


def _reach_m(scene: Scene, other: Scene) -> float:
    errors = (each.record(with_hash=False).position_error_m or UNSTATED_ERROR_M for each in (scene, other))
    return max(LEAST_REACH_M, CE99 * math.hypot(*errors))


def _side_px(scene: Scene, other: Scene, gsd_m: float) -> int:
    """Return the side of a landmark: an eighth of the smaller scene, within bounds, and even."""
    extents = [
        extent * metres
        for grid in (scene.grid, other.grid)
        for extent, metres in zip((grid.width, grid.height), grid.gsd_xy_m(), strict=True)
    ]
    side = int(np.clip(min(extents) / gsd_m / 8, *SIDE_PX))
    return side - side % 2


def _shifts(
    scene: Scene, other: Scene, places: Floats, side: int, reach: int, gsd_m: float
) -> tuple[Floats, Floats]:
    """Look for each landmark.

    Returns:
        Of those that are found, where they lie, (N, 2) in pixels of the scene, and their shifts, (N, 2) right
        and down in pixels of the windows.
    """
    found, shifts = [], []
    # In the order of the rows, so that a file's blocks are read once.
    for place in places[np.argsort(-places[:, 1], kind="stable")]:
        center = LonLat(*map(float, place))
        template = window_of(scene, center, side, gsd_m)
        best = best_place(template, window_of(other, center, side + 2 * reach, gsd_m))
        if best is not None:
            found.append(scene.grid.pixel(center))
            shifts.append((best.right, best.down))
    at, by = (np.array(points, dtype=np.float64).reshape(-1, 2) for points in (found, shifts))
    return at, by
