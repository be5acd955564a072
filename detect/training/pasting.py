"""Pasting what stands on the ground into a picture: its shadow, a soft edge, the grain of the picture."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from detect.arrays import Singles
from imagery.grid import Floats
from imagery.synthetic.canvas import Sun

FEATHER_PX = (0.4, 0.9)
SHADOW_SOFT_PX = (0.5, 1.3)
SHADOW_STRENGTH = (0.3, 0.7)
SHADOW_STEPS = 8
BLUE_SKY = np.array([1.06, 1.0, 0.9], np.float32)  # a shadow is lit by the sky: red is lost most


class Layer(NamedTuple):
    """A part of a thing that throws a shadow.

    Attributes:
        alpha: (H, W) float32, of the part, on the thing's own pixels.
        low: Pixels of the picture that its lower side is above the ground.
        high: The same of its upper side.
    """

    alpha: Singles
    low: float
    high: float


class Thing(NamedTuple):
    """What is pasted.

    Attributes:
        colours: (H, W, 3) float32.
        alpha: (H, W) float32, 0 to 1.
        layers: What throws its shadow.
    """

    colours: Singles
    alpha: Singles
    layers: tuple[Layer, ...]


def paste(pixels: Singles, thing: Thing, place: Floats, sun: Sun, rng: np.random.Generator) -> Singles:
    """Paste a thing and its shadow.

    Args:
        pixels: (H, W, 3) float32, 0 to 255, changed in place.
        thing: What.
        place: (2, 3), from the thing's pixels to the picture's, as `cv2.warpAffine` takes it.
        sun: Where the light comes from, the image's up being north.
        rng: Source of all that is random.

    Returns:
        (4,) float64, the extent of the thing in the picture, left, top, right and bottom.
    """
    zoom = float(np.sqrt(abs(np.linalg.det(place[:, :2]))))
    height, width = thing.alpha.shape
    corners = np.array([[0, 0, 1], [width, 0, 1], [0, height, 1], [width, height, 1]]) @ place.T
    reach = max(layer.high for layer in thing.layers) * sun.shadow_of_metre
    ends = np.concatenate([corners, corners + reach])
    low = np.clip(np.floor(ends.min(axis=0)) - 4, 0, pixels.shape[1::-1]).astype(int)
    high = np.clip(np.ceil(ends.max(axis=0)) + 4, 0, pixels.shape[1::-1]).astype(int)
    window = pixels[low[1] : high[1], low[0] : high[0]]
    place = np.column_stack([place[:, :2], place[:, 2] - low])
    grain = _grain(window)
    _darken(window, thing, place, zoom, sun, rng)
    size = window.shape[1::-1]
    cover = _warped(thing.alpha, place, size, zoom)
    cols, rows = (np.flatnonzero((cover > 0.5).any(axis=axis)) for axis in (0, 1))
    soft = np.asarray(cv2.GaussianBlur(cover, (0, 0), rng.uniform(*FEATHER_PX)), np.float32)[..., None]
    colours = _warped(thing.colours, place, size, zoom)
    colours += (rng.normal(0, 1, (*cover.shape, 1)) * grain).astype(np.float32)
    window *= 1 - soft
    window += soft * colours
    if not len(cols):
        return np.full(4, np.nan)
    return np.array([cols[0], rows[0], cols[-1] + 1, rows[-1] + 1]) + np.tile(low, 2).astype(np.float64)


def _darken(
    window: Singles, thing: Thing, place: Floats, zoom: float, sun: Sun, rng: np.random.Generator
) -> None:
    """Throw a thing's shadow."""
    shade = np.zeros(window.shape[:2], np.float32)
    for layer in thing.layers:
        part = _warped(layer.alpha, place, window.shape[1::-1], zoom)
        for height in np.linspace(layer.low, layer.high, SHADOW_STEPS):
            shift = np.column_stack([np.eye(2), height * sun.shadow_of_metre])
            moved = cv2.warpAffine(part, shift, window.shape[1::-1], flags=cv2.INTER_LINEAR)
            np.maximum(shade, moved, out=shade)
    shade = np.asarray(cv2.GaussianBlur(shade, (0, 0), rng.uniform(*SHADOW_SOFT_PX)), np.float32)
    strength = np.clip(rng.uniform(*SHADOW_STRENGTH) * BLUE_SKY, 0, 0.85).astype(np.float32)
    window *= 1 - shade[..., None] * strength


def _warped(image: Singles, place: Floats, size: tuple[int, int], zoom: float) -> Singles:
    if zoom < 0.9:  # what is made smaller is averaged first
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), 0.45 * np.sqrt(1 / zoom**2 - 0.6)), np.float32)
    border = cv2.BORDER_REPLICATE if image.ndim == 3 else cv2.BORDER_CONSTANT
    warped = cv2.warpAffine(image, place, size, flags=cv2.INTER_LINEAR, borderMode=border)
    return np.asarray(warped, np.float32)


def _grain(pixels: Singles) -> float:
    """Return the deviation of the noise of pixels (Immerkaer, CVIU 1996)."""
    grey = pixels.mean(axis=2)
    if min(grey.shape) < 5:
        return 0.0
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    return float(np.median(np.abs(cv2.filter2D(grey, cv2.CV_32F, kernel)))) / 0.6745 / 6
