"""The edges of an image: its gradient, beside what is around, and their orientation."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from detect.arrays import Pixels, Singles

NOISE = 3.0  # grey values per pixel: weaker gradients are the sensor's


def scaled(image: Pixels, factor: float) -> Pixels:
    """Scale an image's sides by a factor, averaging by area where that makes it smaller."""
    size = (max(8, round(image.shape[1] * factor)), max(8, round(image.shape[0] * factor)))
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    return cv2.resize(image, size, interpolation=how).astype(np.uint8)


def grey_of(pixels: Pixels) -> Pixels:
    """Return the luma of (rows, cols, 3), or the one band of (rows, cols, 1), as contiguous (rows, cols)."""
    grey = pixels[..., 0] if pixels.shape[2] == 1 else cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    return np.ascontiguousarray(grey, dtype=np.uint8)


class ImageGradient(NamedTuple):
    """The gradient of an image, (rows, cols) float32 each.

    Attributes:
        right: Grey values per pixel.
        down: Grey values per pixel.
        surroundings: Its square, plus the mean square around and the sensor's noise.
    """

    right: Singles
    down: Singles
    surroundings: Singles


def image_gradient(grey: Pixels, window: int) -> ImageGradient:
    """Compute the gradient, and its mean square over a window of so many pixels around."""
    smooth = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), 0.7)
    right, down = (
        cv2.Sobel(smooth, cv2.CV_32F, *order, scale=1 / 8, borderType=cv2.BORDER_REPLICATE).astype(
            np.float32, copy=False
        )
        for order in ((1, 0), (0, 1))
    )
    energy = right * right + down * down
    around = cv2.blur(energy, (window | 1, window | 1)).astype(np.float32)
    return ImageGradient(right, down, energy + around + NOISE**2)


def orientation(grey: Pixels, valid: Pixels, window: int) -> tuple[Singles, Singles]:
    """Return the squared gradient over its surroundings: real and imaginary part, (rows, cols) float32."""
    right, down, surroundings = image_gradient(grey, window)
    weight = (valid / surroundings).astype(np.float32)
    return (right * right - down * down) * weight, 2 * right * down * weight
