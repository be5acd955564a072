"""Decoys: what is often taken for an aircraft, drawn into pictures to be learnt as none."""

from __future__ import annotations

import cv2
import numpy as np
import shapely

from detect.arrays import Singles
from imagery.grid import Floats

MOST = 7  # decoys in a picture
LENGTH_M, WIDTH_M = (4.0, 40.0), (0.8, 2.8)
Bar = tuple[Floats, Floats, float, float]  # middle, direction, length and width in pixels


def draw_decoys(pixels: Singles, taken: shapely.Geometry, gsd_m: float, rng: np.random.Generator) -> None:
    """Draw crosses of closed runways, T-shaped piers and masts' shadows, none where ``taken`` (pixels) is.

    Args:
        pixels: (H, W, 3) float32, 0 to 255, changed in place.
        taken: Where aircraft stand, in pixels.
        gsd_m: Metres per pixel.
        rng: Source of all that is random.
    """
    for _ in range(int(rng.integers(0, MOST))):
        center, length = rng.uniform(0, 1, 2) * pixels.shape[1::-1], rng.uniform(*LENGTH_M) / gsd_m
        bars, pale = _random_bars(center, length, rng.uniform(*WIDTH_M) / gsd_m, rng)
        if taken.intersects(shapely.Point(*center).buffer(length)):
            continue
        tone = rng.uniform(150, 250) if pale else rng.uniform(30, 120)
        _fill(pixels, bars, tone * rng.normal(1, 0.05, 3), rng.uniform(0.5, 1))


def _random_bars(
    center: Floats, length: float, width: float, rng: np.random.Generator
) -> tuple[list[Bar], bool]:
    """Return the bars of a cross, a T or a single line, and whether it is paler than most grounds."""
    turn = rng.uniform(0, np.pi)
    along = np.array([np.cos(turn), np.sin(turn)])
    across = np.array([-along[1], along[0]])
    first = (center, along, length, width)
    kind = rng.integers(3)
    if kind == 0:
        return [first, (center, across, length * rng.uniform(0.8, 1.2), width)], rng.random() < 0.7
    if kind == 1:
        top = (center + along * length / 2, across, length * rng.uniform(0.4, 1), width)
        return [first, top], rng.random() < 0.7
    return [(center, along, length, rng.uniform(1, 2.5))], False


def _fill(pixels: Singles, bars: list[Bar], colour: Floats, opacity: float) -> None:
    mask = np.zeros(pixels.shape[:2], np.uint8)
    for middle, along, length, width in bars:
        end = along * length / 2
        side = np.array([-along[1], along[0]]) * width / 2
        corners = middle + np.array([-end - side, end - side, end + side, side - end])
        cv2.fillPoly(mask, [np.round(corners * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    cover = mask[..., None].astype(np.float32) / 255 * np.float32(opacity)
    pixels *= 1 - cover
    pixels += cover * colour.astype(np.float32)
