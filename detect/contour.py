"""Candidates from what stands out from the pavement: segmented shapes that look like a planform.

An apron is a large even surface and an aircraft departs from it, brighter or darker, with a shape that few
other things have: a cross, symmetric about its long axis, that fills little of its own convex hull. So:

1. The pavement's own grey is the median over a window wider than an aircraft's parts and not much wider than
   the aircraft; unlike a morphological top-hat it is not led astray by the shadow under a wing. Three windows
   serve three ranges of sizes, each at a resolution in proportion.
2. The departure from it is cut at several levels, in both polarities, into connected components.
3. A component with the size and solidity of an aircraft is turned upright at every angle, stretched to fill a
   square and correlated with stencils of planforms, nose up and nose down. Being symmetric, tapered and
   narrow-wide-narrow-tail is what correlates; the better of the two ends is the nose.
4. What is found again at several levels is an object, what is found at one is chance: the argument of
   maximally stable extremal regions (Matas et al., "Robust wide-baseline stereo from maximally stable
   extremal regions", BMVC 2002).

It needs contrast and free-standing aircraft; one that touches a bright building melts into it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from detect.box import Extent, OrientedBox
from detect.detector import DetectorInfo, Hit
from detect.planform import KINDS, stencil
from imagery.grid import Floats, PixelPoint
from imagery.tiling import TileImage

Grey = NDArray[np.uint8]

WINDOWS_M = (15.0, 30.0, 60.0)
WINDOW_PX = 45  # each window's resolution: a 60 m window needs no half-metre pixels
SIZE_OF_WINDOW = (0.5, 2.6)  # an aircraft is this many windows large: the median must still be pavement
LEVELS = (
    8,
    12,
    18,
    27,
    40,
    60,
)  # grey values of 255 that a component departs from its pavement, a factor 1.5 apart
SIZE_M = (
    8.0,
    90.0,
)  # the larger side of the axis-aligned extent, from a Cessna 172 (8.3 m) to an An-225 (88.4 m)
NARROWEST_M = 6.0  # its smaller side: less is a vehicle or a marking
# Area over that of the convex hull. KINDS have 0.30 to 0.57; a delta has 0.64, but so have blobs: given up.
SOLIDITY = (0.25, 0.62)
LENGTH_PER_SPAN = (0.6, 1.9)
CELLS = 24  # side of the square that shapes are compared in
TURN_DEG = 9  # between the angles that are tried; then halved twice around the best
LEAST_CORRELATION = 0.45
SAME_IOU = 0.6
HEADING_MARGIN, HEADING_CORRELATION = 0.15, 0.7  # a poor fit says nothing of the nose, however clearly


class Shape(NamedTuple):
    """A component that looks like a planform, in tile pixels.

    Attributes:
        box: Its oriented box.
        extent: Its axis-aligned extent.
        span_m: Wing tip to wing tip.
        correlation: With the best stencil, -1..1.
        margin: How much less it correlates nose for tail.
        solidity: Its area over that of its convex hull.
    """

    box: OrientedBox
    extent: Extent
    span_m: float
    correlation: float
    margin: float
    solidity: float

    @property
    def heading_sure(self) -> bool:
        """Whether the nose is where the box says."""
        return self.margin > HEADING_MARGIN and self.correlation > HEADING_CORRELATION


class Fit(NamedTuple):
    """How a component lies: `box` in the component's own pixels, the rest as in `Shape`."""

    box: OrientedBox
    correlation: float
    margin: float


class ContourDetector:
    """Proposes shapes that stand out from the pavement; implements `detect.detector.Detector`."""

    @property
    def info(self) -> DetectorInfo:
        """Name, version and settings."""
        params = {"windows_m": list(WINDOWS_M), "levels": list(LEVELS), "least": LEAST_CORRELATION}
        return DetectorInfo("contour", "1", params)

    @property
    def min_score(self) -> float:
        """Leaves about 40 candidates a km² of a busy airport; of those just above it one in 30 is right."""
        return 0.15

    def working_gsd_m(self, scene_gsd_m: float) -> float:
        """Half a metre (a light aircraft's fuselage is 1 m wide) or the scene's own where that is coarser."""
        return max(scene_gsd_m, 0.5)

    def hits(self, image: TileImage) -> list[Hit]:
        """Everything in the tile that could be an aircraft, the same shape several times over if found so."""
        pixels = image.pixels
        grey = pixels[..., 0] if pixels.shape[2] == 1 else cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
        masked = cv2.dilate((~image.valid).astype(np.uint8), np.ones((5, 5), np.uint8)).astype(np.uint8)
        grey = np.ascontiguousarray(grey, dtype=np.uint8)
        jobs = [(window_m, sign) for window_m in WINDOWS_M for sign in (1, -1)]
        with ThreadPoolExecutor(2) as pool:  # map keeps the order, so the outcome is the same on any machine
            parts = pool.map(lambda job: list(_shapes(grey, masked, image.gsd_m, *job)), jobs)
            shapes = [shape for part in parts for shape in part]
        return [
            Hit(shape.box, shape.extent, _score(shape, support), shape.heading_sure)
            for shape, support in zip(shapes, _support(shapes), strict=True)
        ]


