"""Where a window of one scene lies in a larger one of another, by the directions of edges in any light.

An edge's direction counts, not which of its sides is brighter: grass is darker than a runway in one season
and brighter in another, and infrared differs from visible light. So the gradient is squared as a complex
number, which makes opposite directions one, and divided by what is around, so that a faint edge counts like a
strong one.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.fft import fft2, ifft2

from imagery.registration.common_ground import GroundWindow

SMOOTH_PX = 0.9
AROUND_PX = 15  # the gradient is compared with that of so many pixels around
NOISE = 2.0  # grey values per pixel: weaker gradients are the sensor's


class LandmarkPlace(NamedTuple):
    """The best place of a window in a larger one.

    Attributes:
        right: Pixels from where it was expected, to the right.
        down: The same, downwards.
        likeness: Normalised correlation there, -1..1.
    """

    right: float
    down: float
    likeness: float


def best_place(template: GroundWindow, around: GroundWindow) -> LandmarkPlace | None:
    """Find a window in a larger one with the same middle.

    Args:
        template: (T, T).
        around: (S, S), S - T even.

    Returns:
        The place to a fraction of a pixel; None where one of the two holds no structure or too little data,
        or where the best place lies at the edge of the search, so that a better one may lie outside.
    """
    if template.valid.mean() < 0.9 or around.valid.mean() < 0.9:
        return None
    surface = _correlation(_edges(template), _edges(around))
    if surface is None:
        return None
    row, col = np.unravel_index(int(np.argmax(surface)), surface.shape)
    reach = surface.shape[0] // 2
    if not (0 < row < surface.shape[0] - 1 and 0 < col < surface.shape[1] - 1):
        return None
    right = col - reach + _vertex(*surface[row, col - 1 : col + 2])
    down = row - reach + _vertex(*surface[row - 1 : row + 2, col])
    return LandmarkPlace(float(right), float(down), float(surface[row, col]))


def _edges(window: GroundWindow) -> NDArray[np.complex64]:
    """Return the squared gradient over its surroundings, 0 where there are no data."""
    smooth = cv2.GaussianBlur(window.grey, (0, 0), SMOOTH_PX)
    right = cv2.Scharr(smooth, cv2.CV_32F, 1, 0, scale=1 / 32)
    down = cv2.Scharr(smooth, cv2.CV_32F, 0, 1, scale=1 / 32)
    energy = (right * right + down * down).astype(np.float32)
    around = cv2.blur(energy, (AROUND_PX, AROUND_PX))
    weight = cv2.erode(window.valid.astype(np.uint8), np.ones((5, 5), np.uint8), borderValue=1)
    squared = (right + 1j * down) ** 2
    return np.asarray(squared / (energy + around + NOISE**2) * weight, np.complex64)


def _correlation(
    template: NDArray[np.complex64], around: NDArray[np.complex64]
) -> NDArray[np.float64] | None:
    """Return the normalised correlation for every place that holds the template whole."""
    side, size = template.shape[0], around.shape[0]
    power = float((np.abs(template) ** 2).sum())
    fast = cv2.getOptimalDFTSize(size)
    spectrum = fft2(around, (fast, fast)) * np.conj(fft2(template, (fast, fast)))
    places = size - side + 1
    dot = ifft2(spectrum).real[:places, :places]
    summed = cv2.integral((np.abs(around) ** 2).astype(np.float32), sdepth=cv2.CV_64F)
    under = summed[side:, side:] - summed[:-side, side:] - summed[side:, :-side] + summed[:-side, :-side]
    if power <= 0 or under.max() <= 0:
        return None
    # A place with next to no edges is like nothing.
    return np.asarray(dot / np.sqrt(power * np.maximum(under, 0.05 * under.max())))


def _vertex(before: float, peak: float, after: float) -> float:
    """Return where a parabola through three neighbours has its vertex, from the middle one."""
    bend = before - 2 * peak + after
    return 0.0 if bend >= 0 else float(np.clip(0.5 * (before - after) / bend, -0.5, 0.5))
