"""Leaving out one point at a time: errors, the choice of a method, and points that contradict the others."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from imagery.georeferencing import plane_transforms
from imagery.georeferencing.plane_transforms import METHODS, DegeneratePoints, Method
from imagery.grid import Floats

_SURE = 0.05  # chance of naming one of several good points as bad
_NOISE_FLOOR_M = 0.01  # agreement better than this is that of made-up points and is no measure


def fits_without_each(method: Method, pixels: Floats, ground: Floats) -> list[Floats | None]:
    """Fit a transform (3, 3) without each point in turn; None where the others do not determine one."""
    fits: list[Floats | None] = []
    for index in range(len(pixels)):
        others = np.arange(len(pixels)) != index
        try:
            fits.append(plane_transforms.fit(method, pixels[others], ground[others]))
        except DegeneratePoints:
            fits.append(None)
    return fits


def left_out_errors(fits: Sequence[Floats | None], pixels: Floats, ground: Floats) -> list[float | None]:
    """Return how far each point lies from where the fit without it puts it, in metres."""
    return [
        None if fit is None else math.dist(plane_transforms.apply(fit, pixel[None])[0], place)
        for fit, pixel, place in zip(fits, pixels, ground, strict=True)
    ]


def rmse(left_out: Sequence[float | None]) -> float | None:
    """Return the root mean square of the leave-one-out errors; None if one of them is unknown."""
    errors = [error for error in left_out if error is not None]
    return (
        math.sqrt(sum(error**2 for error in errors) / len(errors)) if len(errors) == len(left_out) else None
    )


def choose_method(pixels: Floats, ground: Floats) -> Method:
    """Return the simplest method within one standard error of the best, see `ground_fit.fit_points`."""
    scores: dict[Method, tuple[float, float]] = {}
    for method in METHODS:
        left_out = left_out_errors(fits_without_each(method, pixels, ground), pixels, ground)
        squares = np.array([error**2 for error in left_out if error is not None])
        if len(squares) == len(pixels):
            scores[method] = float(squares.mean()), float(squares.std(ddof=1) / math.sqrt(len(squares)))
    if not scores:
        return METHODS[0]
    bound = max(sum(min(scores.values())), _NOISE_FLOOR_M**2)
    return next(method for method in METHODS if method in scores and scores[method][0] <= bound)


def bad_point(
    method: Method, matrix: Floats, fits: Sequence[Floats | None], pixels: Floats, ground: Floats
) -> int | None:
    """Return the point that the others contradict most, unless that may be chance.

    The squared distance from the fit to the others, over what the scatter of the others makes one expect
    there (the externally studentised residual: Belsley, Kuh, Welsch, Regression Diagnostics, 1980, section
    2.1), is for two coordinates and normal errors F-distributed with 2 and d degrees of freedom, whose upper
    tail is (1 + 2F/d)^(-d/2). The point with the smallest chance is named if that is below 5 % over all
    points (Bonferroni). The others' scatter is free of the point itself, so one bad point cannot hide behind
    what it does to the rest; two can.

    Args:
        method: Kind of transform.
        matrix: (3, 3) the fit to all points.
        fits: The fits without each.
        pixels: (N, 2) of (col, row).
        ground: (N, 2) of (x, y) in metres.

    Returns:
        The point's index; None where there is no such point, or too few to tell.
    """
    design = plane_transforms.design(method, matrix, pixels)
    freedom = 2 * (len(pixels) - 1) - design.shape[2]
    if freedom <= 0:
        return None
    chances = []
    for index, fit in enumerate(fits):
        if fit is None:
            return None
        others = np.arange(len(pixels)) != index
        scatter = np.sum((plane_transforms.apply(fit, pixels[others]) - ground[others]) ** 2) / freedom
        inverse = np.linalg.pinv(np.einsum("nip,niq->pq", design[others], design[others]))
        expected = np.eye(2) + design[index] @ inverse @ design[index].T
        off = plane_transforms.apply(fit, pixels[index : index + 1])[0] - ground[index]
        distance = off @ np.linalg.solve(expected, off) / max(scatter, _NOISE_FLOOR_M**2)
        chances.append((1 + distance / freedom) ** (-freedom / 2))
    worst = int(np.argmin(chances))
    return worst if len(pixels) * chances[worst] < _SURE else None
