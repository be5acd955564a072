"""Planforms fitted to aircraft in photographs, in several ways, since hard shadows mislead a fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

from detect.arrays import Bools, Pixels, Singles
from detect.gradients import grey_of
from detect.measuring.fit import BestPlanformFits, fit_planforms, fitted_boxes
from detect.measuring.measure import HITS_AT_ONCE
from detect.measuring.pose import CHIP_PX, EXTENT_PX, ChipBatch, PoseColumn, normalised_gradient, placed
from imagery.grid import Floats

LEAST_RESPONSE = 0.35  # as of hardly any aircraft, see `detect.measuring.measure`
SURE_RESPONSE, SURE_MARGIN = 0.7, 0.12  # of a nose, stricter than where a person looks at it
ACROSS = 0.6  # response that must make up for lying as the first fit does, when the other axis is tried


class PlanformFit(NamedTuple):
    """A planform on a photograph, in its pixels.

    Attributes:
        outline: (POINTS, 2) float64, column and row.
        center: (2,) float64, of its box.
        size: (2,) float64, length and wingspan.
        axis_deg: Its nose, clockwise from image up.
        nose_sure: False where nose and tail could be swapped.
    """

    outline: Floats
    center: Floats
    size: Floats
    axis_deg: float
    nose_sure: bool


def planform_fits(shown: Sequence[tuple[Pixels, Floats]]) -> list[list[PlanformFit]]:
    """Fit planforms to aircraft in several ways.

    Args:
        shown: Photographs, (H, W, 3), each with the extent, (4,), of one aircraft in it.

    Returns:
        Of each aircraft the best fit and the best that lies across it, to the photograph as it is and to one
        without its shadows; those that hardly respond are left out.
    """
    fits: list[list[PlanformFit]] = []
    for first in range(0, len(shown), HITS_AT_ONCE):
        some = shown[first : first + HITS_AT_ONCE]
        ways = [way for lifted in (False, True) for way in _both_axes(some, lifted=lifted)]
        fits.extend([fit for fit in ways_of_one if fit] for ways_of_one in zip(*ways, strict=True))
    return fits


def _both_axes(shown: Sequence[tuple[Pixels, Floats]], *, lifted: bool) -> list[list[PlanformFit | None]]:
    """Return the best fit to each aircraft, then the best across that one."""
    chips = [_Chip.of(pixels, extent, lifted=lifted) for pixels, extent in shown]
    batch = ChipBatch(
        np.array([chip.field for chip in chips]), np.array([chip.sides for chip in chips], np.float32)
    )
    no_angles, trust = np.zeros(len(chips), np.float32), np.zeros((len(chips), 2), np.float32)
    along = fit_planforms(batch, no_angles, trust, _all)
    other_angles = along.fits.pose[:, PoseColumn.ANGLE] + np.float32(np.pi / 2)
    trust[:, 0] = ACROSS
    across = fit_planforms(batch, other_angles, trust, _all)
    return [_on_photographs(best, chips) for best in (along, across)]


def _all(responses: Singles) -> Bools:
    return np.ones(len(responses), bool)


class _Chip(NamedTuple):
    """The square around an aircraft.

    Attributes:
        field: (CHIP_PX, CHIP_PX, 2) float32, see `detect.measuring.pose.normalised_gradient`.
        sides: (2,), of the extent, in chip pixels.
        scale: Chip pixels per pixel of the photograph.
        corner: (2,) float64, column and row of its corner.
    """

    field: Singles
    sides: Floats
    scale: float
    corner: Floats

    @classmethod
    def of(cls, pixels: Pixels, extent: Floats, *, lifted: bool) -> _Chip:
        sides = extent[2:] - extent[:2]
        side = max(8, round(float(np.sqrt(np.prod(sides))) * CHIP_PX / EXTENT_PX))
        corner = np.round((extent[:2] + extent[2:] - side) / 2).astype(int)
        beyond = (side, side, side, side)
        grey = _lifted(pixels, extent) if lifted else grey_of(pixels)
        grey = np.asarray(cv2.copyMakeBorder(grey, *beyond, cv2.BORDER_REPLICATE), np.uint8)
        valid = cv2.copyMakeBorder(np.ones(pixels.shape[:2], np.uint8), *beyond, cv2.BORDER_CONSTANT)
        valid = cv2.erode(valid, np.ones((3, 3), np.uint8))
        col, row = corner + side
        window = np.s_[row : row + side, col : col + side]
        how = cv2.INTER_AREA if side > CHIP_PX else cv2.INTER_CUBIC
        field = normalised_gradient(
            cv2.resize(grey[window], (CHIP_PX, CHIP_PX), interpolation=how).astype(np.uint8),
            cv2.resize(valid[window], (CHIP_PX, CHIP_PX), interpolation=cv2.INTER_NEAREST).astype(np.uint8),
        )
        scale = CHIP_PX / side
        return cls(field, sides * scale, scale, corner.astype(np.float64))


def strongest_band(pixels: Pixels) -> Pixels:
    """Return the largest of red, green and blue, (H, W) uint8: in it, blue paint is paler than a shadow."""
    return np.asarray(pixels.max(axis=2), np.uint8)


def _lifted(pixels: Pixels, extent: Floats) -> Pixels:
    """Return the strongest band, with all that is darker than the ground around as bright as that."""
    band = strongest_band(pixels)
    left, top, right, bottom = extent.round().astype(int)
    around = (right - left + bottom - top) // 8
    near = np.s_[max(top - around, 0) : bottom + around, max(left - around, 0) : right + around]
    ring = np.ones(band.shape, bool)
    ring[top:bottom, left:right] = False
    outside = band[near][ring[near]]
    if not outside.size:
        return band
    return np.maximum(band, np.uint8(np.median(outside)))


def _on_photographs(best: BestPlanformFits, chips: Sequence[_Chip]) -> list[PlanformFit | None]:
    """Bring fits into the pixels of their photographs; None for those that hardly respond."""
    outlines, boxes = placed(best.fits.kind, best.fits.pose[:, None])[:, 0], fitted_boxes(best.fits)
    fits: list[PlanformFit | None] = []
    for row, chip in enumerate(chips):
        response, margin = best.fits.response[row], best.margin[row]
        if response < LEAST_RESPONSE:
            fits.append(None)
            continue
        outline = np.stack([outlines[row].real, outlines[row].imag], axis=1) / chip.scale + chip.corner
        center = np.array([boxes.col[row], boxes.row[row]]) / chip.scale + chip.corner
        size = np.array([boxes.length[row], boxes.width[row]], dtype=np.float64) / chip.scale
        sure = bool(response >= SURE_RESPONSE and margin >= SURE_MARGIN)
        fits.append(PlanformFit(outline, center, size, float(boxes.angle_deg[row]) % 360, sure))
    return fits
