"""What the network is to say of a crop: a heat map of centres, and each aircraft's measures at its centre."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from detect.detectors.network import CHANNELS, SIZE_UNIT_PX, STRIDE
from detect.training.crop import CROP_PX, Crop
from imagery.grid import Floats

Maps = NDArray[np.float32]

CELLS = CROP_PX // STRIDE
WHOLE = 0.8  # of an extent that must lie in the crop for its aircraft to be learnt
PEAK_SHARE = 0.09  # of an extent's side: the deviation of the peak that stands for it
PEAK_CELLS = (0.7, 2.5)
MEASURED_CELLS = 1.5  # around a centre, where the measures are learnt


class Target(NamedTuple):
    """What is to be said of one crop; maps of CELLS x CELLS.

    Attributes:
        heat: (CELLS, CELLS) float32, 1 at centres, falling off around them.
        cared: (CELLS, CELLS) float32, 0 where nothing is to be learnt.
        values: (CHANNELS - 1, CELLS, CELLS) float32, the measures.
        known: (CHANNELS - 1, CELLS, CELLS) float32, 1 where a measure is known.
    """

    heat: Maps
    cared: Maps
    values: Maps
    known: Maps


def target_of(crop: Crop) -> Target:
    """Return the target of one crop."""
    heat, cared = np.zeros((CELLS, CELLS), np.float32), np.ones((CELLS, CELLS), np.float32)
    values, known = (np.zeros((CHANNELS - 1, CELLS, CELLS), np.float32) for _ in range(2))
    for extent in crop.ignored:
        _forget(cared, extent)
    extents, angles, sizes = crop.aircraft.extents, crop.aircraft.angles_deg, crop.aircraft.sizes
    nearest = np.full((CELLS, CELLS), np.inf)
    at = np.arange(CELLS) + 0.5
    for extent, angle_deg, size in zip(extents, angles, sizes, strict=True):
        inside = np.clip(extent, 0, CROP_PX)
        area = np.prod(extent[2:] - extent[:2])
        if np.prod(inside[2:] - inside[:2]) < WHOLE * area:
            _forget(cared, extent)
            continue
        center = (extent[:2] + extent[2:]) / 2 / STRIDE
        sides = (extent[2:] - extent[:2]) / STRIDE
        across, down = np.clip(PEAK_SHARE * sides, *PEAK_CELLS)
        col, row = at - center[0], (at - center[1])[:, None]
        peak = np.exp(-(col**2) / (2 * across**2) - row**2 / (2 * down**2))
        own = np.zeros_like(heat)
        middle = tuple(np.clip(np.floor(center[::-1]), 0, CELLS - 1).astype(int))
        own[middle] = 1
        np.maximum(heat, np.maximum(peak, own), out=heat)
        apart = np.hypot(col, row)
        near = (apart < np.minimum(MEASURED_CELLS, nearest)) | (own > 0)
        nearest[near] = apart[near]
        measures, sure = _measures(sides * STRIDE, angle_deg, size)
        values[:2, near] = np.stack(np.broadcast_arrays(-col, -row))[:, near]
        known[:2, near] = 1
        values[2:, near] = measures[:, None]
        known[2:, near] = sure[:, None]
    return Target(heat, cared, values, known)


def _forget(cared: Maps, extent: Floats) -> None:
    """Let nothing be learnt within an extent."""
    first = np.floor(np.clip(extent[:2], 0, CROP_PX) / STRIDE).astype(int)
    last = np.ceil(np.clip(extent[2:], 0, CROP_PX) / STRIDE).astype(int)
    cared[first[1] : last[1], first[0] : last[0]] = 0


def _measures(sides_px: Floats, angle_deg: float, size: Floats) -> tuple[Maps, Maps]:
    """Return the channels from the third on, and which of them are known."""
    angle = np.radians(angle_deg)
    turn = np.array([np.sin(angle), np.cos(angle), np.sin(2 * angle), np.cos(2 * angle)])
    measures = np.concatenate([np.log(sides_px / SIZE_UNIT_PX), turn, np.log(size / SIZE_UNIT_PX)])
    known = np.isfinite(measures)
    return np.where(known, measures, 0).astype(np.float32), known.astype(np.float32)
