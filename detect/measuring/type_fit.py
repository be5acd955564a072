"""The outlines of real types fitted around hits, so that size and shape together tell types apart.

The bank's kinds bend to whatever stands there; a type's outline may only become a little longer or wider, as
variants and the image's own errors ask for. Its score is the response of `detect.measuring.pose`, less what
that costs. A wing's sweep and place, engines under it or at the tail, a delta, a tailplane: all of these are
in the outline.

A fit starts where a kind fitted best, either way round. Where none fitted well, as around fighters in
camouflage and helicopters under their blades, every angle is tried: with its place known, the true type is
among the first five of 84 % of rendered aircraft, so it is the search that fails, not the outlines.
"""

from __future__ import annotations

import math
from enum import IntEnum
from typing import NamedTuple

import numpy as np

from detect.arrays import Bools, Complexes, Ints, Singles
from detect.measuring.fit import HARD_RESPONSE, FittedBoxes
from detect.measuring.pose import CHIP_PX, GROWTH, REFERENCE_PX, ChipBatch
from detect.measuring.type_outlines import EXTENT_ANGLES, type_outlines

EXTENT_REACH = 0.25  # of ln(extent / that of the hit): types beyond are not tried
HARD_REACH = 0.4  # the same where every angle is tried: what is small has the loosest extents
ROTOR_REACH = 0.75  # how much smaller a helicopter's body may be: a hit may hold its rotor
SIZE_STIFFNESS = 25.0  # score lost to ln(size / that of the type), squared: 0.01 for 2 %
SHIFTS = (-5.0, -2.5, 0.0, 2.5, 5.0)  # chip pixels along the fuselage
HARD_SHIFTS = (-4.0, 0.0, 4.0)  # along and across
# Pairs of a type and a direction per hit that are fitted roughly, and to the end.
KEPT, KEPT_FINE = 32, 16
AT_ONCE = 2048  # fits, whose points fill a core's cache; OpenCV takes 32,766 at most
START_EVERY, HARD_EVERY = 2, 4  # of the points, while types are compared


class TypePoseColumn(IntEnum):
    """Columns of the pose of a type's outline: chip pixels and radians, then logarithms of scales."""

    ANGLE = 0
    COL = 1
    ROW = 2
    WIDE = 3
    LONG = 4


class TypeFits(NamedTuple):
    """Types laid on chips.

    Attributes:
        chip: (N,) which chip.
        outline: (N,) which of `detect.measuring.type_outlines`.
        pose: (N, 5) float32, see `TypePoseColumn`.
        score: (N,) float32.
    """

    chip: Ints
    outline: Ints
    pose: Singles
    score: Singles

    def pick(self, which: Ints | Bools | slice) -> TypeFits:
        """Return some of the fits."""
        return TypeFits(self.chip[which], self.outline[which], self.pose[which], self.score[which])


class TypeMove(NamedTuple):
    """A step that poses are moved by to either side: how far ahead, across, and in each further column."""

    step: float
    ahead: bool = False
    across: bool = False
    columns: tuple[TypePoseColumn, ...] = ()


_ROUGHLY = (
    TypeMove(1.5, across=True),
    TypeMove(math.radians(4), columns=(TypePoseColumn.ANGLE,)),
    TypeMove(1.5, ahead=True),
    TypeMove(0.03, columns=(TypePoseColumn.WIDE, TypePoseColumn.LONG)),
)
_FINELY = (
    TypeMove(1.0, ahead=True),
    TypeMove(0.8, across=True),
    TypeMove(math.radians(2), columns=(TypePoseColumn.ANGLE,)),
    TypeMove(0.03, columns=(TypePoseColumn.LONG,)),
    TypeMove(0.03, columns=(TypePoseColumn.WIDE,)),
    TypeMove(0.6, ahead=True),
    TypeMove(0.5, across=True),
    TypeMove(math.radians(1), columns=(TypePoseColumn.ANGLE,)),
    TypeMove(0.02, columns=(TypePoseColumn.LONG,)),
    TypeMove(0.02, columns=(TypePoseColumn.WIDE,)),
)


