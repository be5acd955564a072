"""Real aircraft put into pictures under another paint, beside other things that are pasted the same way.

Photographs of airports show white airliners, and a network trained on them takes brightness for a sign. Here
shape is all that stays: the same aircraft comes in any paint down to the tone of the ground, of another size,
in another light, on another ground. Pieces of ground are pasted too, so that pasting itself is no sign.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import shapely

from detect.arrays import Singles
from detect.training.cutouts import Cutout
from detect.training.free_ground import FreeGround
from detect.training.paint import random_paint, repainted, shading
from detect.training.pasting import Layer, Thing, paste
from detect.training.training_picture import Aircraft, TrainingPicture
from imagery.grid import Floats
from imagery.synthetic.canvas import Sun, noise
from imagery.synthetic.practice_ground import random_sun

SCALES = (0.5, 1.6)  # as if of another type
IN_ROWS, ROW_SPACING = 0.3, (1.05, 1.6)  # as of rendered aircraft; spacing in wingspans
UNEVEN, UNEVEN_SHARE = 40.0, 0.3  # some stand on ground that is less even
# Of the wingspan, above the ground: wing, fuselage and fin (airliners, light aircraft and fighters alike).
WING_HEIGHTS, BODY_HEIGHTS, FIN_HEIGHTS = (0.05, 0.09), (0.03, 0.16), (0.1, 0.3)
BODY_HALF, FIN_HALF, FIN_LENGTH = 0.07, 0.025, 0.17  # of span, span and length
DECOYS = 0.6  # things pasted that are no aircraft, for each aircraft
DECOY_M = (3.0, 45.0)
DECOY_HEIGHTS_M = (0.3, 8.0)


def with_repainted(
    picture: TrainingPicture, cutouts: Sequence[Cutout], count: int, rng: np.random.Generator
) -> TrainingPicture:
    """Paste cut-outs and decoys where the picture's ground is free.

    Args:
        picture: What they are put into; it stays as it was.
        cutouts: Aircraft to choose from.
        count: About how many are wanted; fewer where there is no room.
        rng: Source of all that is random.
    """
    pixels, sun, ground = picture.pixels.astype(np.float32), random_sun(rng), FreeGround(picture)
    added = Aircraft.none()
    for _ in range(int(rng.integers(0, 2 * DECOYS * count + 1))):
        _paste_decoy(pixels, picture, ground, sun, rng)
    for _ in range(20 * count):
        if len(added.extents) >= count:
            break
        cutout = cutouts[rng.integers(len(cutouts))]
        added = added.joined(_paste_row(pixels, picture, ground, cutout, sun, rng))
    shown = np.clip(np.round(pixels), 0, 255).astype(np.uint8)
    return replace(picture, pixels=shown, aircraft=picture.aircraft.joined(added))


def _paste_row(
    pixels: Singles,
    picture: TrainingPicture,
    ground: FreeGround,
    cutout: Cutout,
    sun: Sun,
    rng: np.random.Generator,
) -> Aircraft:
    """Paste one aircraft, or several of a type and paint wing tip by wing tip, as far as there is room."""
    scale = np.exp(rng.uniform(*np.log(SCALES))) * cutout.gsd_m / picture.gsd_m
    mirrored, angle_deg = bool(rng.integers(2)), rng.uniform(0, 360)
    size = cutout.size * scale
    aside = np.array([np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))])
    start, step = rng.uniform(0, 1, 2) * pixels.shape[1::-1], aside * size[1] * rng.uniform(*ROW_SPACING)
    quiet = UNEVEN if rng.random() < UNEVEN_SHARE else 14.0
    row, thing = Aircraft.none(), None
    for number in range(int(rng.integers(2, 7)) if rng.random() < IN_ROWS else 1):
        center, turn_deg = start + number * step, angle_deg + rng.normal(0, 1.5)
        box = _box(center, size, turn_deg)
        if not ground.is_free(box, quiet):
            break
        if thing is None:
            colours = repainted(cutout, ground.mean_colour(box), rng)
            thing = Thing(colours, cutout.alpha, _layers(cutout, scale * float(cutout.size[1])))
        place = _place(cutout, center, turn_deg, scale, mirrored=mirrored)
        extent = paste(pixels, thing, place, sun, rng)
        known = turn_deg % 360 if cutout.nose_sure else np.nan
        row = row.joined(Aircraft(extent[None], np.array([known]), size[None]))
        ground.taken.append(shapely.box(*extent))
    return row


def _box(center: Floats, size: Floats, angle_deg: float) -> shapely.Polygon:
    """Return an oriented box; size is length and width, the angle clockwise from up."""
    angle = np.radians(angle_deg)
    ahead = np.array([np.sin(angle), -np.cos(angle)]) * size[0] / 2
    aside = np.array([np.cos(angle), np.sin(angle)]) * size[1] / 2
    return shapely.Polygon([center + ahead + aside, center + ahead - aside, center - ahead - aside,
                            center - ahead + aside])  # fmt: skip


def _place(cutout: Cutout, center: Floats, angle_deg: float, scale: float, *, mirrored: bool) -> Floats:
    """Return the (2, 3) matrix from a cutout's pixels to the picture's that lays its nose along the angle."""
    flip = np.diag([-1.0 if mirrored else 1.0, 1.0])
    turned = flip @ _rotation(-cutout.axis_deg)  # nose up, then maybe the other way round
    linear = scale * _rotation(angle_deg) @ turned
    return np.column_stack([linear, center - linear @ cutout.center])


def _rotation(angle_deg: float) -> Floats:
    """Return the matrix that turns an image's coordinates clockwise."""
    cos, sin = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))
    return np.array([[cos, -sin], [sin, cos]])


