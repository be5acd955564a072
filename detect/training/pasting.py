"""Pasting what stands on the ground into a picture: its shadow, a soft edge, the grain of the picture."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import cv2
import numpy as np

from detect.arrays import Singles
from detect.training.free_ground import FreeGround
from detect.training.training_picture import Aircraft, TrainingPicture
from imagery.grid import Floats
from imagery.synthetic.practice_ground import random_sun

FEATHER_PX = (0.4, 0.9)
SHADOW_SOFT_PX = (0.5, 1.3)
SHADOW_STRENGTH = (0.3, 0.7)
SHADOW_STEPS = 8
MOST_SHADED = 0.85
BLUE_SKY = np.array([1.06, 1.0, 0.9], np.float32)  # a shadow is lit by the sky: red is lost most
MOST_GRAIN = 3.5  # grey values: what looks like more is leaves or gravel
MARGIN_PX = 4  # around what is changed


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
    """What can be pasted.

    Attributes:
        colours: (H, W, 3) float32.
        alpha: (H, W) float32, 0 to 1.
        layers: What throws its shadow.
    """

    colours: Singles
    alpha: Singles
    layers: tuple[Layer, ...]


def rotation(angle_deg: float) -> Floats:
    """Return the matrix that turns an image's coordinates clockwise."""
    cos, sin = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))
    return np.array([[cos, -sin], [sin, cos]])


class Collage:
    """A picture into which things are pasted under one sun.

    Attributes:
        original: The picture as it was.
        ground: Where there is room.
    """

    def __init__(self, picture: TrainingPicture, rng: np.random.Generator) -> None:
        """Begin with a picture, which stays as it is."""
        self.original, self.ground = picture, FreeGround(picture)
        self._pixels, self._rng = picture.pixels.astype(np.float32), rng
        self._shadow_of_metre = random_sun(rng).shadow_of_metre

    def picture(self, added: Aircraft) -> TrainingPicture:
        """Return the picture as it is now, with aircraft that were pasted."""
        shown = np.clip(np.round(self._pixels), 0, 255).astype(np.uint8)
        return replace(self.original, pixels=shown, aircraft=self.original.aircraft.joined(added))

    def paste(self, thing: Thing, center: Floats, linear: Floats, anchor: Floats) -> Floats | None:
        """Paste a thing and its shadow.

        Args:
            thing: What.
            center: (2,), where its anchor comes to lie, column and row.
            linear: (2, 2), how its pixels are turned and scaled.
            anchor: (2,), column and row in the thing.

        Returns:
            (4,) float64, its extent in the picture; None if nothing of it is seen.
        """
        place = np.column_stack([linear, center - linear @ anchor])
        height, width = thing.alpha.shape
        corners = np.array([[0, 0, 1], [width, 0, 1], [0, height, 1], [width, height, 1]]) @ place.T
        reach = max(layer.high for layer in thing.layers) * self._shadow_of_metre
        ends, size = np.concatenate([corners, corners + reach]), self._pixels.shape[1::-1]
        low = np.clip(np.floor(ends.min(axis=0)) - MARGIN_PX, 0, size).astype(int)
        high = np.clip(np.ceil(ends.max(axis=0)) + MARGIN_PX, 0, size).astype(int)
        window = self._pixels[low[1] : high[1], low[0] : high[0]]
        if not window.size:
            return None
        place[:, 2] -= low
        cover = _warped(thing.alpha, place, window.shape)
        cols, rows = (np.flatnonzero((cover > 0.5).any(axis=axis)) for axis in (0, 1))
        if not len(cols):
            return None
        grain = _grain(window)
        self._darken(window, thing, place)
        soft = np.asarray(cv2.GaussianBlur(cover, (0, 0), self._rng.uniform(*FEATHER_PX)), np.float32)
        colours = _warped(thing.colours, place, window.shape)
        colours += (self._rng.normal(0, 1, (*cover.shape, 1)) * grain).astype(np.float32)
        window += soft[..., None] * (colours - window)
        extent: Floats = np.array([cols[0], rows[0], cols[-1] + 1, rows[-1] + 1]) + np.tile(low, 2)
        return extent.astype(np.float64)

    def _darken(self, window: Singles, thing: Thing, place: Floats) -> None:
        """Throw a thing's shadow."""
        shade, size = np.zeros(window.shape[:2], np.float32), window.shape[1::-1]
        for layer in thing.layers:
            part = _warped(layer.alpha, place, window.shape)
            for height in np.linspace(layer.low, layer.high, SHADOW_STEPS):
                shift = np.column_stack([np.eye(2), height * self._shadow_of_metre])
                np.maximum(shade, cv2.warpAffine(part, shift, size, flags=cv2.INTER_LINEAR), out=shade)
        shade = np.asarray(cv2.GaussianBlur(shade, (0, 0), self._rng.uniform(*SHADOW_SOFT_PX)), np.float32)
        strength = np.clip(self._rng.uniform(*SHADOW_STRENGTH) * BLUE_SKY, 0, MOST_SHADED).astype(np.float32)
        window *= 1 - shade[..., None] * strength


def _warped(image: Singles, place: Floats, shape: tuple[int, ...]) -> Singles:
    """Lay an image into a window; ``place`` is between positions, of which pixels' middles are halves."""
    scale = float(np.sqrt(abs(np.linalg.det(place[:, :2]))))
    if scale < 0.9:  # what is made smaller is averaged first
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), 0.45 * np.sqrt(1 / scale**2 - 0.6)), np.float32)
    indices = np.column_stack([place[:, :2], place[:, 2] + place[:, :2] @ [0.5, 0.5] - 0.5])
    border = cv2.BORDER_REPLICATE if image.ndim == 3 else cv2.BORDER_CONSTANT
    warped = cv2.warpAffine(image, indices, shape[1::-1], flags=cv2.INTER_LINEAR, borderMode=border)
    return np.asarray(warped, np.float32)


def _grain(pixels: Singles) -> float:
    """Return the deviation of the noise of pixels (Immerkaer, CVIU 1996)."""
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    filtered = cv2.filter2D(pixels.mean(axis=2), cv2.CV_32F, kernel)
    return min(float(np.median(np.abs(filtered))) / 0.6745 / 6, MOST_GRAIN)
