"""Fitting planforms that bend to the edges around hits, many at a time.

Where an outline runs along edges, the image's gradient u, over its surroundings' (Steger, "Occlusion,
clutter, and illumination invariant object recognition", 2002), lies across it. With n the outline's normals
and t its tangents the response is

    R = (mean (u·n)² - (u·t)² + POLARITY |mean u·n|) (perimeter / reference)^GROWTH - losses

The squares make bright on dark and dark on bright alike; the second term prefers outlines that are one of
the two all round, which an aircraft is and half of it with its shadow is not. The power: in a normalised
correlation the sum over an outline counts against the root of its length, not against the length as in a
mean, which every outline raises by giving up its hardest parts, the tips. The losses: bends, kinds that are
rare, and an extent that is not the hit's.

Constants were set on development scenes: 65 marked aircraft of the Pléiades sites 01 to 13 with odd numbers,
106 of six rendered scenes. Between half and twice POLARITY or STIFFNESS the median errors of length and span
move by about 0.01.
"""

from __future__ import annotations

from enum import Enum, IntEnum
from functools import cache
from typing import NamedTuple

import cv2
import numpy as np

from detect.arrays import Bools, Complexes, Ints, Pixels, Singles
from detect.gradients import image_gradient
from detect.measuring.bank import bank

CHIP_PX = 128  # side of the square around a hit
EXTENT_PX = 48.0  # the geometric mean of its extent's sides in it
POLARITY = 0.75
GROWTH = 0.7  # 0.5 is that of normalised correlation: both sizes then come out 0.01 smaller
REFERENCE_PX = 5 * EXTENT_PX  # an airliner's perimeter
STIFFNESS = 2.0  # response lost to a bend of one wingspan, squared
SOFT_SWEEP = 0.45  # of that, to one of sweep
RARE_LOSS = 0.1
# An extent may be loose, or too small, as a network's is of long straight wings: only outside these bounds of
# ln(fitted / given) it counts.
LOOSE = (-0.2, 0.2)
EXTENT_LOSS = 3.0  # of response, to an extent that is wrong by a factor e beyond, squared
NO_MAP = np.empty(0, np.float32)  # where OpenCV finds both coordinates in the other map


class PoseColumn(IntEnum):
    """Columns of a pose: place and size in chip pixels, then bends in wingspans."""

    ANGLE = 0  # radians clockwise from image up
    COL = 1
    ROW = 2
    SIZE = 3  # natural logarithm of the wingspan before it is bent
    WINGS = 4
    NOSE = 5
    TAIL = 6
    SWEEP = 7


class PlanformFits(NamedTuple):
    """Planforms laid on chips, several on one maybe.

    Attributes:
        chip: (N,) which chip.
        kind: (N,) which planform of `detect.measuring.bank.bank`.
        pose: (N, 8) float32, see `PoseColumn`.
        response: (N,) float32, that of the pose.
    """

    chip: Ints
    kind: Ints
    pose: Singles
    response: Singles

    def pick(self, which: Ints | Bools) -> PlanformFits:
        """Return some of the fits."""
        return PlanformFits(self.chip[which], self.kind[which], self.pose[which], self.response[which])

    def beside(self, others: PlanformFits) -> PlanformFits:
        """Return these fits, then others."""
        return PlanformFits(
            np.concatenate([self.chip, others.chip]),
            np.concatenate([self.kind, others.kind]),
            np.concatenate([self.pose, others.pose]),
            np.concatenate([self.response, others.response]),
        )


def normalised_gradient(grey: Pixels, valid: Pixels) -> Singles:
    """Return the gradient over its surroundings', right and down: (rows, cols, 2) float32.

    Args:
        grey: (rows, cols).
        valid: (rows, cols), 1 where there is data.
    """
    right, down, surroundings = image_gradient(grey, int(EXTENT_PX))
    weight = valid / np.sqrt(surroundings)
    return np.dstack([right * weight, down * weight]).astype(np.float32)