def _layers(cutout: Cutout, span: float) -> tuple[Layer, ...]:
    """Return what of an aircraft throws a shadow from what height; ``span`` in pixels of the picture."""
    rows, cols = np.indices(cutout.alpha.shape, dtype=np.float32)
    right, down = cols - cutout.center[0], rows - cutout.center[1]
    x, y = np.tensordot(_rotation(-cutout.axis_deg), np.stack([right, down]), axes=1)
    length, width = cutout.size
    body = np.abs(x) < BODY_HALF * width
    fin = (np.abs(x) < FIN_HALF * width + 0.7) & (y > (0.5 - FIN_LENGTH) * length)
    parts = ((True, WING_HEIGHTS), (body, BODY_HEIGHTS), (fin, FIN_HEIGHTS))
    return tuple(
        Layer((cutout.alpha * part).astype(np.float32), *(height * span for height in heights))
        for part, heights in parts
    )


def _paste_decoy(
    pixels: Singles, picture: TrainingPicture, ground: FreeGround, sun: Sun, rng: np.random.Generator
) -> None:
    """Paste a piece of another place in the picture, of any outline, maybe painted as aircraft are."""
    side = int(np.exp(rng.uniform(*np.log(DECOY_M))) / picture.gsd_m)
    rows, cols = pixels.shape[:2]
    if side < 6 or side > min(rows, cols) // 2:
        return
    left, top = int(rng.integers(cols - side)), int(rng.integers(rows - side))
    source = shapely.box(left, top, left + side, top + side)
    center = rng.uniform(0, 1, 2) * (cols, rows)
    box = _box(center, np.array([side, side], dtype=np.float64), 0)
    if any(source.intersects(other) for other in ground.taken) or not ground.is_free(box, UNEVEN):
        return
    piece = picture.pixels[top : top + side, left : left + side]
    alpha = _outline(piece, rng)
    paint = random_paint(ground.mean_colour(box), rng) if rng.random() < 0.6 else None
    colours = piece.astype(np.float32)
    if paint is not None:
        colours = paint(alpha.shape, float(side)) * shading(piece, alpha, side / 6)[..., None]
    height = rng.uniform(*DECOY_HEIGHTS_M) / picture.gsd_m
    middle = np.array([side, side]) / 2
    linear = _rotation(rng.uniform(0, 360)) * rng.uniform(0.6, 1)
    place = np.column_stack([linear, center - linear @ middle])
    paste(pixels, Thing(colours, alpha, (Layer(alpha, 0.0, height),)), place, sun, rng)


def _outline(piece: np.ndarray, rng: np.random.Generator) -> Singles:
    """Return the mask of a thing: what stands out in the piece, a box, an ellipse, or a blot."""
    side = piece.shape[0]
    mask = np.zeros((side, side), np.uint8)
    middle, kind = side / 2, rng.integers(4)
    if kind == 0:
        grey = cv2.cvtColor(piece, cv2.COLOR_RGB2GRAY)
        _, mask = cv2.threshold(grey, 0, 1, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
        mask = mask if rng.random() < 0.5 else 1 - mask
        _, parts, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
        mask = (parts == 1 + stats[1:, cv2.CC_STAT_AREA].argmax()) if len(stats) > 1 else np.ones_like(mask)
    elif kind == 1:
        half = rng.uniform(0.15, 0.45, 2) * side
        corners = middle + np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half
        cv2.fillPoly(mask, [np.round(corners).astype(np.int32)], 1)
    elif kind == 2:
        axes = tuple(np.maximum(1, rng.uniform(0.1, 0.45, 2) * side).astype(int).tolist())
        cv2.ellipse(mask, (side // 2, side // 2), axes, rng.uniform(0, 180), 0, 360, 1, -1)
    else:
        away = np.hypot(*(np.indices((side, side)) - middle)) / side
        mask = noise(rng, side, side / 2, octaves=3) * 0.12 + 0.3 > away
    soft = mask.astype(np.float32)
    soft[[0, -1]] = soft[:, [0, -1]] = 0
    return soft
