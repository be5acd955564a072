"""Fitting an image to points that a person knows, with an error that can be trusted.

The position error is the root mean square, over the points, of how far each lies from where a fit to the
others puts it. No point is judged by a fit that it had a part in, as with residuals, so the error does not
shrink by choosing a more flexible transform. It is a radial error (RMSE_r of FGDC-STD-007.3-1998, the
NSSDA); where errors are normal and alike in both directions, 90 % of places lie within 1.5175 times of it. An
error that all points share, such as that of the map they were read from, cannot be seen in it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from pyproj import Transformer
from rasterio.crs import CRS

from imagery.errors import UsageError
from imagery.georeferencing import plane_transforms
from imagery.georeferencing.gcp import GroundControlPoint, check_points, mean_place
from imagery.georeferencing.leave_one_out import (
    bad_point,
    choose_method,
    fits_without_each,
    left_out_errors,
    rmse,
)
from imagery.georeferencing.plane_transforms import MINIMUM, DegeneratePoints, Method
from imagery.georeferencing.viewpoint import check_four, check_mirrored, check_view
from imagery.grid import Floats
from imagery.placing import local_crs
from imagery.words import counted

CE90 = 1.5175  # radius that holds 90 % over RMSE_r, see above


class PointError(NamedTuple):
    """A control point and how well it agrees.

    Attributes:
        point: The point as given.
        residual_m: Distance between where the fit to all points puts it and where it was given.
        leave_one_out_m: The same for the fit to the other points; None where those do not determine one.
    """

    point: GroundControlPoint
    residual_m: float
    leave_one_out_m: float | None


@dataclass(frozen=True)
class GroundFit:
    """A transform from an image to the ground, and how far it can be trusted.

    Attributes:
        method: Kind of transform.
        crs: The metric map coordinates that it leads to.
        matrix: (3, 3) from (col, row, 1) to (x, y, 1), up to a factor.
        points: Every point, in the order given.
        error_m: Position error (see the module); None where unknown: a fit to the least number of points is
            exact whatever they are.
        bad_point: Number, from 1, of a point that the others contradict.
        notes: What a person should know, in sentences.
    """

    method: Method
    crs: CRS
    matrix: Floats
    points: tuple[PointError, ...]
    error_m: float | None
    bad_point: int | None
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return method, points and errors, as the georeferenced file records them."""
        return {
            "method": self.method,
            "crs": f"EPSG:{self.crs.to_epsg()}",
            "points": [
                {
                    **point_error.point.pixel._asdict(),
                    **point_error.point.lonlat._asdict(),
                    "residual_m": round(point_error.residual_m, 3),
                    "leave_one_out_m": None
                    if point_error.leave_one_out_m is None
                    else round(point_error.leave_one_out_m, 3),
                }
                for point_error in self.points
            ],
            "error_m": self.error_m,
            "bad_point": self.bad_point,
        }


def fit_points(
    points: Sequence[GroundControlPoint], width: int, height: int, method: Method | None = None
) -> GroundFit:
    """Fit an image to its control points.

    If no method is given, the simplest is taken whose leave-one-out error is within one standard error of
    the smallest (the one-standard-error rule: Hastie, Tibshirani, Friedman, The Elements of Statistical
    Learning, 2nd ed., section 7.10), among those that have such an error, so that what cannot be checked is
    never chosen while something else can.

    Args:
        points: The control points.
        width: Columns of the image.
        height: Rows of the image.
        method: Kind of transform; None to choose.

    Raises:
        UsageError: The points do not determine such a transform, or cannot be right.
        SceneError: The image was taken from the side.
    """
    least = MINIMUM[method or "similarity"]
    if len(points) < least:
        raise UsageError(
            f"{counted(len(points), 'control point')}, but {method or 'even a similarity'} takes {least}, "
            "and one more for its error to be known; give more `points`"
        )
    check_points(points, width, height)
    middle = mean_place(points)
    crs = local_crs(middle)  # metres, so residuals are
    pixels = np.array([point.pixel for point in points])
    to_map = Transformer.from_crs("EPSG:4326", crs.to_wkt(), always_xy=True)
    ground = np.column_stack(to_map.transform(*np.array([point.lonlat for point in points]).T.tolist()))
    try:
        check_mirrored(pixels, ground)
        chosen = method or choose_method(pixels, ground)
        matrix = plane_transforms.fit(chosen, pixels, ground)
    except DegeneratePoints as reason:
        raise UsageError(f"{reason}; add points away from it") from None
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], float)
    fits = fits_without_each(chosen, pixels, ground)
    left_out = left_out_errors(fits, pixels, ground)
    error_m = rmse(left_out)
    check_view(matrix, corners, middle.lat)
    bad = bad_point(chosen, matrix, fits, pixels, ground)
    if method is None and bad is None and len(points) == MINIMUM["projective"]:
        check_four(pixels, ground, corners, error_m)
    notes = [*_unknown_note(chosen, len(points), left_out), *_bad_note(bad, chosen, pixels, ground, left_out)]
    notes += _reach_note(fits, corners, error_m) if bad is None else []
    residuals = np.hypot(*(plane_transforms.apply(matrix, pixels) - ground).T)
    return GroundFit(
        chosen,
        crs,
        matrix,
        tuple(PointError(*each) for each in zip(points, residuals.tolist(), left_out, strict=True)),
        None if error_m is None else math.ceil(error_m * 1000) / 1000,  # never 0
        None if bad is None else bad + 1,
        tuple(notes),
    )


def _unknown_note(method: Method, count: int, left_out: Sequence[float | None]) -> list[str]:
    if None not in left_out:
        return []
    if count == MINIMUM[method]:
        return [
            f"the position error is unknown: {count} points always fit a {method} transform exactly, "
            "right or wrong; add one"
        ]
    number = left_out.index(None) + 1
    return [
        f"the position error is unknown: without point {number} the others determine no {method} transform; "
        "add a point away from their line"
    ]


def _bad_note(
    bad: int | None, method: Method, pixels: Floats, ground: Floats, left_out: Sequence[float | None]
) -> list[str]:
    if bad is None:
        return []
    others = np.arange(len(pixels)) != bad
    error_without = rmse(
        left_out_errors(
            fits_without_each(method, pixels[others], ground[others]), pixels[others], ground[others]
        )
    )
    without = "" if error_without is None else f"; without it the position error is {error_without:.1f} m"
    return [f"point {bad + 1} lies {left_out[bad]:.1f} m from where the others put it: check it{without}"]


def _reach_note(fits: Sequence[Floats | None], corners: Floats, error_m: float | None) -> list[str]:
    """Say where the image reaches too far beyond its points.

    The spread of what the fits without each point say of a corner is its jackknife standard error (Efron and
    Tibshirani, An Introduction to the Bootstrap, 1993, equation 11.5).
    """
    determined = [fit for fit in fits if fit is not None]
    if error_m is None or len(determined) < len(fits):
        return []
    places = np.array([plane_transforms.apply(fit, corners) for fit in determined])
    errors = np.sqrt((len(determined) - 1) * np.sum(places.var(axis=0), axis=1))
    worst = int(np.argmax(errors))
    if errors[worst] <= max(2 * error_m, 1):
        return []
    corner = ("upper left", "upper right", "lower right", "lower left")[worst]
    return [
        f"the points say little of the {corner} of the image, where places may be {errors[worst]:.0f} m off, "
        f"more than the position error of {error_m:.1f} m; add a point there"
    ]
