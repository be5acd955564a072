"""Real aircraft cut out of photographs: a planform is fitted to each, then its edge follows the colours.

Only good cut-outs are kept: a mask that agrees with the fitted planform and with the extent that a person
drew, and looks the same on both sides of the fuselage. The rest would teach a network the cutter's mistakes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

from detect.arrays import Pixels, Singles
from detect.gradients import grey_of
from detect.measuring.fit import BestPlanformFits, fit_planforms, fitted_boxes
from detect.measuring.pose import CHIP_PX, EXTENT_PX, ChipBatch, normalised_gradient, placed
from detect.training.photographs import Photograph, Photographs
from imagery.grid import Floats

AROUND = 0.2  # of an extent's larger side, looked at around it
FINE_PX, FINEST = 200, 2.5  # small aircraft are enlarged before they are cut, to that side or by that factor
SURE, DOUBTFUL = 0.02, 0.06  # of the larger side, inside and outside of the planform's edge
LOOSE = 0.03  # of it, that an aircraft may reach beyond its extent
MIRROR_SHIFTS = range(-4, 5)  # fine pixels by which the axis may be off
ROUNDS = 4
LEAST_PART = 0.01  # of the planform: a smaller piece of the mask is not of the aircraft
LEAST_RESPONSE = 0.55  # of the planform: below, about half of the fits lie across the aircraft
SURE_RESPONSE, SURE_MARGIN = 0.7, 0.12  # of a nose, stricter than where a person looks at it
LEAST_OVERLAP = 0.68  # intersection over union of mask and planform
LEAST_SYMMETRY = 0.7  # the same of a mask and its mirror image
LEAST_FILLED = 0.75  # the same of the mask's extent and the one that a person drew


class Cutout(NamedTuple):
    """An aircraft without its ground.

    Attributes:
        pixels: (H, W, 3) uint8; around the aircraft, the colours of its edge go on.
        alpha: (H, W) float32, 0 to 1: how much of a pixel the aircraft covers.
        gsd_m: Metres per pixel.
        axis_deg: Direction of the fuselage, clockwise from image up: the nose's, if that is sure.
        nose_sure: False where nose and tail could be swapped.
        center: (2,) float64, column and row of the middle.
        size: (2,) float64, length and wingspan in pixels.
    """

    pixels: Pixels
    alpha: Singles
    gsd_m: float
    axis_deg: float
    nose_sure: bool
    center: Floats
    size: Floats


class _Fit(NamedTuple):
    """A planform on a photograph, in its pixels."""

    outline: Floats
    center: Floats
    size: Floats
    axis_deg: float
    nose_sure: bool


def cutouts_of(photographs: Photographs) -> list[Cutout]:
    """Cut out all aircraft of photographs that can be cut out well, always the same ones."""
    shown = [(photo, extent) for photo in photographs.with_aircraft for extent in photo.extents]
    cutouts = []
    for (photo, extent), fit in zip(shown, _fits(shown), strict=True):
        cutout = None if fit is None else _cut(photo.pixels, extent, fit, photographs.gsd_m)
        if cutout is not None:
            cutouts.append(cutout)
    return cutouts


def _fits(shown: Sequence[tuple[Photograph, Floats]]) -> list[_Fit | None]:
    """Fit a planform to each aircraft; None where none fits."""
    chips = [_chip(photo.pixels, extent) for photo, extent in shown]
    fields, sides, scales, corners = (np.array(part) for part in zip(*chips, strict=True))
    count = len(chips)
    best: BestPlanformFits = fit_planforms(
        ChipBatch(fields, sides.astype(np.float32)),
        np.zeros(count, np.float32),
        np.zeros((count, 2), np.float32),
        lambda responses: np.ones(len(responses), bool),
    )
    outlines, boxes = placed(best.fits.kind, best.fits.pose[:, None])[:, 0], fitted_boxes(best.fits)
    fits: list[_Fit | None] = []
    for row, (scale, corner) in enumerate(zip(scales, corners, strict=True)):
        response, margin = best.fits.response[row], best.margin[row]
        if response < LEAST_RESPONSE:
            fits.append(None)
            continue
        outline = np.stack([outlines[row].real, outlines[row].imag], axis=1) / scale + corner
        center = np.array([boxes.col[row], boxes.row[row]]) / scale + corner
        size = np.array([boxes.length[row], boxes.width[row]], dtype=np.float64) / scale
        nose_sure = bool(response >= SURE_RESPONSE and margin >= SURE_MARGIN)
        fits.append(_Fit(outline, center, size, float(boxes.angle_deg[row]) % 360, nose_sure))
    return fits


def _chip(pixels: Pixels, extent: Floats) -> tuple[Singles, Floats, float, Floats]:
    """Return an aircraft's field of gradients, the extent's sides in it, its scale and its corner."""
    sides = extent[2:] - extent[:2]
    side = max(8, round(float(np.sqrt(np.prod(sides))) * CHIP_PX / EXTENT_PX))
    corner = np.round((extent[:2] + extent[2:] - side) / 2).astype(int)
    beyond = (side, side, side, side)
    grey = cv2.copyMakeBorder(grey_of(pixels), *beyond, cv2.BORDER_REPLICATE)
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
    return field, sides * scale, scale, corner.astype(np.float64)


def _cut(pixels: Pixels, extent: Floats, fit: _Fit, gsd_m: float) -> Cutout | None:
    """Cut one aircraft out; None where the mask is doubtful."""
    largest = float((extent[2:] - extent[:2]).max())
    low = np.floor(np.maximum(extent[:2] - AROUND * largest, 0)).astype(int)
    high = np.ceil(np.minimum(extent[2:] + AROUND * largest, pixels.shape[1::-1])).astype(int)
    window = pixels[low[1] : high[1], low[0] : high[0]]
    zoom = min(FINE_PX / largest, FINEST)
    how = cv2.INTER_CUBIC if zoom > 1 else cv2.INTER_AREA
    fine = np.asarray(cv2.resize(window, None, fx=zoom, fy=zoom, interpolation=how), np.uint8)
    planform = _filled(fine.shape, (fit.outline - low) * zoom)
    drawn = (np.concatenate([extent[:2] - low, extent[2:] - low])) * zoom
    mask = _segmented(fine, planform, drawn)
    if mask is None or not _is_good(mask, planform, drawn, fit, (fit.center - low) * zoom):
        return None
    size = window.shape[1::-1]
    alpha = cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    alpha = np.where(alpha < 0.02, 0, alpha).astype(np.float32)
    colours = _continued(window, alpha)
    return Cutout(colours, alpha, gsd_m, fit.axis_deg, fit.nose_sure, fit.center - low, fit.size)


def _filled(shape: tuple[int, ...], outline: Floats) -> Pixels:
    mask = np.zeros(shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.round((outline - 0.5) * 16).astype(np.int32)], 1, cv2.LINE_8, 4)
    return mask


def _disk(radius: int) -> Pixels:
    side = 2 * radius + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)


def _segmented(fine: Pixels, planform: Pixels, extent: Floats) -> Pixels | None:
    """Move the planform's edge to where the colours change (GrabCut; Rother et al., SIGGRAPH 2004)."""
    within, largest = np.zeros_like(planform), float((extent[2:] - extent[:2]).max())
    reach = LOOSE * largest * np.array([-1, -1, 1, 1])
    left, top, right, bottom = np.round(extent + reach).astype(int).clip(0)
    within[top:bottom, left:right] = 1
    sure = cv2.erode(planform, _disk(round(SURE * largest)))
    possible = cv2.dilate(planform, _disk(round(DOUBTFUL * largest))) & within
    if sure.sum() < 20 or possible.all():
        return None
    marks = np.full(planform.shape, cv2.GC_BGD, np.uint8)
    marks[possible > 0] = cv2.GC_PR_BGD
    marks[planform > 0] = cv2.GC_PR_FGD
    marks[sure > 0] = cv2.GC_FGD
    cv2.setRNGSeed(1)  # it begins with random clusters
    cv2.grabCut(fine, marks, None, np.zeros((1, 65)), np.zeros((1, 65)), ROUNDS, cv2.GC_INIT_WITH_MASK)
    mask = np.isin(marks, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    mask = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, _disk(1)), np.uint8)
    count, parts, stats, _ = cv2.connectedComponentsWithStats(mask)
    least = LEAST_PART * planform.sum()
    kept = [
        part
        for part in range(1, count)
        if stats[part, cv2.CC_STAT_AREA] >= least and planform[parts == part].mean() > 0.5
    ]
    return np.isin(parts, kept).astype(np.uint8)


