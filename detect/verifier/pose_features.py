"""The features of a candidate at its pose: what a verifier goes by, besides the detector's score.

The image around a box is turned nose up and scaled to the box, so that aircraft of any size and heading look
alike. What is left and what is right of the axis counts the same: histograms and grey values are those of
the image and its mirror image together.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import closing
from typing import NamedTuple

import cv2
import numpy as np

from detect.arrays import Bools, Pixels, Singles
from detect.box import Extent, OrientedBox, corners_of
from detect.gradients import grey_of
from detect.measuring.chip import SceneHit, reading_plan
from detect.score import log_odds
from imagery.grid import Floats, GroundSize, PixelPoint
from imagery.scene import Scene
from imagery.tiling import TileImage

FEATURES_VERSION = 1  # changes whenever the same box could have other features
PATCH_PX = 48  # side of the square around a box
PATCH_SIDES = 1.5  # its side, in the longer of the box's sides: the surroundings show on all sides
CELLS, TURNS = 8, 8  # of the histograms: cells per side, directions of an edge in half a turn
GREYS = 12  # of the coarse picture: pixels per side
BODY = 0.15  # of the half axes: how far from them the body reaches
NOISE = 4.0  # grey values: a patch that spreads less shows nothing
BLOCK = 3  # cells per side over which the edges' strength is evened out
READ_SIDES = 0.8  # of the box's longer side: `reading_plan` adds what is around

SCALARS = (
    "log_odds",
    "log_side",
    "log_ratio",
    "log_pixels",
    "symmetry",
    "edge_symmetry",
    "body_contrast",
    "body_deviation",
    "ground_deviation",
    "edges_ratio",
    "brightness",
    "ground_colour",
    "body_colour",
)
HISTOGRAM = CELLS * CELLS // 2 * TURNS
PICTURE = GREYS * GREYS // 2
COUNT = len(SCALARS) + HISTOGRAM + PICTURE


class _Pose(NamedTuple):
    """A box on the ground: its middle and half axes in scene pixels, (2,) each, and their lengths."""

    middle: PixelPoint
    right: Floats
    nose: Floats
    right_m: float
    nose_m: float

    @property
    def longer_m(self) -> float:
        """The longer of length and wingspan."""
        return 2 * max(self.right_m, self.nose_m)


class _Parts(NamedTuple):
    """The parts of a patch, (PATCH_PX, PATCH_PX) bool each.

    Attributes:
        body: Along the axes from nose to tail and from wing tip to wing tip, where an aircraft is.
        ground: Outside of the box.
    """

    body: Bools
    ground: Bools


def candidate_features(scene: Scene, boxes: Sequence[OrientedBox], scores: Sequence[float]) -> Singles:
    """Return the features of boxes, (N, COUNT) float32: `SCALARS`, then histograms, then the picture.

    Args:
        scene: An open scene.
        boxes: In its pixels; their middles lie in it.
        scores: The detector's, 0..1.

    Raises:
        SceneError: The scene cannot be read.
    """
    features = np.zeros((len(boxes), COUNT), np.float32)
    if not boxes:
        return features
    poses = [_pose(box, scene.grid.ground_matrix(box.center)) for box in boxes]
    size, gsd_m = scene.grid.gsd_xy_m(), scene.grid.gsd_m()
    plan = reading_plan(scene, [_as_hit(box, pose, size) for box, pose in zip(boxes, poses, strict=True)])
    # A look at each is short, and the library's threads would wait for each other.
    with closing(scene.read_all(list(plan), ahead=False)) as images:
        for image in images:
            for index in plan[image.tile]:
                patch = _patch(image, poses[index])
                features[index] = _features(poses[index], patch, gsd_m, scores[index])
    return features


def _pose(box: OrientedBox, matrix: Floats) -> _Pose:
    nose_left, tail_left, _, nose_right = corners_of([box], matrix)[0]
    right, nose = (nose_right - nose_left) / 2, (nose_left - tail_left) / 2
    right_m, nose_m = (float(np.hypot(*(matrix @ axis))) for axis in (right, nose))
    return _Pose(box.center, right, nose, right_m, nose_m)


def _as_hit(box: OrientedBox, pose: _Pose, size: GroundSize) -> SceneHit:
    """Return the box as a hit whose surroundings cover its patch."""
    col, row = box.center
    across, down = (READ_SIDES * pose.longer_m / 2 / metres for metres in size)
    return SceneHit(box, Extent(col - across, row - down, col + across, row + down), 0.0, False)


def _patch(image: TileImage, pose: _Pose) -> Pixels:
    """Return the image around a box, nose up, (PATCH_PX, PATCH_PX, bands) uint8."""
    reach_m = PATCH_SIDES * pose.longer_m / 2
    scale = np.array(image.tile.scale)
    across, ahead = pose.right / pose.right_m * reach_m / scale, pose.nose / pose.nose_m * reach_m / scale
    middle = np.array(image.tile.to_tile(pose.middle))
    step = 2 / PATCH_PX
    to_tile = np.column_stack([across * step, -ahead * step, middle - across + ahead])
    # OpenCV counts from the middle of the first pixel, in the patch and in the tile.
    to_tile[:, 2] += to_tile[:, :2].sum(axis=1) / 2 - 0.5
    pixels, corner = _around(image.pixels, middle, 1.5 * float(np.hypot(*across)))
    to_tile[:, 2] -= corner
    shrink = float(np.hypot(*across)) * step  # tile pixels per patch pixel
    if shrink > 1:
        pixels = np.asarray(
            cv2.GaussianBlur(pixels, (0, 0), 0.4 * shrink, borderType=cv2.BORDER_REPLICATE), np.uint8
        )
    warped = cv2.warpAffine(
        pixels,
        to_tile,
        (PATCH_PX, PATCH_PX),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(warped, np.uint8).reshape(PATCH_PX, PATCH_PX, -1)


def _around(pixels: Pixels, middle: Floats, reach: float) -> tuple[Pixels, Floats]:
    """Cut out what lies within a distance of a place; return it, and its first column and row."""
    sides = (pixels.shape[1], pixels.shape[0])
    first = [max(0, min(side - 1, math.floor(at - reach))) for at, side in zip(middle, sides, strict=True)]
    last = [
        min(side, max(start + 1, math.ceil(at + reach)))
        for at, start, side in zip(middle, first, sides, strict=True)
    ]
    part = pixels[first[1] : last[1], first[0] : last[0]]
    return np.ascontiguousarray(part), np.array(first, dtype=np.float64)


def _features(pose: _Pose, patch: Pixels, gsd_m: float, score: float) -> Singles:
    grey = grey_of(patch).astype(np.float32)
    edges, histogram = _histograms(grey)
    body, ground = _parts(pose)
    colour = patch.max(axis=2).astype(np.float32) - patch.min(axis=2)
    spread = float(grey.std()) + NOISE
    scalars = (
        log_odds(score),
        math.log(pose.longer_m),
        math.log(pose.nose_m / pose.right_m),
        math.log(pose.longer_m / gsd_m),
        _symmetry(grey),
        _symmetry(edges),
        float(grey[body].mean() - grey[ground].mean()) / spread,
        float(grey[body].std()) / spread,
        float(grey[ground].std()) / spread,
        math.log((float(edges[body].mean()) + 1) / (float(edges[ground].mean()) + 1)),
        float(grey[ground].mean()) / 128 - 1,
        float(colour[ground].mean()) / 32,
        float(colour[body].mean()) / 32,
    )
    coarse = cv2.resize((grey + grey[:, ::-1]) / 2, (GREYS, GREYS), interpolation=cv2.INTER_AREA)
    picture = ((coarse - grey.mean()) / spread)[:, : GREYS // 2]
    return np.concatenate([np.array(scalars, np.float32), histogram.ravel(), picture.ravel()])


def _parts(pose: _Pose) -> _Parts:
    """Return the parts of the patch around a box."""
    half = PATCH_SIDES * max(pose.right_m, pose.nose_m)
    at = np.abs((np.arange(PATCH_PX) + 0.5) / PATCH_PX * 2 - 1) * half
    x, y = at[None, :] / pose.right_m, at[:, None] / pose.nose_m
    inside = (x <= 1) & (y <= 1)
    # The narrowest box still has the middle of the patch.
    middle = at <= half / PATCH_PX
    body = (inside & ((x < BODY) | (y < BODY))) | (middle[:, None] & middle[None, :])
    return _Parts(body, ~inside)


def _histograms(grey: Singles) -> tuple[Singles, Singles]:
    """Return the strength of edges, and histograms of their directions, mirrored halves added.

    Returns:
        (PATCH_PX, PATCH_PX) and (CELLS, CELLS / 2, TURNS), float32. Directions are weighed between two bins
        (Dalal and Triggs, 2005, "Histograms of oriented gradients for human detection").
    """
    smooth = cv2.GaussianBlur(grey, (0, 0), 0.8)
    right, down = (cv2.Sobel(smooth, cv2.CV_32F, *order, scale=1 / 8) for order in ((1, 0), (0, 1)))
    strength = np.hypot(right, down)
    turn = (np.arctan2(down, right) / np.pi * TURNS) % TURNS
    first = np.floor(turn).astype(int) % TURNS
    share = turn - np.floor(turn)
    planes = np.zeros((PATCH_PX, PATCH_PX, TURNS), np.float32)
    rows, cols = np.indices(first.shape)
    planes[rows, cols, first] = strength * (1 - share)
    planes[rows, cols, (first + 1) % TURNS] += strength * share
    cell = PATCH_PX // CELLS
    cells = planes.reshape(CELLS, cell, CELLS, cell, TURNS).mean(axis=(1, 3))
    around = cv2.blur((cells**2).sum(axis=2), (BLOCK, BLOCK), borderType=cv2.BORDER_REPLICATE)
    cells = np.sqrt(cells / np.sqrt(around + 1.0)[..., None])
    mirrored = cells[:, ::-1, (-np.arange(TURNS)) % TURNS]
    both = (cells + mirrored)[:, : CELLS // 2] / 2
    return np.asarray(strength, np.float32), np.asarray(both, np.float32)


def _symmetry(image: Singles) -> float:
    """Return the correlation of an image with its mirror image, -1..1; 0 without structure."""
    centred = image - image.mean()
    return float((centred * centred[:, ::-1]).mean()) / (float((centred**2).mean()) + 1.0)
