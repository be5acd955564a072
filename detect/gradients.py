"""Edges by their orientation: in an image, and along the planforms' outlines."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from detect.kinds import KINDS, edges

Grey = NDArray[np.uint8]
Plane = NDArray[np.float32]
Complexes = NDArray[np.complex64]

NOISE = 3.0  # grey values a pixel: weaker gradients are the sensor's


def scaled(image: Grey, factor: float) -> Grey:
    """The image with its sides multiplied by a factor, averaged by area where that makes it smaller."""
    size = (max(8, round(image.shape[1] * factor)), max(8, round(image.shape[0] * factor)))
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    return cv2.resize(image, size, interpolation=how).astype(np.uint8)


def grey_of(pixels: Grey) -> Grey:
    """The luma of (rows, cols, 3), or the one band of (rows, cols, 1): (rows, cols), contiguous."""
    grey = pixels[..., 0] if pixels.shape[2] == 1 else cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    return np.ascontiguousarray(grey, dtype=np.uint8)


class Slopes(NamedTuple):
    """The gradient of an image, (rows, cols) float32 each.

    Attributes:
        right: Grey values a pixel.
        down: Grey values a pixel.
        surroundings: Its square, plus the mean square around and the sensor's noise.
    """

    right: Plane
    down: Plane
    surroundings: Plane


def slopes(grey: Grey, window: int) -> Slopes:
    """The gradient, and what it is to be compared with: the mean is over a window of so many pixels."""
    smooth = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), 0.7)
    right, down = (
        cv2.Sobel(smooth, cv2.CV_32F, *order, scale=1 / 8, borderType=cv2.BORDER_REPLICATE).astype(
            np.float32, copy=False
        )
        for order in ((1, 0), (0, 1))
    )
    energy = right * right + down * down
    around = cv2.blur(energy, (window | 1, window | 1)).astype(np.float32)
    return Slopes(right, down, energy + around + NOISE**2)


def orientation(grey: Grey, valid: Grey, window: int) -> tuple[Plane, Plane]:
    """The squared gradient over its surroundings: real and imaginary part, (rows, cols) float32 each."""
    right, down, surroundings = slopes(grey, window)
    weight = (valid / surroundings).astype(np.float32)
    return (right * right - down * down) * weight, 2 * right * down * weight


@cache
def outlines(count: int) -> tuple[Complexes, Complexes]:
    """Points and normals of all kinds, (kinds, count) complex64, nose up: right + i down, in spans."""
    parts = [edges(kind, count) for kind in KINDS]
    points, normals = (
        np.array(arrays)[..., 0] - 1j * np.array(arrays)[..., 1] for arrays in zip(*parts, strict=True)
    )
    return points.astype(np.complex64), normals.astype(np.complex64)