def _score(shape: Shape, support: int) -> float:
    """How much a shape looks like an aircraft, 0..1.

    Correlation says most. To it comes, on a logarithmic scale as log-likelihoods would, how often it was
    found, and its size: an image has room for 1 / span² shapes, so small ones look right more often.
    Weights and the middle of the logistic curve were set on Pléiades scenes of other airports than those that
    the numbers were reported on.
    """
    evidence = (
        shape.correlation
        + 0.1 * math.log(support)
        + 0.1 * math.log(shape.span_m / 35)
        - 0.5 * (shape.solidity - 0.4)
    )
    return 1 / (1 + math.exp(-(evidence - 0.65) / 0.1))


def _support(shapes: list[Shape]) -> list[int]:
    """How many of the shapes each one coincides with, itself included."""
    extents = np.array([shape.extent for shape in shapes]).reshape(-1, 4)
    areas = (extents[:, 2] - extents[:, 0]) * (extents[:, 3] - extents[:, 1])
    counts = []
    for extent, area in zip(extents, areas, strict=True):
        sides = np.minimum(extents[:, 2:], extent[2:]) - np.maximum(extents[:, :2], extent[:2])
        shared = np.prod(np.maximum(sides, 0), axis=1)
        counts.append(int(np.count_nonzero(shared > SAME_IOU * (areas + area - shared))))
    return counts


def _shapes(grey: Grey, masked: Grey, gsd_m: float, window_m: float, sign: int) -> Iterator[Shape]:
    """The shapes brighter (sign 1) or darker (-1) than their pavement that one window's sizes allow."""
    factor = min(1.0, gsd_m * WINDOW_PX / window_m)
    size = (max(1, round(grey.shape[1] * factor)), max(1, round(grey.shape[0] * factor)))
    gsd_m = gsd_m / factor
    smooth = cv2.GaussianBlur(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), (0, 0), 0.6).astype(
        np.uint8
    )
    departure = sign * (smooth.astype(np.int16) - _pavement(smooth, window_m / gsd_m))
    departure[cv2.resize(masked, size, interpolation=cv2.INTER_NEAREST) > 0] = 0
    reach = (
        max(SIZE_M[0], SIZE_OF_WINDOW[0] * window_m) / gsd_m,
        min(SIZE_M[1], SIZE_OF_WINDOW[1] * window_m) / gsd_m,
    )
    for level in LEVELS:
        for left, top, mask in _components((departure > level).astype(np.uint8), reach, NARROWEST_M / gsd_m):
            rim = _rim(mask)
            solidity = float(mask.sum()) / max(1.0, cv2.contourArea(rim.astype(np.float32)))
            if not SOLIDITY[0] <= solidity <= SOLIDITY[1]:
                continue
            fit = _best_fit(mask, rim)
            if fit is None or fit.correlation < LEAST_CORRELATION:
                continue
            (col, row), length, width, angle = fit.box
            center = PixelPoint((left + col) / factor, (top + row) / factor)
            box = OrientedBox(center, length / factor, width / factor, angle)
            rows, cols = mask.shape
            edges = (left, top, left + cols, top + rows)
            extent = Extent(*(edge / factor for edge in edges))
            yield Shape(box, extent, width * gsd_m, fit.correlation, fit.margin, solidity)


def _pavement(grey: Grey, window_px: float) -> NDArray[np.int16]:
    """The median over a window, computed on a thinned-out image: (rows, cols) int16."""
    thin = max(1.0, window_px / 15)
    rows, cols = grey.shape
    small = cv2.resize(
        grey, (max(1, round(cols / thin)), max(1, round(rows / thin))), interpolation=cv2.INTER_AREA
    )
    median = cv2.medianBlur(small, 2 * int(window_px / thin / 2) + 1)
    return cv2.resize(median, (cols, rows), interpolation=cv2.INTER_LINEAR).astype(np.int16)