class TypeFitter:
    """Lays types on the surroundings of hits whose scale is known."""

    def __init__(self, chips: ChipBatch, px_per_m: Singles) -> None:
        """Hold chips.

        Args:
            chips: N surroundings of hits.
            px_per_m: (N,), chip pixels per metre on the ground.
        """
        self._chips = chips
        self._px_per_m = px_per_m
        self._log_extents = chips.log_extents.mean(axis=1) - np.log(px_per_m)

    def fit(self, boxes: FittedBoxes, responses: Singles, wanted: Bools) -> TypeFits:
        """Fit types to some of the chips.

        Args:
            boxes: Of the kinds that fit best, one per chip.
            responses: (N,) of that kind.
            wanted: (N,), which chips.

        Returns:
            The fits of each chip together, in the order of the chips; no type of those that are not wanted.
        """
        chip = np.flatnonzero(wanted)
        starts: Singles = np.zeros((len(chip), len(TypePoseColumn)), np.float32)
        starts[:, TypePoseColumn.ANGLE] = np.radians(boxes.angle_deg[chip])
        starts[:, TypePoseColumn.COL], starts[:, TypePoseColumn.ROW] = boxes.col[chip], boxes.row[chip]
        hard = self._found_at_any_angle(chip[responses[chip] < HARD_RESPONSE])
        chip, starts = np.concatenate([chip, hard.chip]), np.concatenate([starts, hard.pose])
        starts = np.repeat(starts, 2, axis=0)
        starts[1::2, TypePoseColumn.ANGLE] += math.pi
        starts[:, TypePoseColumn.WIDE :] = 0
        fits = self._started(np.repeat(chip, 2), starts, [(shift, 0.0) for shift in SHIFTS])
        fits = _leading(
            self._scored(self._climbed(_leading(fits, KEPT), _ROUGHLY, START_EVERY), 1), KEPT_FINE
        )
        return self._scored(self._climbed(fits, _FINELY, 1), 1)

    def _found_at_any_angle(self, chip: Ints) -> TypeFits:
        """Fit types that differ at all angles, roughly.

        Returns:
            The best aeroplane and the best helicopter of each chip: places to start from, not yet types.
        """
        starts = np.zeros((len(chip), EXTENT_ANGLES, len(TypePoseColumn)), np.float32)
        starts[..., TypePoseColumn.ANGLE] = 2 * math.pi * np.arange(EXTENT_ANGLES) / EXTENT_ANGLES
        starts[..., [TypePoseColumn.COL, TypePoseColumn.ROW]] = CHIP_PX / 2
        places = [(ahead, across) for ahead in HARD_SHIFTS for across in HARD_SHIFTS]
        flat = starts.reshape(-1, len(TypePoseColumn))
        fits = self._started(
            np.repeat(chip, EXTENT_ANGLES), flat, places, HARD_REACH, HARD_EVERY, type_outlines().apart
        )
        fits = self._scored(self._climbed(_leading(fits, KEPT), _ROUGHLY, START_EVERY), START_EVERY)
        fits = fits.pick(np.argsort(-fits.score, kind="stable"))
        return fits.pick(
            np.unique(2 * fits.chip + type_outlines().rotors[fits.outline], return_index=True)[1]
        )

    def _started(
        self,
        chip: Ints,
        starts: Singles,
        places: list[tuple[float, float]],
        reach: float = EXTENT_REACH,
        every: int = START_EVERY,
        among: Bools | bool = True,
    ) -> TypeFits:
        """Lay every type whose extent suits the hit on each start, at the best of some places around it."""
        turn = np.round(starts[:, TypePoseColumn.ANGLE] * EXTENT_ANGLES / (2 * math.pi)).astype(int)
        extents = type_outlines().log_extents.mean(axis=-1).T[turn % EXTENT_ANGLES]
        larger = self._log_extents[chip][:, None] - extents
        start, types = np.nonzero(
            among & (larger > -reach) & (larger < np.where(type_outlines().rotors, ROTOR_REACH, reach))
        )
        fits = TypeFits(chip[start], types, starts[start], np.zeros(len(start), np.float32))
        parts = [
            self._at_best_place(fits.pick(np.s_[first : first + AT_ONCE]), places, every)
            for first in range(0, max(len(start), 1), AT_ONCE)
        ]
        return TypeFits(*map(np.concatenate, zip(*parts, strict=True)))

    def _at_best_place(self, fits: TypeFits, places: list[tuple[float, float]], every: int) -> TypeFits:
        if not len(fits.chip):  # of which OpenCV would make an error
            return fits
        shifts, (ahead, across) = np.array(places, np.float32), _directions(fits.pose)
        moves = shifts[:, :1] * ahead[:, None] + shifts[:, 1:] * across[:, None]
        # A shift changes neither an outline's shape nor its extent, so these are computed once.
        start = fits.pose[:, None]
        unmoved = self._placed(fits, start, every)
        outlines = unmoved + _middles(moves)
        scores = self._alike(fits, outlines, start, every) - self._extent_loss(fits, unmoved)
        best, row = scores.argmax(axis=1), np.arange(len(scores))
        return fits._replace(pose=fits.pose + moves[row, best], score=scores[row, best])

    def _scored(self, fits: TypeFits, every: int) -> TypeFits:
        return fits._replace(score=self._scores(fits, fits.pose[:, None], every)[:, 0])

    def _scores(self, fits: TypeFits, poses: Singles, every: int) -> Singles:
        """Return the scores of poses, (N, variants) from (N, variants, 5)."""
        if not len(poses):  # of which OpenCV would make an error
            return np.zeros(poses.shape[:2], np.float32)
        outlines = self._placed(fits, poses, every)
        return self._alike(fits, outlines, poses, every) - self._extent_loss(fits, outlines)

    def _alike(self, fits: TypeFits, outlines: Complexes, poses: Singles, every: int) -> Singles:
        table, size = type_outlines(), self._px_per_m[fits.chip][:, None]
        normals = table.normals[fits.outline][:, ::every]
        alike = self._chips.edges_along(fits.chip, outlines, normals, poses[..., TypePoseColumn.ANGLE])
        scales = poses[..., TypePoseColumn.WIDE :]
        perimeters = table.perimeters[fits.outline][:, None] * size * np.exp(scales.mean(axis=-1))
        alike *= (perimeters / REFERENCE_PX) ** GROWTH
        alike -= SIZE_STIFFNESS * (scales * scales).sum(axis=-1)
        return alike

    def _extent_loss(self, fits: TypeFits, outlines: Complexes) -> Singles:
        """Return what extents that are not the hits' cost; a hit may hold a helicopter's rotor or not."""
        loss = self._chips.extent_loss(fits.chip, outlines)
        loss[type_outlines().rotors[fits.outline]] = 0
        return loss

    def _placed(self, fits: TypeFits, poses: Singles, every: int) -> Complexes:
        shapes = type_outlines().shapes[fits.outline][:, None, ::every]
        wide, long = (
            np.exp(poses[..., column, None]) for column in (TypePoseColumn.WIDE, TypePoseColumn.LONG)
        )
        outlines = np.empty(np.broadcast_shapes(shapes.shape, wide.shape), np.complex64)
        outlines.real, outlines.imag = shapes.real * wide, shapes.imag * long
        turned = self._px_per_m[fits.chip][:, None] * np.exp(1j * poses[..., TypePoseColumn.ANGLE])
        outlines *= turned[..., None].astype(np.complex64)
        outlines += _middles(poses)
        return outlines

    def _climbed(self, fits: TypeFits, moves: tuple[TypeMove, ...], every: int) -> TypeFits:
        """Bring each move in turn to its best, by the parabola through three steps."""
        for move in moves:
            ahead, across = _directions(fits.pose)
            direction = ahead * move.ahead + across * move.across
            direction[:, list(move.columns)] = 1
            direction *= np.float32(move.step)
            poses = np.stack([fits.pose - direction, fits.pose, fits.pose + direction], axis=1)
            before, here, after = self._scores(fits, poses, every).T
            curve = np.maximum(2 * here - before - after, 1e-6)
            inner = (here >= before) & (here >= after)
            ends = np.where(after > before, 1, -1)
            best = np.where(inner, ((after - before) / (2 * curve)).clip(-1, 1), ends)
            fits = fits._replace(pose=fits.pose + best.astype(np.float32)[:, None] * direction)
        return fits


