"""The planform that fits best around each hit, and how much better than nose for tail."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from detect.arrays import Bools, Ints, Singles
from detect.measuring.bank import bank
from detect.measuring.pose import (
    CHIP_PX,
    EXTENT_PX,
    ChipBatch,
    PlanformFits,
    PoseColumn,
    PoseDirection,
    PoseMove,
    bent,
    climbed,
    placed,
)
from detect.measuring.start import first_fits, mean_extent, opposed

QUICK_EVERY = 2  # every other point until the kind is known
TO_PLACE = (
    PoseMove(PoseDirection.ALONG, 2.5, 2),
    PoseMove(PoseDirection.ACROSS, 2.0),
    PoseMove(PoseColumn.ANGLE, math.radians(5)),
    PoseMove(PoseColumn.SIZE, 0.06),
)
TO_SIZE = (
    PoseMove(PoseDirection.ALONG, 2.0),
    PoseMove(PoseColumn.NOSE, 0.04, 2),
    PoseMove(PoseColumn.TAIL, 0.04, 2),
    PoseMove(PoseColumn.WINGS, 0.04, 2),
    PoseMove(PoseColumn.ANGLE, math.radians(3)),
    PoseMove(PoseDirection.ACROSS, 1.3),
    PoseMove(PoseColumn.SIZE, 0.05),
    PoseMove(PoseDirection.LENGTH, 0.05),
    PoseMove(PoseColumn.SWEEP, 0.08),
)
TO_END = (
    PoseMove(PoseColumn.WINGS, 0.04),
    PoseMove(PoseDirection.LENGTH, 0.04),
    PoseMove(PoseColumn.NOSE, 0.04),
    PoseMove(PoseColumn.TAIL, 0.04),
    PoseMove(PoseColumn.ANGLE, math.radians(1.5)),
    PoseMove(PoseDirection.ALONG, 0.8),
    PoseMove(PoseDirection.ACROSS, 0.8),
    PoseMove(PoseColumn.SIZE, 0.03),
    PoseMove(PoseColumn.SWEEP, 0.05),
    PoseMove(PoseColumn.NOSE, 0.02),
    PoseMove(PoseColumn.TAIL, 0.02),
    PoseMove(PoseColumn.WINGS, 0.02),
    PoseMove(PoseDirection.ALONG, 0.4),
    PoseMove(PoseDirection.ACROSS, 0.4),
    PoseMove(PoseColumn.ANGLE, math.radians(0.7)),
    PoseMove(PoseColumn.SIZE, 0.015),
)
# Where a kind is tried: chip pixels along the fuselage, and wingspans that nose and tail are longer by.
KIND_SHIFTS, KIND_LENGTHS = (-2.5, 0.0, 2.5), (-0.05, 0.0, 0.05)
LIKELY_KINDS = 3  # that are also tried at other lengths
MOST_GAINED = 0.25  # response, once the kind is known: 1 % of hits gain more, rendered or not
# Below this response, hits are searched once more from further off: of 142 marked aircraft 2 % instead of 9 %
# then lie nose for tail or across.
HARD_RESPONSE = 0.8
HARD_SIZES = (-0.15, 0.0, 0.15)  # logarithms of the extent's mean over the extent given
HARD_SHIFTS = (-6.0, -3.0, 0.0, 3.0, 6.0)
UNOPPOSED = 1.0  # margin of a fit of which nobody tried the opposite

WorthFitting = Callable[[Singles], Bools]


class BestPlanformFits(NamedTuple):
    """One planform a chip.

    Attributes:
        fits: The best of each chip, in the chips' order.
        margin: (N,) float32, how much more it responds than the best whose nose is at the other end.
    """

    fits: PlanformFits
    margin: Singles


def fit_planforms(
    chips: ChipBatch, angles: Singles, trust: Singles, wanted: WorthFitting
) -> BestPlanformFits:
    """Fit planforms to chips.

    Args:
        chips: N surroundings of hits.
        angles: (N,) radians clockwise from image up, of the noses as far as the detector knows.
        trust: (N, 2), response that an axis across, and a nose opposed, to that must make up for.
        wanted: Which of the N it is worth going on with, should they respond so much, (N,).
    """
    fits = climbed(chips, first_fits(chips, angles, trust), TO_PLACE, every=QUICK_EVERY)
    fits = _of_best_kind(chips, fits)
    fits = _both_ends_of_best_axis(fits, _scores(fits, angles, trust))
    at_most = fits.response[_best_of(fits.chip, fits.response)] + MOST_GAINED
    worthy = wanted(at_most)[fits.chip]
    if worthy.any():
        fits = climbed(chips, fits.pick(worthy), TO_SIZE + TO_END).beside(fits.pick(~worthy))
        leading = fits.pick(_best_of(fits.chip, fits.response))
        hard = (leading.response < HARD_RESPONSE) & wanted(leading.response)
        if hard.any():
            fits = fits.beside(_from_further(chips, leading.pick(hard), angles))
    scores = _scores(fits, angles, trust)
    best = _best_of(fits.chip, scores)
    opposite = np.cos(fits.pose[:, PoseColumn.ANGLE] - fits.pose[best, PoseColumn.ANGLE][fits.chip]) < 0
    other = np.full(len(best), -np.inf, np.float32)
    np.maximum.at(other, fits.chip[opposite], scores[opposite])
    margin = np.minimum(scores[best] - other, UNOPPOSED)
    return BestPlanformFits(fits.pick(best), np.asarray(margin, dtype=np.float32))


def _scores(fits: PlanformFits, angles: Singles, trust: Singles) -> Singles:
    """Return the responses, less what it costs to contradict the detector."""
    turn = fits.pose[:, PoseColumn.ANGLE] - angles[fits.chip]
    return np.asarray(fits.response - opposed(turn, trust[fits.chip]), dtype=np.float32)


def _best_of(groups: Ints, scores: Singles) -> Ints:
    """Return the index of each group's best, in the order of the groups."""
    order = np.lexsort((-scores, groups))
    _, first = np.unique(groups[order], return_index=True)
    return np.asarray(order[first])