def _components(mask: Grey, reach: tuple[float, float], narrowest: float) -> Iterator[tuple[int, int, Grey]]:
    """Connected components of an aircraft's size: left, top and the component alone.

    Args:
        mask: (rows, cols), 0 or 1.
        reach: Least and greatest larger side, in pixels.
        narrowest: Least smaller side, in pixels.
    """
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
    longer, shorter = stats[:, 2:4].max(axis=1), stats[:, 2:4].min(axis=1)
    fits = (longer >= reach[0]) & (longer <= reach[1]) & (shorter >= narrowest)
    fits &= (
        stats[:, 4] >= 0.1 * longer * shorter
    )  # thinner is a line; a diagonal aircraft fills 0.2 of its extent
    fits[0] = False  # the background
    for label in np.flatnonzero(fits):
        left, top, cols, rows = (int(value) for value in stats[label, :4])
        yield left, top, (labels[top : top + rows, left : left + cols] == label).astype(np.uint8)


def _rim(mask: Grey) -> Floats:
    """The convex hull of a component, (N, 2) float64 of (col, row), pixel edges counted as edges."""
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    points = max(contours, key=len)[:, 0, :].astype(np.float64) + 0.5
    half = np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)])
    rim: Floats = (points[:, None] + half).reshape(-1, 2)
    return cv2.convexHull(rim.astype(np.float32))[:, 0].astype(np.float64)


@cache
def _stencils() -> tuple[NDArray[np.float32], Floats]:
    """The planforms nose up, then nose down, (N, CELLS²), standardised; and their length per span, (N,)."""
    upright = [stencil(kind, CELLS) for kind in KINDS]
    flat = np.array(upright + [image[::-1] for image in upright]).reshape(2 * len(KINDS), -1)
    aspects = np.array([kind.length_m / kind.wingspan_m for kind in KINDS] * 2)
    return _standardised(flat), aspects


def _standardised(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    centred = rows - rows.mean(axis=1, keepdims=True)
    scaled: NDArray[np.float32] = centred / (np.linalg.norm(centred, axis=1, keepdims=True) + 1e-6)
    return scaled


def _best_fit(mask: Grey, rim: Floats) -> Fit | None:
    """How a planform lies best on a component, if at all."""
    best = _fit(mask, rim, np.arange(0, 180, TURN_DEG).astype(np.float64))
    for step in (TURN_DEG / 2, TURN_DEG / 4):
        if best is None or best.correlation < LEAST_CORRELATION - 0.15:
            return None
        near = _fit(mask, rim, best.box.angle_deg % 180 + np.array([-step, step], np.float64))
        if near is not None and near.correlation > best.correlation:
            best = near
    return best


def _fit(mask: Grey, rim: Floats, angles_deg: Floats) -> Fit | None:
    """The best of some angles and their opposites."""
    radians = np.radians(angles_deg)
    ahead = np.column_stack([np.sin(radians), -np.cos(radians)])
    right = np.column_stack([np.cos(radians), np.sin(radians)])
    low_y, high_y = (limit(rim @ ahead.T, axis=0) for limit in (np.min, np.max))
    low_x, high_x = (limit(rim @ right.T, axis=0) for limit in (np.min, np.max))
    ratios = (high_y - low_y) / (high_x - low_x)
    angles = np.flatnonzero((ratios > LENGTH_PER_SPAN[0]) & (ratios < LENGTH_PER_SPAN[1]))
    if not angles.size:
        return None
    steps = (np.arange(CELLS) + 0.5) / CELLS
    across = (low_x[:, None] + steps * (high_x - low_x)[:, None])[angles, None, :]
    along = (high_y[:, None] - steps * (high_y - low_y)[:, None])[angles, :, None]
    cols = (across * right[angles, 0, None, None] + along * ahead[angles, 0, None, None]).astype(np.int32)
    rows = (across * right[angles, 1, None, None] + along * ahead[angles, 1, None, None]).astype(np.int32)
    inside = (cols >= 0) & (rows >= 0) & (cols < mask.shape[1]) & (rows < mask.shape[0])
    upright = np.where(inside, mask.take(rows * mask.shape[1] + cols, mode="clip"), 0)
    stencils, aspects = _stencils()
    # Stretching a shape to a square hides its proportions, so a stencil of other ones counts for less.
    misfit = np.maximum(0, np.abs(np.log(ratios[angles, None] / aspects)) - 0.1)
    alike = _standardised(upright.reshape(len(angles), -1).astype(np.float32)) @ stencils.T - 0.5 * misfit
    turn, best = divmod(int(np.argmax(alike)), alike.shape[1])
    down = best >= len(KINDS)
    other = alike[turn, : len(KINDS)] if down else alike[turn, len(KINDS) :]
    index = angles[turn]
    center = ((low_x + high_x)[:, None] * right + (low_y + high_y)[:, None] * ahead)[index] / 2
    box = OrientedBox(
        PixelPoint(float(center[0]), float(center[1])),
        float(high_y[index] - low_y[index]),
        float(high_x[index] - low_x[index]),
        float(angles_deg[index] + 180 * down) % 360,
    )
    return Fit(box, float(alike[turn, best]), float(alike[turn, best] - other.max()))
