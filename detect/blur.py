"""The blur of an image, measured at its sharpest edges.

An edge is blurred once more by a known amount: the less its gradient falls by that, the more blurred it was
(Zhuo and Sim 2011, Defocus map estimation from a single image, Pattern Recognition 44).
"""

from __future__ import annotations

import cv2
import numpy as np

from detect.arrays import Bools, Pixels, Singles

MORE_PX = 1.0  # standard deviation of the blur that is added
FEWEST_EDGES = 200  # pixels, below which an image says nothing of its blur
LEAST_GRADIENT = 12.0  # grey values per pixel of an edge that is above the noise
STRONGEST = 0.02  # share of the pixels that are looked at
SHARPEST = 0.25  # share of the edges; most edges on the ground are blurred by themselves
MOST_PX = 12.0
# What edges in a sharp image have, over its pixels: the median of Pléiades, NAIP and rendered scenes.
SHARP_PX = 0.8


def edge_blur_px(grey: Pixels, valid: Bools) -> float | None:
    """Return the standard deviation of the blur of the sharpest edges, in pixels; None without enough edges.

    Args:
        grey: (H, W) uint8.
        valid: (H, W) bool: False where there is no data, whose edge is not one on the ground.
    """
    inside = cv2.erode(valid.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    levels = grey.astype(np.float32)
    before, after = (_gradient(image) for image in (levels, cv2.GaussianBlur(levels, (0, 0), MORE_PX)))
    strong = inside & (before >= max(LEAST_GRADIENT, float(np.quantile(before, 1 - STRONGEST))))
    if int(strong.sum()) < FEWEST_EDGES:
        return None
    ratio = before[strong] / np.maximum(after[strong], 1e-6)
    blur = MORE_PX / np.sqrt(np.maximum(ratio**2 - 1, (MORE_PX / MOST_PX) ** 2))
    return float(np.quantile(blur, SHARPEST))


def _gradient(levels: cv2.typing.MatLike) -> Singles:
    across, down = (cv2.Sobel(levels, cv2.CV_32F, *order, scale=1 / 8) for order in ((1, 0), (0, 1)))
    return np.hypot(across, down)