def _is_good(mask: Pixels, planform: Pixels, extent: Floats, fit: _Fit, center: Floats) -> bool:
    if not mask.any() or _overlap(mask, planform) < LEAST_OVERLAP:
        return False
    cols, rows = np.flatnonzero(mask.any(axis=0)), np.flatnonzero(mask.any(axis=1))
    own = np.array([cols[0], rows[0], cols[-1] + 1, rows[-1] + 1])
    shared = np.prod(np.maximum(np.minimum(own[2:], extent[2:]) - np.maximum(own[:2], extent[:2]), 0))
    areas = np.prod(own[2:] - own[:2]) + np.prod(extent[2:] - extent[:2])
    if shared < LEAST_FILLED * (areas - shared):
        return False
    side = 2 * max(mask.shape)
    upright = cv2.getRotationMatrix2D(center.tolist(), fit.axis_deg, 1.0)
    upright[:, 2] += side / 2 - center
    turned = np.asarray(cv2.warpAffine(mask, upright, (side, side), flags=cv2.INTER_NEAREST), np.uint8)
    mirrored = [_overlap(turned, np.roll(turned[:, ::-1], shift, axis=1)) for shift in MIRROR_SHIFTS]
    return max(mirrored) >= LEAST_SYMMETRY


def _overlap(one: Pixels, other: Pixels) -> float:
    """Return intersection over union of two masks."""
    return float((one & other).sum() / max(1, (one | other).sum()))


def _continued(pixels: Pixels, alpha: Singles) -> Pixels:
    """Let the aircraft's own colours go on around it, so that no feathered edge shows its old ground."""
    inside = np.asarray(cv2.erode((alpha > 0.9).astype(np.float32), np.ones((2, 2))), np.float32)
    if inside.sum() < 0.4 * alpha.sum():
        inside = np.asarray(alpha > 0.75, np.float32)
    colours, known = pixels.astype(np.float32) * inside[..., None], inside.copy()
    for spread in (0.8, 2.0, 6.0):
        around = cv2.GaussianBlur(inside, (0, 0), spread)[..., None]
        near = cv2.GaussianBlur(pixels * inside[..., None], (0, 0), spread) / np.maximum(around, 1e-6)
        new = (known == 0) & (around[..., 0] > 0.02)
        colours[new], known[new] = near[new], 1
    return np.clip(np.round(colours), 0, 255).astype(np.uint8)
