"""Refusing images seen from the side or in a mirror, which no fit to the ground plane puts right."""

from __future__ import annotations

import math

import numpy as np

from imagery.errors import SceneError, UsageError
from imagery.georeferencing import plane_transforms
from imagery.georeferencing.plane_transforms import DegeneratePoints
from imagery.grid import Floats

# At the first bound a camera with a field of view of 30 degrees is tilted by 27. From there on what stands
# upright is shifted by half of its height or more, and no transform of the ground plane puts that back.
MAX_GSD_CHANGE = 1.5  # largest over smallest ground size of a pixel over the image
MAX_SQUEEZE = 2.0  # longer over shorter side of a pixel on the ground: seen 60 degrees from the vertical
_FAR_OFF = 0.05  # a leave-one-out error over this part of the points' extent is no noise of clicking


def check_mirrored(pixels: Floats, ground: Floats) -> None:
    """Refuse points that fit an image mirrored: no view of the ground from above is.

    Raises:
        UsageError: They do.
    """
    if len(pixels) < 3 or plane_transforms.on_one_line(pixels) or plane_transforms.on_one_line(ground):
        return
    if _similarity_error(pixels * (1, -1), ground) < _similarity_error(pixels, ground) / 2:
        raise UsageError(
            "the points fit a mirror image of the ground: either longitude and latitude are swapped "
            "(longitude comes first), or rows are counted from below (they count downwards)"
        )


def _similarity_error(pixels: Floats, ground: Floats) -> float:
    """Return the sum of squared distances (m²) that the best similarity leaves."""
    matrix = plane_transforms.fit("similarity", pixels, ground)
    return float(np.sum((plane_transforms.apply(matrix, pixels) - ground) ** 2))


def _gsd_change(matrix: Floats, corners: Floats) -> float:
    """Return the largest over the smallest side of a pixel on the ground, infinite if the horizon is seen.

    A pixel's area goes with the third power of the inverse third coordinate (the determinant of the Jacobian
    of a projective transform), which is linear over the image, so the corners tell.
    """
    weights = np.column_stack([corners, np.ones(4)]) @ matrix[2]
    return math.inf if weights.min() <= 0 else float((weights.max() / weights.min()) ** 1.5)


def check_view(matrix: Floats, corners: Floats, lat: float) -> None:
    """Refuse a fit that says that the image was taken from the side.

    Args:
        matrix: (3, 3) the fit.
        corners: (4, 2) the image's, in pixels.
        lat: Latitude in degrees.

    Raises:
        SceneError: It was.
    """
    change = _gsd_change(matrix, corners)
    if change > MAX_GSD_CHANGE:
        raise SceneError(_from_the_side(change) + "; give an image from above, or check the points")
    jacobian = plane_transforms.jacobian_at(matrix, corners.mean(axis=0))
    # A map in degrees of longitude and latitude is squeezed too, and not seen from the side.
    squeeze = min(
        float(np.linalg.cond(linear))
        for linear in (jacobian, np.diag([1 / math.cos(math.radians(lat)), 1]) @ jacobian)
    )
    if squeeze > MAX_SQUEEZE:
        raise SceneError(
            f"seen from the side, or a point is wrong: pixels are {squeeze:.1f} times longer one way "
            f"than the other ({MAX_SQUEEZE:g} at most, 60 degrees from the vertical), so what stands "
            "upright would be far off its place; give an image from above, or check the points"
        )


def _from_the_side(change: float) -> str:
    how = f"the ground size of its pixels changes {change:.1f}-fold over it ({MAX_GSD_CHANGE:g} at most)"
    if math.isinf(change):
        how = "the horizon lies in it"
    return f"seen from the side: {how}, so what stands upright would be far off its place"


def check_four(pixels: Floats, ground: Floats, corners: Floats, error_m: float | None) -> None:
    """Refuse four points that only a view from the side explains, though four cannot prove it.

    Raises:
        SceneError: They are such.
    """
    extent = float(np.hypot(*np.ptp(ground, axis=0)))
    if error_m is not None and error_m <= _FAR_OFF * extent:
        return
    try:
        change = _gsd_change(plane_transforms.fit("projective", pixels, ground), corners)
    except DegeneratePoints:
        return
    if change > MAX_GSD_CHANGE:
        raise SceneError(
            f"{_from_the_side(change)}; or one of the four points is wrong, which a fifth would show "
            "(`method` affine goes on anyway)"
        )
