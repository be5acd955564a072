"""How well the ground control points of an image fit each other, and the curve by which GDAL warps it.

The error is the root mean square of how far each point lies from where a fit to the others puts it, as in
`imagery.georeferencing`: an image whose points do not fit must not look as if it lay where it is drawn.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from imagery.grid import Floats
from imagery.words import counted

QUADRATIC_FROM = 6  # points from which GDAL takes a polynomial of second order (alg/gdal_crs.cpp)
SURE = 0.05  # chance of naming one of several good points as bad
NOISE_FLOOR_M = 0.01  # agreement better than this is that of made-up points and is no measure


class Misfit(NamedTuple):
    """How well points fit each other.

    Attributes:
        error_m: Root mean square of the leave-one-out errors; None where the points always fit.
        notes: What a person should know, a line each.
    """

    error_m: float | None
    notes: tuple[str, ...] = ()


def gcp_misfit(pixels: Floats, ground: Floats) -> Misfit:
    """Measure how well ground control points fit the polynomial that GDAL puts through them.

    A point counts as bad if what it is off by the others' fit is too much for their own scatter, by the F
    test of its deleted residual (Cook and Weisberg, Residuals and Influence in Regression, 1982, 2.2.2).

    Args:
        pixels: (N, 2) of (col, row).
        ground: (N, 2) of (x, y) in metres.
    """
    count = len(pixels)
    design = _design((pixels - pixels.mean(axis=0)) / (np.ptp(pixels, axis=0).max() or 1), count)
    hat = design @ np.linalg.pinv(design)
    leverage, residuals = np.diag(hat), ground - hat @ ground
    if count <= design.shape[1] or leverage.max() > 1 - 1e-9:
        return Misfit(
            None,
            (
                f"the position error is unknown: {counted(count, 'ground control point')} always fit the "
                "curve through them, right or wrong",
            ),
        )
    left_out = np.hypot(*(residuals / (1 - leverage)[:, None]).T)
    error_m = max(float(np.sqrt(np.mean(left_out**2))), NOISE_FLOOR_M)
    freedom = 2 * (count - 1 - design.shape[1])
    if freedom <= 0:
        return Misfit(error_m)
    squares = np.sum(residuals**2, axis=1) / (1 - leverage)
    scatter = np.maximum((np.sum(residuals**2) - squares) / freedom, NOISE_FLOOR_M**2)
    chances = (1 + squares / scatter / freedom) ** (-freedom / 2)
    worst = int(np.argmin(chances))
    if count * chances[worst] >= SURE:
        return Misfit(error_m)
    return Misfit(
        error_m,
        (
            f"ground control point {worst + 1}, at column {pixels[worst, 0]:g} and row {pixels[worst, 1]:g}, "
            f"lies {left_out[worst]:.1f} m from where the others put it: check it",
        ),
    )


def _design(at: Floats, count: int) -> Floats:
    one, (col, row) = np.ones(count), at.T
    columns = [one, col, row]
    if count >= QUADRATIC_FROM:
        columns += [col * col, col * row, row * row]
    return np.column_stack(columns)
