"""Cutting an aircraft out of a photograph along a fitted planform, and telling how good the cut is."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from detect.arrays import Pixels
from detect.training.planform_fits import PlanformFit, strongest_band
from imagery.grid import Floats

AROUND = 0.2  # of an extent's larger side, looked at around it
FINE_PX, FINEST = 200, 2.5  # small aircraft are enlarged before they are cut, to that side or by that factor
SURE, DOUBTFUL = 0.02, 0.06  # of the larger side, inside and outside of the planform's edge
LOOSE = 0.03  # of it, that an aircraft may reach beyond its extent
ROUNDS = 3
LEAST_SEED = 20  # fine pixels: with fewer that are surely the aircraft's, nothing is learnt of its colours
LEAST_PART = 0.01  # of the planform: a smaller piece of the mask is not of the aircraft
MIRROR_SHIFTS = range(-4, 5)  # fine pixels by which the axis may be off
SHADOW_TONE = 0.6  # of the ground's: what is darker may be shadow
NEAR_PX = 2.0  # pixels of the photograph that a person may draw an extent too large or small
EDGE_PX, EDGE_CONTRAST = 4, 12.0  # fine pixels on which, and grey values by which, an edge shows


class MaskQuality(NamedTuple):
    """How well a mask agrees with what is known of an aircraft, each 0 to 1.

    Attributes:
        overlap: Intersection over union of mask and planform.
        symmetry: The same of mask and its mirror image.
        filled: The same of the mask's extent and the one that a person drew, but for `NEAR_PX`.
        sized: The mask's length or span over the planform's, or the other way round: the least.
        evenness: 1 less twice the share of the mask that is dark on one side only, as a shadow is.
        lit: Share of it that is not as dark as a shadow.
        edged: Share of its edge at which colours change.
    """

    overlap: float
    symmetry: float
    filled: float
    sized: float
    evenness: float
    lit: float
    edged: float

    @property
    def is_good(self) -> bool:
        """True if a mask is worth keeping."""
        return all(value >= least for value, least in zip(self, LEAST, strict=True))


NO_MASK = MaskQuality(0, 0, 0, 0, 0, 0, 0)
# Set by looking at the masks of all 182 aircraft of the UC Merced photographs, of which 153 are kept.
LEAST = MaskQuality(0.64, 0.66, 0.75, 0.88, 0.8, 0.7, 0.85)


class Surroundings:
    """The surroundings of one aircraft, as they are and enlarged.

    Attributes:
        pixels: (H, W, 3) uint8, as they are.
        low: (2,), column and row of their corner in the photograph.
    """

    def __init__(self, pixels: Pixels, extent: Floats) -> None:
        """Look at the aircraft in an extent, (4,), of a photograph, (H, W, 3)."""
        largest = float((extent[2:] - extent[:2]).max())
        self.low = np.floor(np.maximum(extent[:2] - AROUND * largest, 0)).astype(int)
        high = np.ceil(np.minimum(extent[2:] + AROUND * largest, pixels.shape[1::-1])).astype(int)
        self.pixels = pixels[self.low[1] : high[1], self.low[0] : high[0]]
        self._zoom = min(FINE_PX / largest, FINEST)
        how = cv2.INTER_CUBIC if self._zoom > 1 else cv2.INTER_AREA
        fine = cv2.resize(self.pixels, None, fx=self._zoom, fy=self._zoom, interpolation=how)
        self._fine, self._largest = np.asarray(fine, np.uint8), largest * self._zoom
        self._extent = (extent - np.tile(self.low, 2)) * self._zoom
        band = strongest_band(self._fine)
        self._dark = (band < SHADOW_TONE * np.median(band[self._within(0) == 0])).astype(np.uint8)

    def cut(self, fit: PlanformFit) -> tuple[Pixels, MaskQuality]:
        """Return the mask that a fit leads to, (h, w) uint8 of 0 and 1, enlarged, and how far to trust it."""
        planform = np.zeros(self._fine.shape[:2], np.uint8)
        outline = np.round(((fit.outline - self.low) * self._zoom - 0.5) * 16).astype(np.int32)
        cv2.fillPoly(planform, [outline], 1, cv2.LINE_8, 4)
        mask = self._segmented(planform)
        if not mask.any():
            return mask, NO_MASK
        turned, dark = self._nose_up(mask, fit), self._nose_up(mask & self._dark, fit)
        shift, symmetry = max(
            ((shift, _overlap(turned, _mirrored(turned, shift))) for shift in MIRROR_SHIFTS),
            key=lambda pair: pair[1],
        )
        on_one_side = dark & _mirrored(turned & ~dark, shift)
        measured = np.array([np.ptp(np.flatnonzero(turned.any(axis=axis))) + 1 for axis in (1, 0)])
        ratios = measured / (fit.size * self._zoom)
        return mask, MaskQuality(
            overlap=_overlap(mask, planform),
            symmetry=symmetry,
            filled=self._filled(mask),
            sized=float(np.minimum(ratios, 1 / ratios).min()),
            evenness=float(1 - 2 * on_one_side.sum() / turned.sum()),
            lit=float(1 - dark.sum() / turned.sum()),
            edged=self._edged(mask),
        )

    def _within(self, beyond: float) -> Pixels:
        """Return the mask of the extent, larger by so many fine pixels on each side."""
        mask = np.zeros(self._fine.shape[:2], np.uint8)
        edges = self._extent + beyond * np.array([-1, -1, 1, 1])
        left, top, right, bottom = np.round(edges).astype(int).clip(0)
        mask[top:bottom, left:right] = 1
        return mask

    def _segmented(self, planform: Pixels) -> Pixels:
        """Move the planform's edge to where colours change (GrabCut; Rother et al., SIGGRAPH 2004)."""
        within = self._within(LOOSE * self._largest)
        planform = planform & within
        sure = cv2.erode(planform, _disk(round(SURE * self._largest)))
        near = np.asarray(cv2.dilate(planform, _disk(round(DOUBTFUL * self._largest))), np.uint8)
        possible = near & within
        if sure.sum() < LEAST_SEED or possible.all():
            return np.zeros_like(planform)
        marks = np.full(planform.shape, cv2.GC_BGD, np.uint8)
        marks[possible > 0] = cv2.GC_PR_BGD
        marks[planform > 0] = cv2.GC_PR_FGD
        marks[sure > 0] = cv2.GC_FGD
        cv2.setRNGSeed(1)  # it begins with random clusters
        inside, outside = np.zeros((2, 1, 65))
        everywhere = (0, 0, 0, 0)  # the marks tell
        cv2.grabCut(self._fine, marks, everywhere, inside, outside, ROUNDS, cv2.GC_INIT_WITH_MASK)
        mask = np.isin(marks, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
        mask = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, _disk(1)), np.uint8)
        count, parts, stats, _ = cv2.connectedComponentsWithStats(mask)
        least = LEAST_PART * planform.sum()
        large = [part for part in range(1, count) if stats[part, cv2.CC_STAT_AREA] >= least]
        kept = [part for part in large if planform[parts == part].mean() > 0.5]
        return np.isin(parts, kept).astype(np.uint8)

    def _nose_up(self, mask: Pixels, fit: PlanformFit) -> Pixels:
        """Turn a mask so that the planform's fuselage stands upright in the middle."""
        side, center = 2 * max(mask.shape), (fit.center - self.low) * self._zoom
        upright = np.asarray(cv2.getRotationMatrix2D(center.tolist(), fit.axis_deg, 1.0), np.float64)
        upright[:, 2] += side / 2 - center
        return np.asarray(cv2.warpAffine(mask, upright, (side, side), flags=cv2.INTER_NEAREST), np.uint8)

    def _filled(self, mask: Pixels) -> float:
        cols, rows = np.flatnonzero(mask.any(axis=0)), np.flatnonzero(mask.any(axis=1))
        own, drawn = np.array([cols[0], rows[0], cols[-1] + 1, rows[-1] + 1]), self._extent
        own = np.where(np.abs(own - drawn) <= NEAR_PX * self._zoom, drawn, own)
        sides = np.minimum(own[2:], drawn[2:]) - np.maximum(own[:2], drawn[:2])
        shared = np.prod(np.maximum(sides, 0))
        return float(shared / (np.prod(own[2:] - own[:2]) + np.prod(drawn[2:] - drawn[:2]) - shared))

    def _edged(self, mask: Pixels) -> float:
        colours, side = self._fine.astype(np.float32), (2 * EDGE_PX + 1,) * 2
        means = []
        for part in (mask.astype(np.float32), 1 - mask.astype(np.float32)):
            weight = np.maximum(cv2.blur(part, side), 1e-3)
            means.append(cv2.blur(colours * part[..., None], side) / weight[..., None])
        edge = (mask > 0) & (cv2.erode(mask, _disk(1)) == 0)
        contrast = np.abs(means[0] - means[1]).max(axis=2)
        return float((contrast[edge] > EDGE_CONTRAST).mean())


def _disk(radius: int) -> Pixels:
    side = 2 * radius + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)


def _mirrored(mask: Pixels, shift: int) -> Pixels:
    return np.roll(mask[:, ::-1], shift, axis=1)


def _overlap(one: Pixels, other: Pixels) -> float:
    """Return intersection over union of two masks."""
    return float((one & other).sum() / max(1, (one | other).sum()))