class ChipBatch:
    """What is around each hit, prepared for `response`."""

    def __init__(self, fields: Singles, extents: Singles) -> None:
        """Hold fields of gradients.

        Args:
            fields: (N, CHIP_PX, CHIP_PX, 2), as `normalised_gradient` gives them.
            extents: (N, 2), sides of the hits' extents in chip pixels.
        """
        self.fields = fields
        self.log_extents = np.log(extents)
        self._stack = fields.reshape(-1, CHIP_PX, 2)

    def response(self, chip: Ints, kind: Ints, poses: Singles, *, every: int = 1) -> Singles:
        """Compute the response of planforms, (N, variants) float32.

        Args:
            chip: (N,).
            kind: (N,).
            poses: (N, variants, 8).
            every: Only every so many points of the outlines.
        """
        outlines = placed(kind, poses, every)
        alike = self.edges_along(chip, outlines, bank(every).normals[kind], poses[..., PoseColumn.ANGLE])
        alike *= _relative_perimeter(kind, poses) ** GROWTH
        return np.asarray(alike - _losses(kind, poses) - self.extent_loss(chip, outlines), dtype=np.float32)

    def edges_along(self, chip: Ints, outlines: Complexes, normals: Complexes, angles: Singles) -> Singles:
        """Compute how far edges run along outlines: the response before their length counts, less no losses.

        Args:
            chip: (N,).
            outlines: (N, variants, points), in chip pixels, right + i down.
            normals: (N, points), unit vectors across the outlines before they were turned.
            angles: (N, variants) radians clockwise, by which each was turned.

        Returns:
            (N, variants) float32.
        """
        own = self._gradients(chip, outlines)
        # As complex numbers u·n and u·t are the parts of u times n's conjugate, (u·n)² - (u·t)² the real part
        # of its square; and normals turn with the pose, so it is enough to turn the sums.
        across_all = normals.conj()[..., None]
        back = np.exp(-1j * angles).astype(np.complex64)
        across = (own @ across_all)[..., 0] * back
        doubled = ((own * own) @ (across_all * across_all))[..., 0] * (back * back)
        alike = (doubled.real + POLARITY * np.abs(across.real)) / outlines.shape[-1]
        return np.asarray(alike, dtype=np.float32)

    def _gradients(self, chip: Ints, places: Complexes) -> Complexes:
        """Return the gradients at places in chips, right + i down: (N, variants, points) from the same."""
        top = (chip * CHIP_PX)[:, None, None].astype(np.float32)  # the chips lie below each other
        pixels = places + (1j * top - (0.5 + 0.5j)).astype(np.complex64)
        lowest, highest = top + 0.5, top + CHIP_PX - 1.5  # never into the next chip
        np.clip(pixels.imag, lowest, highest, out=pixels.imag)
        flat = pixels.reshape(len(chip), -1)  # OpenCV's limit is 32,766 rows
        sampled = cv2.remap(
            self._stack,
            flat.view(np.float32).reshape(*flat.shape, 2),
            NO_MAP,
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return np.asarray(sampled, dtype=np.float32).view(np.complex64).reshape(places.shape)

    def extent_loss(self, chip: Ints, outlines: Complexes) -> Singles:
        """Return the response lost to extents that are not the hits', (N, variants) float32."""
        extent = self.log_extents[chip][:, None]
        misfits = (
            np.log(np.ptp(part, axis=-1)) - extent[..., axis]
            for axis, part in enumerate((outlines.real, outlines.imag))
        )
        loss: Singles = EXTENT_LOSS * sum((misfit - misfit.clip(*LOOSE)) ** 2 for misfit in misfits)
        return loss


@cache
def _bend_losses() -> Singles:
    return STIFFNESS * np.array([1, 1, 1, SOFT_SWEEP], np.float32)


def _losses(kind: Ints, poses: Singles) -> Singles:
    bends = poses[..., PoseColumn.WINGS :]
    loss: Singles = (bends * bends * _bend_losses()).sum(axis=-1) + RARE_LOSS * bank().rare[kind][:, None]
    return loss


def _relative_perimeter(kind: Ints, poses: Singles) -> Singles:
    growth = (poses[..., PoseColumn.WINGS :] * bank().growth[kind][:, None]).sum(axis=-1)
    perimeters = np.exp(poses[..., PoseColumn.SIZE] + growth) * bank().perimeters[kind][:, None]
    return np.asarray(perimeters / REFERENCE_PX, dtype=np.float32)


def bent(kind: Ints, poses: Singles, every: int = 1) -> Complexes:
    """Bend outlines: nose up, in wingspans, right + i down, (N, variants, points) complex64."""
    outlines = bank(every)
    moved: Singles = poses[..., PoseColumn.WINGS :] @ outlines.bends[kind].view(np.float32)
    return np.asarray(moved.view(np.complex64) + outlines.shapes[kind][:, None], dtype=np.complex64)


def placed(kind: Ints, poses: Singles, every: int = 1) -> Complexes:
    """Place bent outlines by their poses: chip pixels, right + i down, (N, variants, points) complex64."""
    turned = np.exp(poses[..., PoseColumn.SIZE] + 1j * poses[..., PoseColumn.ANGLE]).astype(np.complex64)
    middle = (poses[..., PoseColumn.COL] + 1j * poses[..., PoseColumn.ROW]).astype(np.complex64)
    outlines = bent(kind, poses, every)
    outlines *= turned[..., None]
    outlines += middle[..., None]
    return outlines


class PoseDirection(Enum):
    """Changes of a pose that are not one column of it."""

    ALONG = "along the fuselage"
    ACROSS = "across it"
    LENGTH = "nose and tail together"


class PoseMove(NamedTuple):
    """A change of poses that is searched: which, in what steps, and how many to either side."""

    way: PoseColumn | PoseDirection
    step: float
    reach: int = 1


def _direction(poses: Singles, way: PoseColumn | PoseDirection) -> Singles:
    """Return what a unit of a move adds to each pose, (N, 8)."""
    direction = np.zeros_like(poses)
    cos, sin = np.cos(poses[:, PoseColumn.ANGLE]), np.sin(poses[:, PoseColumn.ANGLE])
    if way is PoseDirection.ALONG:
        direction[:, PoseColumn.COL], direction[:, PoseColumn.ROW] = sin, -cos
    elif way is PoseDirection.ACROSS:
        direction[:, PoseColumn.COL], direction[:, PoseColumn.ROW] = cos, sin
    elif way is PoseDirection.LENGTH:
        direction[:, [PoseColumn.NOSE, PoseColumn.TAIL]] = 1
    else:
        direction[:, way] = 1
    return direction


def climbed(
    chips: ChipBatch, fits: PlanformFits, moves: tuple[PoseMove, ...], *, every: int = 1
) -> PlanformFits:
    """Bring each move in turn to its best, by the parabola through the best step."""
    for way, step, reach in moves:
        direction = _direction(fits.pose, way)
        steps = np.arange(-reach, reach + 1)
        offsets = (steps * step).astype(np.float32)
        responses = chips.response(
            fits.chip,
            fits.kind,
            fits.pose[:, None] + offsets[:, None] * direction[:, None],
            every=every,
        )
        best, row = responses.argmax(axis=1), np.arange(len(responses))
        inner = best.clip(1, 2 * reach - 1)
        before, here, after = (responses[row, inner + step_] for step_ in (-1, 0, 1))
        curve = 2 * here - before - after
        vertex = inner + ((after - before) / (2 * curve.clip(1e-6))).clip(-1, 1)
        at = np.where(inner == best, vertex, best) - reach
        pose = fits.pose + (at * step).astype(np.float32)[:, None] * direction
        fits = fits._replace(pose=pose, response=responses.max(axis=1))
    return fits
