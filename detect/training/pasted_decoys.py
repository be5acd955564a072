"""Decoys that are pasted as aircraft are, so that neither edge nor shadow nor paint tells an aircraft."""

from __future__ import annotations

import cv2
import numpy as np
import shapely

from detect.arrays import Pixels, Singles
from detect.training.paint import random_paint, shading
from detect.training.pasting import Collage, Layer, Thing, rotation
from imagery.grid import Floats
from imagery.synthetic.canvas import noise

SIDE_M = (3.0, 45.0)
LEAST_SIDE_PX = 6
HEIGHTS_M = (0.3, 8.0)
UNEVEN = 40.0  # grey values by which the ground may deviate where one is pasted
SCALES = (0.6, 1.0)
PAINTED = 0.6  # of the decoys; others stay as the ground that they are cut from
TRIES = 4  # places looked at for each


def paste_decoy(collage: Collage, rng: np.random.Generator) -> None:
    """Paste a piece of another place in the picture, of any outline, if there is room for it."""
    pixels, ground = collage.original.pixels, collage.ground
    side = int(np.exp(rng.uniform(*np.log(SIDE_M))) / collage.original.gsd_m)
    size = np.array(pixels.shape[1::-1])
    if side < LEAST_SIDE_PX or side > size.min() // 2:
        return
    for _ in range(TRIES):
        left, top = (int(edge) for edge in rng.integers(size - side))
        source = shapely.box(left, top, left + side, top + side)
        center = rng.uniform(0, 1, 2) * size
        target = shapely.box(*(center - side / 2), *(center + side / 2))
        if not any(source.intersects(other) for other in ground.taken) and ground.is_free(target, UNEVEN):
            break
    else:
        return
    piece, paint = pixels[top : top + side, left : left + side], random_paint(ground.at(target), rng)
    alpha = _outline(piece, rng)
    colours = piece.astype(np.float32)
    if paint is not None and rng.random() < PAINTED:
        colours = paint(alpha.shape, float(side)) * shading(piece, alpha, side / 6)[..., None]
    height = rng.uniform(*HEIGHTS_M) / collage.original.gsd_m
    linear = rotation(rng.uniform(0, 360)) * rng.uniform(*SCALES)
    thing = Thing(colours, alpha, (Layer(alpha, 0.0, height),))
    collage.paste(thing, center, linear, np.array([side, side]) / 2)


def _outline(piece: Pixels, rng: np.random.Generator) -> Singles:
    """Return the mask of a thing: what stands out in the piece, a box, an ellipse, or a blot."""
    side = piece.shape[0]
    kind = rng.integers(4)
    if kind == 0:
        mask = _outstanding(piece, darkest=rng.random() < 0.5)
    elif kind == 1:
        mask = _box(side, rng.uniform(0.15, 0.45, 2) * side)
    elif kind == 2:
        mask = np.zeros((side, side), np.uint8)
        axes = np.maximum(1, rng.uniform(0.1, 0.45, 2) * side).astype(int).tolist()
        cv2.ellipse(mask, (side // 2, side // 2), axes, rng.uniform(0, 180), 0, 360, 1, -1)
    else:
        away = np.hypot(*(np.indices((side, side)) - side / 2)) / side
        mask = (noise(rng, side, side / 2, octaves=3) * 0.12 + 0.3 > away).astype(np.uint8)
    mask[[0, -1]] = mask[:, [0, -1]] = 0
    return mask.astype(np.float32)


def _outstanding(piece: Pixels, *, darkest: bool) -> Pixels:
    """Return the largest part of a piece that is darker, or lighter, than the rest (Otsu 1979)."""
    how = cv2.THRESH_BINARY_INV if darkest else cv2.THRESH_BINARY
    _, mask = cv2.threshold(cv2.cvtColor(piece, cv2.COLOR_RGB2GRAY), 0, 1, how + cv2.THRESH_OTSU)
    count, parts, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    if count < 2:
        return mask.astype(np.uint8)
    return np.asarray(parts == 1 + stats[1:, cv2.CC_STAT_AREA].argmax(), np.uint8)


def _box(side: int, half: Floats) -> Pixels:
    mask = np.zeros((side, side), np.uint8)
    (left, top), (right, bottom) = (np.round(side / 2 + sign * half).astype(int) for sign in (-1, 1))
    mask[top:bottom, left:right] = 1
    return mask
