"""Shapes that stand out from the pavement: the first step of the contour detector.

The shapes that one window shows are kept together, as arrays: a tile has hundreds, and what is done to one is
done to all at once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from detect.arrays import Bools, Ints, Pixels, Singles
from imagery.grid import Floats

SIZE_OF_WINDOW = (0.27, 2.6)  # an aircraft is this many windows large: the median must still be pavement
FAINT = 20  # grey values: less is noise in all but the larger shapes
# The larger side of the axis-aligned extent: a Cessna 172 has 8.3 m, an An-225 88.4 m.
SMALLEST_M, SMALLEST_FAINT_M, LARGEST_M = 8.0, 15.0, 90.0
NARROWEST_M = 6.0  # its smaller side: less is a vehicle or a marking
LEAST_ASPECT = 0.4  # smaller over larger side; an aircraft of which wings are half its length has 0.5
FILL = (0.1, 0.8)  # share of the extent: a diagonal aircraft fills 0.2 of it, a slab all
MEDIAN_CELLS = 9  # across a window: the median is of averages


class Window(NamedTuple):
    """What the pavement is looked at through, and at which resolution.

    Attributes:
        side_m: Side of the square that the median is taken over.
        px_m: Metres per pixel, unless the tile is coarser.
    """

    side_m: float
    px_m: float


class Departure(NamedTuple):
    """How much a tile departs from its pavement.

    Attributes:
        levels: (rows + 2, cols + 2) int16, grey values; framed by 0, so that nothing leaves the image.
        per_px: (2,) float64, tile pixels per pixel, along columns and along rows.
        px_m: Metres per pixel.
        window_m: Side of the window that the pavement was seen through.
    """

    levels: NDArray[np.int16]
    per_px: Floats
    px_m: float
    window_m: float

    def to_tile(self, places: Floats) -> Floats:
        """Convert framed pixels to tile pixels: (..., 2) of (col, row), both of edges."""
        tile: Floats = (places - 1) * self.per_px
        return tile


class Silhouettes(NamedTuple):
    """Connected components, N in all, of a departure cut at several levels.

    Attributes:
        labels: (images, rows, cols) int32; no label is in two of the images.
        label: (N,) int32, each component's own.
        image: (N,) the image it is in.
        edges: (N, 4) of col_min, row_min, col_max, row_max: outer edges in pixels.
        areas: (N,) pixels.
        points: (P, 2) float32 of (col, row), each one's first and last pixel in each of its rows; a pixel's
            centre is at whole numbers.
        counts: (N,) how many of the points are each one's.
    """

    labels: NDArray[np.int32]
    label: NDArray[np.int32]
    image: Ints
    edges: Ints
    areas: Ints
    points: Singles
    counts: Ints

    @property
    def starts(self) -> Ints:
        """Index of each one's first point, (N,)."""
        return np.cumsum(self.counts) - self.counts

    def those(self, keep: Bools) -> Silhouettes:
        """Return only those for which ``keep``, (N,), is true."""
        return Silhouettes(
            self.labels,
            self.label[keep],
            self.image[keep],
            self.edges[keep],
            self.areas[keep],
            self.points[np.repeat(keep, self.counts)],
            self.counts[keep],
        )


