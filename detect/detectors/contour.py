"""Candidates from what stands out from the pavement: segmented shapes that look like a planform.

An apron is a large even surface and an aircraft departs from it, brighter or darker, with a shape that few
other things have: a cross, symmetric about its long axis, that fills little of its own convex hull. So:

1. Colour is reduced to twice the blue less the red. Soil, concrete and dry grass reflect more red than blue,
   paint and metal do not, and shade is lit by the blue sky: a grey wing in its fuselage's shade, as bright as
   the apron, still stands out. A grey image stays as it is.
2. The pavement's own level is the median over a window wider than an aircraft's parts and not much wider than
   the aircraft; unlike a morphological top-hat it is not led astray by the shadow under a wing. Two windows
   serve two ranges of sizes. The large one looks at pixels of 3 m, which join a large aircraft's wings to its
   fuselage.
3. The departure from it is cut at several levels, in both polarities, into connected components, and those
   of an aircraft's size and proportions are kept (`detect.detectors.contour_shapes`).
4. Components of an aircraft's solidity are turned upright at every angle, stretched to fill a square and
   correlated with stencils of planforms, nose up and nose down, first coarsely, then what looks promising
   finely (`detect.detectors.contour_fit`). The better of the two ends is the nose.
5. What is found again at several levels is an object, what is found at one is chance: the argument of
   maximally stable extremal regions (Matas et al., "Robust wide-baseline stereo from maximally stable
   extremal regions", BMVC 2002).

It needs contrast and free-standing aircraft; one that touches a bright building melts into it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import product

import cv2
import numpy as np
import shapely

from detect.arrays import Bools, Ints, Pixels
from detect.box import Extent, OrientedBox
from detect.detector import DetectorInfo, Hit
from detect.detectors.contour_fit import LEAST_FINE_CORRELATION, SilhouetteFits, fit_silhouettes
from detect.detectors.contour_shapes import Departure, Window, departure, silhouettes
from detect.score import RESPONSE_WEIGHT
from imagery.grid import Floats, PixelPoint
from imagery.tiling import TileImage

WINDOWS = (Window(side_m=30.0, px_m=1.0), Window(side_m=60.0, px_m=3.0))
# Grey values of 255 that a shape departs from its pavement, a factor 1.5 or 2 apart; few aircraft are darker.
BRIGHTER_LEVELS, DARKER_LEVELS = (10, 15, 22, 33, 50), (-20, -40)
COLOUR = (-1.0, 0.0, 2.0)  # weights of red, green and blue; their sum is 1, so grey stays what it is
MASK_PX = 2  # around missing data, whose edge is not an aircraft's
SAME_SHAPE_IOU = 0.6
HEADING_MARGIN, HEADING_CORRELATION = 0.15, 0.7  # a poor fit tells nothing of the nose, however clearly


class ContourDetector:
    """Proposes shapes that stand out from the pavement; implements `detect.detector.Detector`."""

    @property
    def info(self) -> DetectorInfo:
        """Name, version and settings."""
        params = {
            "windows": [list(window) for window in WINDOWS],
            "levels": [*BRIGHTER_LEVELS, *DARKER_LEVELS],
            "colour": list(COLOUR),
            "least": LEAST_FINE_CORRELATION,
        }
        return DetectorInfo("contour", "2", params)

    @property
    def min_score(self) -> float:
        """Leaves about 23 candidates per km² of a busy airport; of those just above it one in 30 is right."""
        return 0.05

    @property
    def response_weight(self) -> float:
        """Shapes that are cut out say little of edges."""
        return RESPONSE_WEIGHT

    def working_gsd_m(self, scene_gsd_m: float) -> float:
        """Return one metre, as half a metre finds no more, or the scene's GSD where that is coarser."""
        return max(scene_gsd_m, 1.0)

    def hits(self, image: TileImage) -> list[Hit]:
        """Return everything in the tile that could be an aircraft, a shape as often as it was found."""
        grey, masked = _grey(image.pixels), _masked(image.valid)
        seen = [departure(grey, masked, image.gsd_m, window) for window in WINDOWS]
        with ThreadPoolExecutor(2) as pool:  # map keeps the order, so the outcome is the same on any machine
            parts = pool.map(_fits, *zip(*product(seen, (BRIGHTER_LEVELS, DARKER_LEVELS)), strict=True))
            fits = SilhouetteFits(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
        scores = _scores(fits, _support(fits.extents), image.gsd_m)
        sure = (fits.margins > HEADING_MARGIN) & (fits.correlations > HEADING_CORRELATION)
        columns = (fits.centers, fits.lengths, fits.widths, fits.angles_deg, fits.extents, scores, sure)
        return [
            Hit(OrientedBox(PixelPoint(*center), length, width, angle), Extent(*extent), score, heading_sure)
            for center, length, width, angle, extent, score, heading_sure in zip(
                *(column.tolist() for column in columns), strict=True
            )
        ]


def _grey(pixels: Pixels) -> Pixels:
    if pixels.shape[2] == 1:
        return np.ascontiguousarray(pixels[..., 0])
    return cv2.transform(pixels, np.array([COLOUR])).astype(np.uint8, copy=False)


def _masked(valid: Bools) -> Pixels | None:
    """Mask where a tile has no data, and the pixels around; None if it is whole."""
    if valid.all():
        return None
    side = 2 * MASK_PX + 1
    return cv2.dilate((~valid).astype(np.uint8) * 255, np.ones((side, side), np.uint8)).astype(np.uint8)


def _fits(seen: Departure, levels: Sequence[int]) -> SilhouetteFits:
    """Fit planforms to what departs from the pavement by any of the levels, in tile pixels."""
    fits = fit_silhouettes(silhouettes(seen, levels))
    scale = math.sqrt(seen.per_px.prod())
    return fits._replace(
        centers=seen.to_tile(fits.centers),
        lengths=fits.lengths * scale,
        widths=fits.widths * scale,
        extents=seen.to_tile(fits.extents.reshape(-1, 2, 2)).reshape(-1, 4),
    )


def _scores(fits: SilhouetteFits, support: Ints, gsd_m: float) -> Floats:
    """Score how much each fit looks like an aircraft, 0..1.

    Correlation counts most. To it are added, on a logarithmic scale as log-likelihoods would be, how often it
    was found, and its size: an image has room for 1 / span² shapes, so small ones look right more often.
    Weights and logistic curve are a logistic regression's, rounded, on Pléiades scenes of other airports than
    those that the numbers were reported on; every aircraft counted alike, however often it was found.
    """
    evidence = (
        fits.correlations
        + 0.2 * np.log(support)
        + 0.2 * np.log(fits.widths * gsd_m / 35)
        - 0.75 * (fits.solidities - 0.4)
    )
    scores: Floats = 1 / (1 + np.exp(-(evidence - 0.72) / 0.08))
    return scores


def _support(extents: Floats) -> Ints:
    """Count the extents, (N, 4), that each one coincides with, itself included: (N,)."""
    boxes = np.asarray(shapely.box(*extents.T))
    first, second = shapely.STRtree(boxes).query(boxes)
    sides = np.minimum(extents[first, 2:], extents[second, 2:]) - np.maximum(
        extents[first, :2], extents[second, :2]
    )
    shared, areas = sides.prod(axis=1), (extents[:, 2:] - extents[:, :2]).prod(axis=1)
    same = shared > SAME_SHAPE_IOU * (areas[first] + areas[second] - shared)
    return np.bincount(first[same], minlength=len(extents))
