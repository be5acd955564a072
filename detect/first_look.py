"""The first look at what is around a hit: which way an aircraft lies there, from templates at every angle.

A template is the field of doubled orientations that an outline would leave, at the size that gives it the
hit's extent; its product with the field of the image, shifted a little each way, is the coarse response. It
is one matrix product for all hits.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from detect.flexible import POINTS, Singles, bank
from detect.pose import CHIP_PX, EXTENT_PX, At, Chips, Fits, Ints, placed

KINDS = (0, 1, 2, 6, 7, 8, 9, 15)  # of the bank, those that differ most
ANGLES = 36
SIZES = (0.81, 0.93, 1.07)  # of what the extent says
COARSE_PX = 18  # geometric mean of the extent's sides
WINDOW = 30
SHIFT = 2  # coarse pixels: a hit's centre may be wrong by a tenth of its extent
QUARTERS = 4
DROPPED = 0.7  # of the best quarter's response: below, an axis is not followed further


class Templates(NamedTuple):
    """Outlines at every angle.

    Attributes:
        fields: (T, 2 * WINDOW²) float32, doubled orientations.
        kind: (T,) of the bank.
        angle: (T,) radians.
        size: (T,) log of the wingspan over the extent's geometric mean.
    """

    fields: Singles
    kind: Ints
    angle: Singles
    size: Singles


@cache
def _templates() -> Templates:
    outlines = bank()
    turns = 2 * np.pi * np.arange(ANGLES) / ANGLES
    kind, angle, factor = (axis.ravel() for axis in np.meshgrid(KINDS, turns, np.log(SIZES), indexing="ij"))
    poses = np.zeros((len(kind), 1, len(At)), np.float32)
    poses[:, 0, At.ANGLE] = angle
    x, y = placed(kind, poses)
    size = factor - np.log(_mean_extent(x, y)[:, 0])
    spans = COARSE_PX * np.exp(size)[:, None]
    doubled = (outlines.normals[kind, 0] + 1j * outlines.normals[kind, 1]) * np.exp(1j * angle)[:, None]
    places = (x[:, 0] * spans + WINDOW / 2, y[:, 0] * spans + WINDOW / 2)
    fields = np.array([_drawn(*one) for one in zip(*places, doubled**2, strict=True)])
    return Templates(fields, kind, angle.astype(np.float32), size.astype(np.float32))


def _mean_extent(x: Singles, y: Singles) -> Singles:
    """Geometric mean of the sides of outlines' extents, over their last axis."""
    return np.asarray(np.sqrt(np.ptp(x, axis=-1) * np.ptp(y, axis=-1)), dtype=np.float32)


def _drawn(x: Singles, y: Singles, doubled: NDArray[np.complex128]) -> Singles:
    """Vectors at places, spread over the pixels around: (2 * WINDOW²,) float32."""
    field = np.zeros((WINDOW, WINDOW), np.complex128)
    inside = (x > 0) & (y > 0) & (x < WINDOW) & (y < WINDOW)
    np.add.at(field, (y[inside].astype(int), x[inside].astype(int)), doubled[inside])
    blurred = [cv2.GaussianBlur(part, (0, 0), 0.9) for part in (field.real, field.imag)]
    return np.asarray(np.array(blurred).ravel() / POINTS, dtype=np.float32)


def first_fits(chips: Chips, angles: Singles, trust: Singles) -> Fits:
    """The best pose in each quarter of the circle, without the axis that hardly responds.

    Args:
        chips: N hits.
        angles: (N,), radians, the way that the detector says each lies.
        trust: (N, 2), response that is lost where the axis, and the nose, is opposed to that.
    """
    templates = _templates()
    fields = _doubled(chips.fields)
    count = len(fields)
    side = range(-SHIFT, SHIFT + 1, SHIFT)
    shifts = [(right, down) for down in side for right in side]
    responses = np.empty((len(shifts), count, len(templates.kind)), np.float32)
    for index, (right, down) in enumerate(shifts):
        rows, cols = (slice(SHIFT + way, SHIFT + way + WINDOW) for way in (down, right))
        window = np.ascontiguousarray(fields[:, :, rows, cols]).reshape(count, -1)
        np.matmul(window, templates.fields.T, out=responses[index])
    best = responses.max(axis=0) - opposed(templates.angle[None] - angles[:, None], trust[:, None])
    leader = templates.angle[best.argmax(axis=1)]
    quarter = (
        np.round((templates.angle[None] - leader[:, None]) / (2 * np.pi / QUARTERS)).astype(int) % QUARTERS
    )
    picks = np.array([np.where(quarter == turn, best, -np.inf).argmax(axis=1) for turn in range(QUARTERS)]).T
    chip = np.repeat(np.arange(count), QUARTERS)
    pick = picks.ravel()
    shift = np.array(shifts)[responses[:, chip, pick].argmax(axis=0)]
    pose = np.zeros((len(chip), len(At)), np.float32)
    pose[:, At.ANGLE] = templates.angle[pick]
    pose[:, [At.COL, At.ROW]] = CHIP_PX / 2 + shift * (EXTENT_PX / COARSE_PX)
    pose[:, At.SIZE] = templates.size[pick] + np.log(EXTENT_PX)
    response = best[chip, pick].reshape(count, QUARTERS)
    axis = np.maximum(response[:, :2], response[:, 2:])
    most = axis.max(axis=1, keepdims=True)
    followed = axis >= most - (1 - DROPPED) * np.abs(most)  # where nothing responds, most is below 0
    return Fits(chip, templates.kind[pick], pose, response.ravel()).pick(np.tile(followed, 2).ravel())


def opposed(turn: Singles, trust: Singles) -> Singles:
    """What a turn away from what the detector says costs: (...) from (...) radians and (..., 2)."""
    return np.asarray(
        trust[..., 0] * np.sin(turn) ** 2 + trust[..., 1] * (1 - np.cos(turn)) / 2, dtype=np.float32
    )


def _doubled(fields: Singles) -> Singles:
    """Doubled orientations at the coarse resolution, (N, 2, side, side) float32, around the middle."""
    side = round(CHIP_PX * COARSE_PX / EXTENT_PX)
    keep = WINDOW + 2 * SHIFT
    edge = (side - keep) // 2
    coarse = np.empty((len(fields), 2, keep, keep), np.float32)
    for out, field in zip(coarse, fields, strict=True):
        right, down = field[..., 0], field[..., 1]
        squared = np.dstack([right * right - down * down, 2 * right * down])
        small = cv2.resize(squared, (side, side), interpolation=cv2.INTER_AREA)
        out[:] = small[edge : edge + keep, edge : edge + keep].transpose(2, 0, 1)
    return coarse
