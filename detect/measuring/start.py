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
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from detect.arrays import Complexes, Ints, Singles
from detect.measuring.bank import POINTS, bank
from detect.measuring.pose import CHIP_PX, EXTENT_PX, ChipBatch, PlanformFits, PoseColumn, placed

START_KINDS = (0, 1, 2, 6, 7, 8, 9, 15)  # of the bank, those that differ most
START_ANGLES = 36
SIZES = (0.81, 0.93, 1.07)  # of the extent
START_PX = 12  # geometric mean of the extent's sides; at 18 the fits are no better
WINDOW = 20
START_SHIFT = 1  # coarse pixels: a hit's centre may be wrong by a tenth of its extent
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
    turns = 2 * np.pi * np.arange(START_ANGLES) / START_ANGLES
    kind, angle, factor = (
        axis.ravel() for axis in np.meshgrid(START_KINDS, turns, np.log(SIZES), indexing="ij")
    )
    poses = np.zeros((len(kind), 1, len(PoseColumn)), np.float32)
    poses[:, 0, PoseColumn.ANGLE] = angle
    outlines = placed(kind, poses)[:, 0]
    size = factor - np.log(mean_extent(outlines))
    doubled = (bank().normals[kind] * np.exp(1j * angle)[:, None]) ** 2
    fields = _drawn(outlines * START_PX * np.exp(size)[:, None] + (1 + 1j) * WINDOW / 2, doubled)
    return Templates(fields, kind, angle.astype(np.float32), size.astype(np.float32))


def mean_extent(outlines: Complexes) -> Singles:
    """Return the geometric mean of the sides of outlines' extents, (...) from (..., points)."""
    return np.asarray(np.sqrt(np.ptp(outlines.real, axis=-1) * np.ptp(outlines.imag, axis=-1)), np.float32)


def _drawn(places: NDArray[np.complex128], vectors: NDArray[np.complex128]) -> Singles:
    """Draw vectors at places, spread over the pixels around: (T, 2 * WINDOW²) float32 from (T, points)."""
    col, row = places.real, places.imag
    inside = (col > 0) & (row > 0) & (col < WINDOW) & (row < WINDOW)
    first = np.broadcast_to(np.arange(len(places))[:, None] * WINDOW**2, inside.shape)
    cells = first[inside] + row[inside].astype(int) * WINDOW + col[inside].astype(int)
    parts = (
        np.bincount(cells, part[inside], len(places) * WINDOW**2) for part in (vectors.real, vectors.imag)
    )
    fields = np.stack(list(parts), axis=-1).reshape(-1, WINDOW, WINDOW, 2) / POINTS
    blurred = np.array([cv2.GaussianBlur(field, (0, 0), 0.9) for field in fields.astype(np.float32)])
    return blurred.reshape(len(places), -1)


def first_fits(chips: ChipBatch, angles: Singles, trust: Singles) -> PlanformFits:
    """Find the best pose in each quarter of the circle, without the axis that hardly responds.

    Args:
        chips: N hits.
        angles: (N,), radians, the detector's nose of each.
        trust: (N, 2), response that is lost where the axis, and the nose, is opposed to that.
    """
    templates = _templates()
    fields = _doubled(chips.fields)
    count = len(fields)
    windows = sliding_window_view(fields, (1, WINDOW, WINDOW, 2))[:, ::START_SHIFT, ::START_SHIFT, 0, 0]
    downs, rights = windows.shape[1:3]
    # One product for all, so that the templates, which no core's cache holds, pass through it once.
    flat = windows.transpose(1, 2, 0, 3, 4, 5).reshape(downs * rights * count, -1)
    responses = (flat @ templates.fields.T).reshape(downs * rights, count, -1)
    best = responses.max(axis=0) - opposed(templates.angle[None] - angles[:, None], trust[:, None])
    leader = templates.angle[best.argmax(axis=1)]
    quarter = (
        np.round((templates.angle[None] - leader[:, None]) / (2 * np.pi / QUARTERS)).astype(int) % QUARTERS
    )
    picks = np.array([np.where(quarter == turn, best, -np.inf).argmax(axis=1) for turn in range(QUARTERS)]).T
    chip = np.repeat(np.arange(count), QUARTERS)
    pick = picks.ravel()
    down, right = np.divmod(responses[:, chip, pick].argmax(axis=0), rights)
    shift = START_SHIFT * (np.column_stack([right, down]) - 1)
    pose = np.zeros((len(chip), len(PoseColumn)), np.float32)
    pose[:, PoseColumn.ANGLE] = templates.angle[pick]
    pose[:, [PoseColumn.COL, PoseColumn.ROW]] = CHIP_PX / 2 + shift * (EXTENT_PX / START_PX)
    pose[:, PoseColumn.SIZE] = templates.size[pick] + np.log(EXTENT_PX)
    response = best[chip, pick].reshape(count, QUARTERS)
    axis = np.maximum(response[:, :2], response[:, 2:])
    most = axis.max(axis=1, keepdims=True)
    followed = axis >= most - (1 - DROPPED) * np.abs(most)  # where nothing responds, most is below 0
    return PlanformFits(chip, templates.kind[pick], pose, response.ravel()).pick(np.tile(followed, 2).ravel())


def opposed(turn: Singles, trust: Singles) -> Singles:
    """Return the response that a turn away from the detector's nose costs: (...) from (...) and (..., 2)."""
    return np.asarray(
        trust[..., 0] * np.sin(turn) ** 2 + trust[..., 1] * (1 - np.cos(turn)) / 2, dtype=np.float32
    )


def _doubled(fields: Singles) -> Singles:
    """Return doubled orientations at the coarse resolution around the middle, (N, side, side, 2) float32."""
    side = round(CHIP_PX * START_PX / EXTENT_PX)
    keep = WINDOW + 2 * START_SHIFT
    edge = (side - keep) // 2
    gradients = fields.view(np.complex64)
    squared = (gradients * gradients).view(np.float32)
    coarse = (cv2.resize(field, (side, side), interpolation=cv2.INTER_AREA) for field in squared)
    return np.array([field[edge : edge + keep, edge : edge + keep] for field in coarse], np.float32)
