"""The planform that fits best around each hit, and how much better than nose for tail."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from detect.first_look import first_fits, opposed
from detect.flexible import Singles, bank
from detect.pose import At, Chips, Fits, Ints, Move, Way, bent, climbed, placed

QUICK = 2  # every other point until the kind is known
TO_PLACE = (
    *(Move(Way.ALONG, 2.5, 2), Move(Way.ACROSS, 2.0)),
    *(Move(At.ANGLE, math.radians(5)), Move(At.SIZE, 0.06)),
)
TO_SIZE = (
    *(Move(Way.ALONG, 2.0), Move(At.NOSE, 0.04, 2), Move(At.TAIL, 0.04, 2), Move(At.WINGS, 0.04, 2)),
    *(Move(At.ANGLE, math.radians(3)), Move(Way.ACROSS, 1.3), Move(At.SIZE, 0.05), Move(Way.LENGTH, 0.05)),
    Move(At.SWEEP, 0.08),
)
TO_END = (
    *(Move(At.WINGS, 0.04), Move(Way.LENGTH, 0.04), Move(At.NOSE, 0.04), Move(At.TAIL, 0.04)),
    *(Move(At.ANGLE, math.radians(1.5)), Move(Way.ALONG, 0.8), Move(Way.ACROSS, 0.8), Move(At.SIZE, 0.03)),
    *(Move(At.SWEEP, 0.05), Move(At.NOSE, 0.02), Move(At.TAIL, 0.02), Move(At.WINGS, 0.02)),
    *(Move(Way.ALONG, 0.4), Move(Way.ACROSS, 0.4), Move(At.ANGLE, math.radians(0.7)), Move(At.SIZE, 0.015)),
)
# Where a kind is tried: chip pixels along the fuselage, and wingspans that nose and tail are longer by.
KIND_SHIFTS, KIND_LENGTHS = (-2.5, 0.0, 2.5), (-0.05, 0.0, 0.05)
UNOPPOSED = 1.0  # margin of a fit of which nobody tried the opposite


class BestFits(NamedTuple):
    """One planform a chip.

    Attributes:
        fits: The best of each chip, in the chips' order.
        margin: (N,) float32, how much more it responds than the best whose nose is at the other end.
    """

    fits: Fits
    margin: Singles


def best_fits(chips: Chips, angles: Singles, trust: Singles) -> BestFits:
    """Fit planforms to chips.

    Args:
        chips: N surroundings of hits.
        angles: (N,) radians clockwise from image up, of the noses as far as a detector can say.
        trust: (N, 2), response that an axis across, and a nose opposed, to that must make up for.
    """
    fits = climbed(chips, first_fits(chips, angles, trust), TO_PLACE, every=QUICK)
    fits = climbed(chips, _of_best_kind(chips, fits), TO_SIZE)
    fits = _both_ends_of_best_axis(fits, _scores(fits, angles, trust))
    fits = climbed(chips, fits, TO_END)
    scores = _scores(fits, angles, trust)
    best = _best_of(fits.chip, scores)
    opposite = np.cos(fits.pose[:, At.ANGLE] - fits.pose[best, At.ANGLE][fits.chip]) < 0
    other = np.full(len(best), -np.inf, np.float32)
    np.maximum.at(other, fits.chip[opposite], scores[opposite])
    margin = np.minimum(scores[best] - other, UNOPPOSED)
    return BestFits(fits.pick(best), np.asarray(margin, dtype=np.float32))


def _scores(fits: Fits, angles: Singles, trust: Singles) -> Singles:
    """The responses, less what it costs to contradict the detector."""
    turn = fits.pose[:, At.ANGLE] - angles[fits.chip]
    return np.asarray(fits.response - opposed(turn, trust[fits.chip]), dtype=np.float32)


def _best_of(groups: Ints, scores: Singles) -> Ints:
    """Index of each group's best, in the order of the groups."""
    order = np.lexsort((-scores, groups))
    _, first = np.unique(groups[order], return_index=True)
    return np.asarray(order[first])


def _both_ends_of_best_axis(fits: Fits, scores: Singles) -> Fits:
    """Of each chip the best, and the best of those that lie as it does but nose for tail."""
    leader = fits.pose[_best_of(fits.chip, scores), At.ANGLE][fits.chip]
    facing = np.cos(fits.pose[:, At.ANGLE] - leader)
    aligned = np.flatnonzero(np.abs(facing) > math.cos(math.radians(45)))
    ends = 2 * fits.chip[aligned] + (facing[aligned] < 0)
    return fits.pick(aligned[_best_of(ends, scores[aligned])])


def _of_best_kind(chips: Chips, fits: Fits) -> Fits:
    """The same with the kind that fits best at the size that leaves the extent as it was."""
    kinds = len(bank().shapes)
    chip, kind = np.repeat(fits.chip, kinds), np.tile(np.arange(kinds), len(fits.chip))
    pose = np.repeat(fits.pose, kinds, axis=0)
    pose[:, At.SIZE] += np.repeat(_log_extent(fits.kind, fits.pose), kinds) - _log_extent(kind, pose)
    ahead = np.column_stack([np.sin(pose[:, At.ANGLE]), -np.cos(pose[:, At.ANGLE])])
    places = [(shift, longer) for shift in KIND_SHIFTS for longer in KIND_LENGTHS]
    trials = np.repeat(pose[:, None], len(places), axis=1)
    for trial, (shift, longer) in zip(np.moveaxis(trials, 1, 0), places, strict=True):
        trial[:, [At.COL, At.ROW]] += shift * ahead
        trial[:, [At.NOSE, At.TAIL]] += longer
    responses = chips.response(chip, kind, trials, every=QUICK).reshape(len(fits.chip), -1)
    best, row = responses.argmax(axis=1), np.arange(len(responses))
    poses = trials.reshape(len(row), -1, len(At))
    return Fits(fits.chip, best // len(places), poses[row, best], responses[row, best])


def _log_extent(kind: Ints, pose: Singles) -> Singles:
    """Logarithm of the geometric mean of the extent's sides, (N,)."""
    x, y = (part[:, 0] for part in placed(kind, pose[:, None], QUICK))
    return np.asarray(np.log(np.ptp(x, axis=-1) * np.ptp(y, axis=-1)) / 2, dtype=np.float32)


class Boxes(NamedTuple):
    """Oriented boxes of fits, in chip pixels: arrays of (N,)."""

    col: Singles
    row: Singles
    length: Singles
    width: Singles
    angle_deg: Singles


def boxes(fits: Fits) -> Boxes:
    """What the fitted outlines fill."""
    x, y = (part[:, 0] for part in bent(fits.kind, fits.pose[:, None]))
    angle, size = fits.pose[:, At.ANGLE], np.exp(fits.pose[:, At.SIZE])
    right, down = ((part.max(axis=1) + part.min(axis=1)) / 2 * size for part in (x, y))
    col = fits.pose[:, At.COL] + right * np.cos(angle) - down * np.sin(angle)
    row = fits.pose[:, At.ROW] + right * np.sin(angle) + down * np.cos(angle)
    return Boxes(col, row, np.ptp(y, axis=1) * size, np.ptp(x, axis=1) * size, np.degrees(angle))
