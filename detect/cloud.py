"""Clouds in a tile: wide, bright, colourless and smooth.

This finds thick clouds. Thin ones and their shadows are for the analyst to mark.
"""

from __future__ import annotations

from functools import reduce

import cv2
import numpy as np

from detect.arrays import Bools, Pixels

CELL_M = 10.0
DARKEST_GREY = 238  # of the darkest band in a cloud: concrete is darker, or not so wide
MOST_COLOUR = 14  # grey values between the darkest and the brightest band
MOST_TEXTURE = 12.0  # standard deviation in a cell
LEAST_CELLS = 60  # 6,000 m²: a roof is smaller
MARGIN_CELLS = 3  # around it the ground is half hidden


def clouds_in(pixels: Pixels, valid: Bools, gsd_m: float) -> Bools:
    """Return which cells of about 10 m a cloud hides.

    Args:
        pixels: (H, W, 1 or 3) uint8.
        valid: (H, W) bool: False where there is no data.
        gsd_m: Metres per pixel.

    Returns:
        (rows, cols) bool, which cover the tile.
    """
    rows, cols = (max(1, round(side * gsd_m / CELL_M)) for side in valid.shape)
    bands = cv2.split(pixels)
    darkest, brightest = reduce(cv2.min, bands), reduce(cv2.max, bands)  # ten times as fast as along an axis
    grey = darkest.astype(np.float32)
    mean, square, colour = (
        cv2.resize(band, (cols, rows), interpolation=cv2.INTER_AREA)
        for band in (grey, grey**2, cv2.subtract(brightest, darkest).astype(np.float32))
    )
    data = cv2.resize(valid.astype(np.float32), (cols, rows), interpolation=cv2.INTER_AREA) > 0.9
    texture = np.sqrt(np.maximum(square - mean**2, 0))
    cloud = data & (mean >= DARKEST_GREY) & (colour <= MOST_COLOUR) & (texture <= MOST_TEXTURE)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(cloud.astype(np.uint8))
    large = np.flatnonzero(stats[:, cv2.CC_STAT_AREA] >= LEAST_CELLS)
    kept = np.isin(labels, large[large > 0]) if count > 1 else np.zeros_like(cloud)
    side = 2 * MARGIN_CELLS + 1
    return cv2.dilate(kept.astype(np.uint8), np.ones((side, side), np.uint8)) > 0
