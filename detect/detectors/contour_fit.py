"""How planforms lie on silhouettes: the second step of the contour detector.

A silhouette is turned upright, stretched to fill a square and correlated with stencils of planforms, nose up
and nose down. Being symmetric about the long axis, tapered, and narrow, wide, narrow and wide again from nose
to tail is what correlates.
"""

from __future__ import annotations

import math
from functools import cache
from typing import NamedTuple

import numpy as np

from detect.arrays import Bools, Ints, Singles
from detect.detectors.contour_shapes import Silhouettes
from detect.kinds import PLANFORM_KINDS, stencil
from imagery.grid import Floats

# Area over that of the convex hull. PLANFORM_KINDS have 0.30 to 0.57; a delta has 0.64, but so have blobs, so
# deltas are given up.
SOLIDITY = (0.25, 0.62)
LENGTH_PER_SPAN = (0.6, 1.9)
TURN_DEG = 15  # between the angles that are tried first
NEARER_DEG = (-7.5, -3.75, 0.0, 3.75, 7.5)  # then, around the best
COARSE_CELLS, FINE_CELLS = 12, 16  # sides of the squares
LEAST_COARSE_CORRELATION, LEAST_FINE_CORRELATION = 0.4, 0.45
# Poses multiplied at once: too few for BLAS to start threads, which would cost more than they save.
BLOCK = 32


class SilhouetteFits(NamedTuple):
    """How planforms lie on the silhouettes that they lie well on: float64, (M,) where nothing else is said.

    Attributes:
        centers: (M, 2) of (col, row), in pixels.
        extents: (M, 4) of col_min, row_min, col_max, row_max: a silhouette's own.
        lengths: From tail to nose, in pixels.
        widths: From wing tip to wing tip, in pixels.
        angles_deg: Of the nose, clockwise from image up, 0 <= angle < 360.
        correlations: With the best stencil, -1..1.
        margins: How much less it correlates nose for tail.
        solidities: Area over that of the convex hull.
    """

    centers: Floats
    extents: Floats
    lengths: Floats
    widths: Floats
    angles_deg: Floats
    correlations: Floats
    margins: Floats
    solidities: Floats