def departure(grey: Pixels, masked: Pixels | None, gsd_m: float, window: Window) -> Departure:
    """Return how much brighter a tile is than the median over a window around each pixel.

    Args:
        grey: (rows, cols) uint8.
        masked: (rows, cols) uint8, 255 where nothing departs, else 0; None: nowhere.
        gsd_m: Metres per pixel.
        window: The window.
    """
    rows, cols = grey.shape
    factor = min(1.0, gsd_m / window.px_m)
    size = (max(1, round(cols * factor)), max(1, round(rows * factor)))
    smooth = cv2.GaussianBlur(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), (0, 0), 0.6)
    px_m = gsd_m / factor
    cells = max(1.0, window.side_m / px_m / MEDIAN_CELLS)
    thin = (max(1, round(size[0] / cells)), max(1, round(size[1] / cells)))
    median = cv2.medianBlur(
        cv2.resize(smooth, thin, interpolation=cv2.INTER_AREA),
        2 * int(window.side_m / px_m / cells / 2) + 1,
    )
    pavement = cv2.resize(median, size, interpolation=cv2.INTER_LINEAR)
    levels = cv2.subtract(smooth, pavement, dtype=cv2.CV_16S)
    if masked is not None:
        levels[cv2.resize(masked, size, interpolation=cv2.INTER_AREA) > 0] = 0
    framed = cv2.copyMakeBorder(levels, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    return Departure(framed.astype(np.int16, copy=False), np.array([cols, rows]) / size, px_m, window.side_m)


def silhouettes(seen: Departure, levels: Sequence[int]) -> Silhouettes:
    """Find the shapes that stand out from the pavement and have the size of an aircraft.

    Args:
        seen: How much a tile departs from its pavement.
        levels: Grey values. A shape departs by more than that, towards brighter if it is over 0.
    """
    cuts = np.array(levels)
    smallest_m = np.where(np.abs(cuts) < FAINT, SMALLEST_FAINT_M, SMALLEST_M)
    least = np.maximum(smallest_m, SIZE_OF_WINDOW[0] * seen.window_m) / seen.px_m
    greatest = min(LARGEST_M, SIZE_OF_WINDOW[1] * seen.window_m) / seen.px_m
    narrowest = NARROWEST_M / seen.px_m
    masks = np.empty((len(cuts), *seen.levels.shape), np.uint8)
    for level, mask in zip(levels, masks, strict=True):
        beyond = np.greater if level > 0 else np.less
        beyond(seen.levels, level, out=mask.view(np.bool_))
    components = _components(masks, least_area=math.ceil(FILL[0] * least.min() * narrowest))
    sides = components.edges[:, 2:] - components.edges[:, :2]
    longer, shorter, fill = sides.max(axis=1), sides.min(axis=1), components.areas / sides.prod(axis=1)
    fits = (longer >= least[components.image]) & (longer <= greatest)
    fits &= shorter >= np.maximum(narrowest, LEAST_ASPECT * longer)
    fits &= (fill >= FILL[0]) & (fill <= FILL[1])
    return components.those(fits)


def _components(masks: Pixels, least_area: int) -> Silhouettes:
    """Find the connected components that have enough pixels.

    OpenCV's own statistics cost three times what its labels do; here they are taken from the runs of the few
    components that are large enough.

    Args:
        masks: (images, rows, cols), 0 or 1, all 0 at the edges.
        least_area: Pixels.
    """
    labels = np.empty(masks.shape, np.int32)
    total = 0
    for index, mask in enumerate(masks):
        count, _ = cv2.connectedComponents(mask, labels[index], connectivity=8, ltype=cv2.CV_32S)
        labels[index] += total
        total += count
    flat = masks.ravel()
    ends = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    first, beyond = ends[::2], ends[1::2]
    label = labels.ravel()[first]
    areas = np.bincount(label, weights=beyond - first, minlength=total).astype(np.int_)
    large = np.flatnonzero(areas[label] >= least_area)
    order = large[np.argsort(label[large], kind="stable")]  # within a label still from top to bottom
    first, beyond, label = first[order], beyond[order], label[order]
    row, col = np.divmod(first, masks.shape[2])
    begin = np.flatnonzero((np.diff(label, prepend=-1) != 0) | (np.diff(row, prepend=-1) != 0))
    end = np.append(begin[1:], len(row)) - 1 if begin.size else begin
    label, row, left, right = label[begin], row[begin], col[begin], (col + beyond - first)[end]
    starts = np.flatnonzero(np.diff(label, prepend=-1))
    counts = np.diff(starts, append=len(label))
    image, row = np.divmod(row, masks.shape[1])
    low, high = row[starts], row[starts + counts - 1] + 1
    edges = np.column_stack(
        [np.minimum.reduceat(left, starts), low, np.maximum.reduceat(right, starts), high]
    )
    points = np.column_stack([left, row, right - 1, row]).reshape(-1, 2).astype(np.float32)
    own = label[starts]
    return Silhouettes(labels, own, image[starts], edges, areas[own], points, 2 * counts)
