"""Real aircraft cut out of photographs: a planform is fitted to each, then its edge follows the colours.

Only good cut-outs are kept: the mask agrees with the fitted planform and with the extent that a person drew,
and looks the same on both sides of the fuselage. The rest would teach a network the cutter's mistakes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

from detect.arrays import Pixels, Singles
from detect.training.cutting import Surroundings
from detect.training.photographs import Photographs
from detect.training.planform_fits import PlanformFit, planform_fits
from imagery.grid import Floats

ALIKE_DEG, ALIKE_PX = 4.0, 2.0  # fits that differ less lead to the same mask
INSIDE, NEARLY_INSIDE = 0.9, 0.75  # cover of pixels whose colours are the aircraft's alone
CONTINUED_PX = (0.8, 2.0, 6.0)  # how far around the edge its colours go on, blurred more and more


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

    def from_axes(self) -> tuple[Singles, Singles]:
        """Return how far each pixel lies to the right of the fuselage and behind the middle, (H, W) each."""
        rows, cols = np.indices(self.alpha.shape, dtype=np.float32)
        right, down = cols + 0.5 - self.center[0], rows + 0.5 - self.center[1]
        cos, sin = np.cos(np.radians(self.axis_deg)), np.sin(np.radians(self.axis_deg))
        aside, behind = cos * right + sin * down, -sin * right + cos * down
        return aside.astype(np.float32), behind.astype(np.float32)


def cutouts_of(photographs: Photographs) -> list[Cutout]:
    """Cut out all aircraft of photographs that can be cut out well, always the same ones."""
    shown = [(photo.pixels, extent) for photo in photographs.with_aircraft for extent in photo.extents]
    cutouts = (
        _best_cutout(pixels, extent, fits, photographs.gsd_m)
        for (pixels, extent), fits in zip(shown, planform_fits(shown), strict=True)
    )
    return [cutout for cutout in cutouts if cutout is not None]


def _best_cutout(pixels: Pixels, extent: Floats, fits: Sequence[PlanformFit], gsd_m: float) -> Cutout | None:
    """Cut an aircraft out along the fit whose mask agrees best; None if no mask is good."""
    around = Surroundings(pixels, extent)
    masks = [(fit, *around.cut(fit)) for fit in _different(fits)]
    good = [(sum(quality), fit, mask) for fit, mask, quality in masks if quality.is_good]
    if not good:
        return None
    _, fit, mask = max(good, key=lambda candidate: candidate[0])
    cover = cv2.resize(mask.astype(np.float32), around.pixels.shape[1::-1], interpolation=cv2.INTER_AREA)
    alpha = np.where(cover < 0.02, 0, cover).astype(np.float32)
    colours, center = _continued(around.pixels, alpha), fit.center - around.low
    return Cutout(colours, alpha, gsd_m, fit.axis_deg, fit.nose_sure, center, fit.size)


def _different(fits: Sequence[PlanformFit]) -> list[PlanformFit]:
    """Return the fits without those that lie as an earlier one does."""
    kept: list[PlanformFit] = []
    for fit in fits:
        if not any(
            abs((fit.axis_deg - other.axis_deg + 180) % 360 - 180) < ALIKE_DEG
            and np.abs(np.concatenate([fit.center - other.center, fit.size - other.size])).max() < ALIKE_PX
            for other in kept
        ):
            kept.append(fit)
    return kept


def _continued(pixels: Pixels, alpha: Singles) -> Pixels:
    """Let the aircraft's own colours go on around it, so that no feathered edge shows its old ground."""
    inside = np.asarray(cv2.erode((alpha > INSIDE).astype(np.float32), np.ones((2, 2))), np.float32)
    if inside.sum() < 0.4 * alpha.sum():  # a small one has hardly anything but edge
        inside = np.asarray(alpha > NEARLY_INSIDE, np.float32)
    colours, known = pixels.astype(np.float32) * inside[..., None], inside > 0
    for spread in CONTINUED_PX:
        around = cv2.GaussianBlur(inside, (0, 0), spread)[..., None]
        near = cv2.GaussianBlur(pixels * inside[..., None], (0, 0), spread) / np.maximum(around, 1e-6)
        new = ~known & (around[..., 0] > 0.02)
        colours[new] = near[new]
        known |= new
    return np.clip(np.round(colours), 0, 255).astype(np.uint8)
