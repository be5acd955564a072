"""The plane transforms from an image to the ground, and their fit by least squares."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from imagery.grid import Floats

Method = Literal["similarity", "affine", "projective"]

METHODS: tuple[Method, ...] = get_args(Method)  # the simplest first
MINIMUM: dict[Method, int] = {"similarity": 2, "affine": 3, "projective": 4}  # points that a fit takes

# Points whose extent across their main direction is under a hundredth of that along it lie on a line: two
# pixels of clicking would change the scale across it by tens of per cent.
_LINE = 0.01
# The same for the 8 unknowns of a projective transform: smallest over largest singular value of normalised
# equations. Points placed well have 0.05 to 0.3.
_RANK = 0.002


class DegeneratePoints(ValueError):
    """Points that do not determine a transform."""


def fit(method: Method, pixels: Floats, ground: Floats) -> Floats:
    """Fit a transform by least squares.

    Coordinates are first centred and scaled as Hartley advises (In defense of the eight-point algorithm, IEEE
    PAMI 19(6), 1997), so that the equations are well conditioned. Similarity and affine minimise the sum of
    squared distances on the ground; projective is the normalised direct linear transform (Hartley and
    Zisserman, Multiple View Geometry, 2nd ed., algorithm 4.2), which does so up to the change of scale over
    the image, and that is bounded in `imagery.georeferencing`.

    Args:
        method: Which transform. A similarity keeps shapes and does not mirror: rows run downwards.
        pixels: (N, 2) of (col, row).
        ground: (N, 2) of (x, y) in metres.

    Returns:
        (3, 3) ``M`` with ``M @ (col, row, 1) ~ (x, y, 1)``; its last number is 1 at the points' centre.

    Raises:
        DegeneratePoints: There are too few points, or they lie on one line.
    """
    if len(pixels) < MINIMUM[method]:
        raise DegeneratePoints(f"{method} takes {MINIMUM[method]} points or more, not {len(pixels)}")
    if method != "similarity" and (on_one_line(pixels) or on_one_line(ground)):
        raise DegeneratePoints("the points lie on one line")
    of_pixels, of_ground = _normalisation(pixels), _normalisation(ground)
    source, target = apply(of_pixels, pixels), apply(of_ground, ground)
    solve = {"similarity": _similarity, "affine": _affine, "projective": _projective}[method]
    matrix: Floats = np.linalg.inv(of_ground) @ solve(source, target) @ of_pixels
    scale: float = matrix[2] @ [*pixels.mean(axis=0), 1]
    return matrix / scale


def apply(matrix: Floats, points: Floats) -> Floats:
    """Put points (N, 2) through a (3, 3) transform."""
    moved = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    plane: Floats = moved[:, :2] / moved[:, 2:]
    return plane


def on_one_line(points: Floats) -> bool:
    """Check whether points (N, 2) lie on one line, or nearly so, or in one place."""
    spread = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)
    return len(points) < 3 or bool(spread[1] <= _LINE * spread[0])


def jacobian_at(matrix: Floats, at: Floats) -> Floats:
    """Return the (2, 2) change of (x, y) with (col, row) at one pixel point (2,)."""
    weight = matrix[2] @ [*at, 1]
    ground = apply(matrix, at[None])[0]
    jacobian: Floats = (matrix[:2, :2] - np.outer(ground, matrix[2, :2])) / weight
    return jacobian


def design(method: Method, matrix: Floats, pixels: Floats) -> Floats:
    """Return how the fitted places change with the transform's parameters, up to a change of parameters.

    Args:
        method: Which transform.
        matrix: (3, 3) the fit.
        pixels: (N, 2), already centred and scaled or not.

    Returns:
        (N, 2, P) with P the number of parameters.
    """
    normal = _normalisation(pixels)
    u, v = apply(normal, pixels).T
    one, zero = np.ones_like(u), np.zeros_like(u)
    if method == "similarity":
        rows = [[u, v, one, zero], [-v, u, zero, one]]
    elif method == "affine":
        rows = [[u, v, one, zero, zero, zero], [zero, zero, zero, u, v, one]]
    else:
        ground = apply(matrix, pixels)
        x, y = apply(_normalisation(ground), ground).T
        rows = [
            [u, v, one, zero, zero, zero, -x * u, -x * v],
            [zero, zero, zero, u, v, one, -y * u, -y * v],
        ]
    # The change of scale over the image (the division by the third coordinate) is left out: it is bounded.
    return np.moveaxis(np.array(rows), -1, 0)


def _normalisation(points: Floats) -> Floats:
    center = points.mean(axis=0)
    distance = float(np.hypot(*(points - center).T).mean())
    if distance == 0:
        raise DegeneratePoints("the points lie in one place")
    scale = np.sqrt(2) / distance
    return np.array([[scale, 0, -scale * center[0]], [0, scale, -scale * center[1]], [0, 0, 1]])


def _similarity(source: Floats, target: Floats) -> Floats:
    # In complex numbers, with the row turned upwards: x + iy = a (u - iv), both centred already.
    u, z = source[:, 0] - 1j * source[:, 1], target[:, 0] + 1j * target[:, 1]
    a = np.vdot(u, z) / np.vdot(u, u)
    return np.array([[a.real, a.imag, 0], [a.imag, -a.real, 0], [0, 0, 1]])


def _affine(source: Floats, target: Floats) -> Floats:
    unknowns, *_ = np.linalg.lstsq(np.column_stack([source, np.ones(len(source))]), target)
    return np.vstack([unknowns.T, [0, 0, 1]])


def _projective(source: Floats, target: Floats) -> Floats:
    points = np.column_stack([source, np.ones(len(source))])
    zero = np.zeros_like(points)
    x, y = target.T[:, :, None]
    # The row of zeros makes nine of the eight that four points give, so that the ninth axis comes with them.
    equations = np.vstack(
        [
            np.hstack([points, zero, -x * points]),
            np.hstack([zero, points, -y * points]),
            np.zeros((1, 9)),
        ]
    )
    _, sizes, axes = np.linalg.svd(equations, full_matrices=False)
    if sizes[7] <= _RANK * sizes[0]:
        raise DegeneratePoints("all points but one lie on one line")
    return np.asarray(axes[8].reshape(3, 3))