def fit_silhouettes(shapes: Silhouettes) -> SilhouetteFits:
    """Fit planforms to silhouettes; silhouettes that no planform fits are left out."""
    half = np.radians(np.arange(0, 180, TURN_DEG)).astype(np.float32)
    angles = np.broadcast_to(half, (len(shapes.label), len(half)))
    reach = _reach(shapes, angles)
    solidities = shapes.areas / _hull_areas(reach)
    solid = (solidities >= SOLIDITY[0]) & (solidities <= SOLIDITY[1])
    shapes, angles, reach, solidities = shapes.those(solid), angles[solid], reach[solid], solidities[solid]
    quarters = [np.roll(reach, -turn * len(half) // 2, axis=1)[:, : len(half)] for turn in range(4)]
    alike = _correlations(shapes, angles, np.stack(quarters, axis=1), COARSE_CELLS).max(axis=2)
    near = alike.max(axis=1) >= LEAST_COARSE_CORRELATION
    return _finest(shapes.those(near), half[alike[near].argmax(axis=1)], solidities[near])


def _finest(shapes: Silhouettes, roughly: Singles, solidities: Floats) -> SilhouetteFits:
    """Fit planforms at angles near those found roughly, (N,) in radians."""
    angles = roughly[:, None] + np.radians(NEARER_DEG).astype(np.float32)
    sides = np.concatenate([angles, angles + np.float32(math.pi / 2)], axis=1)
    reach = _reach(shapes, sides).reshape(len(angles), 4, len(NEARER_DEG))
    alike = _correlations(shapes, angles, reach, FINE_CELLS).reshape(*angles.shape, 2, len(PLANFORM_KINDS))
    turned = alike.max(axis=3)  # nose up, nose down
    each = np.arange(len(angles))
    turn, down = np.divmod(turned.reshape(len(angles), 2 * len(NEARER_DEG)).argmax(axis=1), 2)
    correlations = turned[each, turn, down]
    good = correlations >= LEAST_FINE_CORRELATION
    angle = angles[each, turn]
    ahead, right, behind, left = reach[each, :, turn].T
    along, across = (ahead - behind) / 2, (right - left) / 2
    sine, cosine = np.sin(angle), np.cos(angle)
    fits = (
        np.column_stack([across * cosine + along * sine, across * sine - along * cosine]) + 0.5,
        shapes.edges,
        ahead + behind,
        right + left,
        (np.degrees(angle) + 180 * down) % 360,
        correlations,
        correlations - turned[each, turn, 1 - down],
        solidities,
    )
    return SilhouetteFits(*(part[good].astype(np.float64) for part in fits))


def _reach(shapes: Silhouettes, angles: Singles) -> Singles:
    """Return how far silhouettes reach from the image's origin: support functions, (N, 2 angles) float32.

    Args:
        shapes: N silhouettes.
        angles: (N, angles) radians clockwise from image up; the second half of what is given is for their
            opposites.
    """
    sine, cosine = np.sin(angles), np.cos(angles)
    along = shapes.points[:, :1] * np.repeat(sine, shapes.counts, axis=0)
    along -= shapes.points[:, 1:] * np.repeat(cosine, shapes.counts, axis=0)
    corner = (np.abs(sine) + np.abs(cosine)) / 2  # from a pixel's centre to its furthest corner
    starts = shapes.starts
    ahead, behind = (limit.reduceat(along, starts, axis=0) for limit in (np.maximum, np.minimum))
    reach: Singles = np.concatenate([ahead + corner, corner - behind], axis=1)
    return reach


def _hull_areas(reach: Singles) -> Floats:
    """Return the areas of polygons that touch silhouettes all around: up to a tenth more than their hulls'.

    The side that touches at angle k of n is (h[k-1] + h[k+1] - 2 h[k] cos d) / sin d long, with d = 2 pi / n
    and h the support function; the polygon is the sum of the triangles between the origin and its sides.
    """
    step = 2 * math.pi / reach.shape[1]
    h = reach.astype(np.float64)
    sides = (np.roll(h, 1, axis=1) + np.roll(h, -1, axis=1) - 2 * h * math.cos(step)) / math.sin(step)
    areas: Floats = (h * sides).sum(axis=1) / 2
    return areas


def _correlations(shapes: Silhouettes, angles: Singles, reach: Singles, cells: int) -> Singles:
    """Correlate silhouettes, turned upright, with each stencil: (N, angles, stencils) float32.

    Args:
        shapes: N silhouettes.
        angles: (N, angles) radians.
        reach: (N, 4, angles) how far they reach ahead, right, behind and left of the image's origin.
        cells: Side of the square that they are stretched to.
    """
    ahead, right, behind, left = reach.swapaxes(0, 1)
    ratios = (ahead + behind) / (right + left)
    which, turn = np.nonzero((ratios > LENGTH_PER_SPAN[0]) & (ratios < LENGTH_PER_SPAN[1]))
    blocks = -(-len(which) // BLOCK)
    upright = np.zeros((blocks * BLOCK, cells**2), np.float32)
    upright[: len(which)] = _upright(shapes, which, angles[which, turn], reach[which, :, turn], cells)
    covered = upright[: len(which)].sum(axis=1)
    deviation = np.sqrt(np.maximum(1.0, covered * (1 - covered / cells**2)))
    stencils, aspects = _stencils(cells)
    # Stretching a shape to a square hides its proportions, so a stencil of other ones counts for less.
    misfit = np.maximum(0, np.abs(np.log(ratios[which, turn, None] / aspects)) - 0.1)
    alike = np.full((*angles.shape, len(stencils)), -1.0, np.float32)
    products = (upright.reshape(blocks, BLOCK, cells**2) @ stencils.T).reshape(-1, len(stencils))
    alike[which, turn] = products[: len(which)] / deviation[:, None] - 0.5 * misfit
    return alike


def _upright(shapes: Silhouettes, which: Ints, angles: Singles, reach: Singles, cells: int) -> Bools:
    """Sample silhouettes upright and stretched to a square: (poses, cells²).

    Args:
        shapes: The silhouettes.
        which: (poses,) which of them.
        angles: (poses,) radians.
        reach: (poses, 4) ahead, right, behind, left.
        cells: Side of the square.
    """
    steps = ((np.arange(cells) + 0.5) / cells).astype(np.float32)
    ahead, right, behind, left = reach.T[:, :, None]
    along, across = ahead - steps * (ahead + behind), steps * (right + left) - left
    sine, cosine = np.sin(angles)[:, None], np.cos(angles)[:, None]
    rows, cols = shapes.labels.shape[1:]
    # A pixel's centre is at whole numbers: adding a half makes cutting off rounding.
    col = ((across * cosine)[:, None, :] + (along * sine + np.float32(0.5))[:, :, None]).astype(np.int32)
    place = ((across * sine)[:, None, :] + (np.float32(0.5) - along * cosine)[:, :, None]).astype(np.int32)
    place *= cols
    place += col
    place += (shapes.image[which] * (rows * cols)).astype(np.int32)[:, None, None]
    # What falls beyond the image lands in another row or image, where nothing has this label.
    covered = shapes.labels.take(place, mode="clip") == shapes.label[which, None, None]
    squares: Bools = covered.reshape(len(which), cells**2)
    return squares


@cache
def _stencils(cells: int) -> tuple[Singles, Singles]:
    """Return the planforms nose up, then nose down, (N, cells²), standardised; and length per span, (N,)."""
    upright = [stencil(kind, cells) for kind in PLANFORM_KINDS]
    flat = np.array(upright + [image[::-1] for image in upright]).reshape(2 * len(PLANFORM_KINDS), -1)
    centred = flat - flat.mean(axis=1, keepdims=True)
    aspects = np.array([kind.length_m / kind.wingspan_m for kind in PLANFORM_KINDS] * 2, np.float32)
    return (centred / np.linalg.norm(centred, axis=1, keepdims=True)).astype(np.float32), aspects