def _both_ends_of_best_axis(fits: PlanformFits, scores: Singles) -> PlanformFits:
    """Return each chip's best fit, and the best of those that lie as it does but nose for tail."""
    leader = fits.pose[_best_of(fits.chip, scores), PoseColumn.ANGLE][fits.chip]
    facing = np.cos(fits.pose[:, PoseColumn.ANGLE] - leader)
    aligned = np.flatnonzero(np.abs(facing) > math.cos(math.radians(45)))
    ends = 2 * fits.chip[aligned] + (facing[aligned] < 0)
    return fits.pick(aligned[_best_of(ends, scores[aligned])])


def _of_best_kind(chips: ChipBatch, fits: PlanformFits) -> PlanformFits:
    """Exchange the kind for the one that fits best at the size that leaves the extent as it was."""
    kinds, row = len(bank().shapes), np.arange(len(fits.chip))
    every = fits.pick(np.repeat(row, kinds))._replace(kind=np.tile(np.arange(kinds), len(row)))
    extents = np.repeat(_log_extent(fits.kind, fits.pose), kinds)
    every.pose[:, PoseColumn.SIZE] += extents - _log_extent(every.kind, every.pose)
    tried = _at_best_place(chips, every, [(shift, 0.0) for shift in KIND_SHIFTS])
    ranks = np.argsort(-tried.response.reshape(-1, kinds), axis=1, kind="stable")
    likely = every.pick((row[:, None] * kinds + ranks[:, :LIKELY_KINDS]).ravel())
    fits = _at_best_place(
        chips, likely, [(shift, longer) for shift in KIND_SHIFTS for longer in KIND_LENGTHS]
    )
    return fits.pick(row * LIKELY_KINDS + fits.response.reshape(-1, LIKELY_KINDS).argmax(axis=1))


def _from_further(chips: ChipBatch, fits: PlanformFits, angles: Singles) -> PlanformFits:
    """Fit the same chips from every kind, size and place around; return one fit either way round."""
    kinds, sizes = len(bank().shapes), np.array(HARD_SIZES, np.float32)
    every = np.indices((len(fits.chip), 2, 2, kinds, len(sizes)))
    row, side, turn, kind, size = (axis.ravel() for axis in every)
    towards = np.stack([fits.pose[:, PoseColumn.ANGLE], angles[fits.chip]])
    pose = np.zeros((len(row), len(PoseColumn)), np.float32)
    pose[:, PoseColumn.ANGLE] = towards[side, row] + math.pi * turn
    pose[:, [PoseColumn.COL, PoseColumn.ROW]] = CHIP_PX / 2
    pose[:, PoseColumn.SIZE] = math.log(EXTENT_PX) + sizes[size] - _log_extent(kind, pose)
    starts = PlanformFits(fits.chip[row], kind, pose, np.zeros(len(row), np.float32))
    tried = _at_best_place(chips, starts, [(shift, 0.0) for shift in HARD_SHIFTS])
    best = tried.pick(_best_of(2 * row + turn, tried.response))
    return climbed(chips, climbed(chips, best, TO_PLACE, every=QUICK_EVERY), TO_SIZE + TO_END)


def _at_best_place(chips: ChipBatch, fits: PlanformFits, places: list[tuple[float, float]]) -> PlanformFits:
    """Shift and lengthen each fit by the one of some pairs that suits it best."""
    ahead = np.column_stack([np.sin(fits.pose[:, PoseColumn.ANGLE]), -np.cos(fits.pose[:, PoseColumn.ANGLE])])
    poses = np.repeat(fits.pose[:, None], len(places), axis=1)
    for pose, (shift, longer) in zip(np.moveaxis(poses, 1, 0), places, strict=True):
        pose[:, [PoseColumn.COL, PoseColumn.ROW]] += shift * ahead
        pose[:, [PoseColumn.NOSE, PoseColumn.TAIL]] += longer
    responses = chips.response(fits.chip, fits.kind, poses, every=QUICK_EVERY)
    best, row = responses.argmax(axis=1), np.arange(len(responses))
    return fits._replace(pose=poses[row, best], response=responses[row, best])


def _log_extent(kind: Ints, pose: Singles) -> Singles:
    """Return the logarithm of the geometric mean of the extent's sides, (N,)."""
    return np.log(mean_extent(placed(kind, pose[:, None], QUICK_EVERY)[:, 0]))


class FittedBoxes(NamedTuple):
    """Oriented boxes of fits, in chip pixels: arrays of (N,)."""

    col: Singles
    row: Singles
    length: Singles
    width: Singles
    angle_deg: Singles


def fitted_boxes(fits: PlanformFits) -> FittedBoxes:
    """Return the boxes that the fitted outlines fill."""
    outlines = bent(fits.kind, fits.pose[:, None])[:, 0]
    (left, right), (top, bottom) = (
        (part.min(axis=1), part.max(axis=1)) for part in (outlines.real, outlines.imag)
    )
    angle, size = fits.pose[:, PoseColumn.ANGLE], np.exp(fits.pose[:, PoseColumn.SIZE])
    middle = (left + right + 1j * (top + bottom)) / 2 * size * np.exp(1j * angle)
    col, row = fits.pose[:, PoseColumn.COL] + middle.real, fits.pose[:, PoseColumn.ROW] + middle.imag
    return FittedBoxes(col, row, (bottom - top) * size, (right - left) * size, np.degrees(angle))