def type_boxes(fits: TypeFits, px_per_m: Singles) -> FittedBoxes:
    """Return the boxes of fits, in the chips' pixels.

    Args:
        fits: N types laid on chips.
        px_per_m: Of each chip.
    """
    sizes = type_outlines().sizes[fits.outline] * px_per_m[fits.chip, None]
    return FittedBoxes(
        fits.pose[:, TypePoseColumn.COL],
        fits.pose[:, TypePoseColumn.ROW],
        sizes[:, 0] * np.exp(fits.pose[:, TypePoseColumn.LONG]),
        sizes[:, 1] * np.exp(fits.pose[:, TypePoseColumn.WIDE]),
        np.degrees(fits.pose[:, TypePoseColumn.ANGLE]),
    )


def _middles(poses: Singles) -> Complexes:
    middles = poses[..., TypePoseColumn.COL] + 1j * poses[..., TypePoseColumn.ROW]
    return np.asarray(middles[..., None], np.complex64)


def _directions(poses: Singles) -> tuple[Singles, Singles]:
    """Return what a chip pixel along the fuselage, and across it, adds to poses: (N, 5) each."""
    cos, sin = np.cos(poses[:, TypePoseColumn.ANGLE]), np.sin(poses[:, TypePoseColumn.ANGLE])
    ahead, across = np.zeros_like(poses), np.zeros_like(poses)
    ahead[:, TypePoseColumn.COL], ahead[:, TypePoseColumn.ROW] = sin, -cos
    across[:, TypePoseColumn.COL], across[:, TypePoseColumn.ROW] = cos, sin
    return ahead, across


def _leading(fits: TypeFits, kept: int) -> TypeFits:
    """Return the best of each chip, type and direction, and of these the best of each chip."""
    down = np.cos(fits.pose[:, TypePoseColumn.ANGLE]) < 0
    order = np.lexsort((-fits.score, down, fits.outline, fits.chip))
    keys = np.column_stack([fits.chip, fits.outline, down])[order]
    first = np.r_[True, (keys[1:] != keys[:-1]).any(axis=1)] if len(order) else np.zeros(0, bool)
    fits = fits.pick(order[first])
    fits = fits.pick(np.lexsort((-fits.score, fits.chip)))
    rank = np.arange(len(fits.chip)) - np.searchsorted(fits.chip, fits.chip)
    return fits.pick(rank < kept)
