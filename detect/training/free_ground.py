"""Places in a picture on which something can be put: even ground, with nothing on it yet."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
import shapely

from detect.arrays import Pixels, Singles
from detect.training.training_picture import TrainingPicture
from imagery.grid import Floats

QUIET = 14.0  # grey values that a place's pixels may deviate by for an aircraft to be put there
EDGE_PX = 4  # of a picture that stay free


class GroundPatch(NamedTuple):
    """The ground under a thing.

    Attributes:
        colour: (3,) float64, its mean red, green and blue.
        spread: Grey values by which most of it deviates from that.
    """

    colour: Floats
    spread: float


class FreeGround:
    """The ground of a picture, and what is taken of it."""

    def __init__(self, picture: TrainingPicture) -> None:
        """Begin with what stands in the picture."""
        self._pixels, self._spread = picture.pixels, _spread(picture.pixels)
        self.taken = [shapely.box(*extent) for extent in (*picture.aircraft.extents, *picture.ignored)]

    def is_free(self, box: shapely.Polygon, quiet: float = QUIET) -> bool:
        """Check whether a box (pixels) lies in the picture, on even ground, and on nothing taken."""
        left, top, right, bottom = (int(edge) for edge in box.bounds)
        rows, cols = self._spread.shape
        if min(left, top) < EDGE_PX or right > cols - EDGE_PX - 1 or bottom > rows - EDGE_PX - 1:
            return False
        if any(box.intersects(other) for other in self.taken):
            return False
        return bool(np.percentile(self._spread[top : bottom + 1, left : right + 1], 90) <= quiet)

    def at(self, box: shapely.Polygon) -> GroundPatch:
        """Return what a box (pixels) lay on before anything was put there."""
        left, top, right, bottom = (int(edge) for edge in box.bounds)
        window = self._pixels[top : bottom + 1, left : right + 1].reshape(-1, 3).astype(np.float64)
        return GroundPatch(window.mean(axis=0), float(window.mean(axis=1).std()))


def _spread(pixels: Pixels) -> Singles:
    """Return how much the grey values around each pixel deviate, (H, W) float32."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
    mean, square = cv2.blur(grey, (9, 9)), cv2.blur(grey * grey, (9, 9))
    spread: Singles = np.sqrt(np.maximum(square - mean * mean, 0)).astype(np.float32)
    return spread
