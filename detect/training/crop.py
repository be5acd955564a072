"""Crops of pictures as a camera, a sensor or an archive could have made them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from detect.arrays import Pixels
from detect.training.sensor import as_seen
from detect.training.sensor_optics import resampled, sampled
from detect.training.training_picture import Aircraft, TrainingPicture, turned_extents, turned_pixels
from imagery.grid import Floats

CROP_PX = 320
CROP_GSD_M = (0.42, 1.3)  # what the network is shown: small aircraft need the finer end
NEAR_AIRCRAFT = 0.75  # of the crops lie around an aircraft
COARSE_SHARE, COARSE_M = 0.3, (1.2, 3.2)  # some crops are what sensors of such pixels see
LEAST_PX = 5  # of which an aircraft with fewer pixels is not to be learnt, nor to be called background


class Crop(NamedTuple):
    """A piece of a picture at a working resolution.

    Attributes:
        pixels: (CROP_PX, CROP_PX, 3) uint8.
        aircraft: What is in it, in its pixels, cut ones too.
        ignored: (M, 4) float64.
    """

    pixels: Pixels
    aircraft: Aircraft
    ignored: Floats


def random_crop(
    picture: TrainingPicture, rng: np.random.Generator, around: tuple[float, float] | None = None
) -> Crop:
    """Cut a crop of any resolution, turned by quarters and mirrored, as another sensor would have seen it.

    Args:
        picture: Where it is cut from.
        rng: Source of all that is random.
        around: A place (column, row) that the crop lies around; without it mostly one of the aircraft.
    """
    gsd_m = float(np.exp(rng.uniform(*np.log(CROP_GSD_M))))
    side = min(CROP_PX * gsd_m / picture.gsd_m, *picture.pixels.shape[:2])
    if around is None:
        center = _center(picture, side, rng)
    else:
        center = np.asarray(around) + rng.uniform(-0.4, 0.4, 2) * side
    low = np.round(np.clip(center - side / 2, 0, np.array(picture.pixels.shape[1::-1]) - side)).astype(int)
    window = picture.pixels[low[1] : low[1] + int(side), low[0] : low[0] + int(side)]
    shift, scale = np.tile(low, 2), CROP_PX / int(side)
    pixels = resampled(window, CROP_PX, rng)
    turns, mirrored = int(rng.integers(4)), bool(rng.integers(2))
    aircraft = Aircraft(
        turned_extents((picture.aircraft.extents - shift) * scale, CROP_PX, turns, mirrored),
        _turned_angle(picture.aircraft.angles_deg, turns, mirrored),
        picture.aircraft.sizes * scale,
    )
    pixels = turned_pixels(pixels, turns, mirrored)
    ignored = turned_extents((picture.ignored - shift) * scale, CROP_PX, turns, mirrored)
    if rng.random() < COARSE_SHARE:
        coarser = rng.uniform(max(COARSE_M[0], gsd_m), COARSE_M[1]) / gsd_m
        pixels = sampled(pixels, coarser, rng)
        seen = (aircraft.extents[:, 2:] - aircraft.extents[:, :2]).max(axis=1) / coarser >= LEAST_PX
        ignored = np.concatenate([ignored, aircraft.extents[~seen]])
        aircraft = aircraft.those(seen)
    return Crop(as_seen(pixels, rng), aircraft, ignored)


def _center(picture: TrainingPicture, side: float, rng: np.random.Generator) -> Floats:
    extents = picture.aircraft.extents
    if len(extents) and rng.random() < NEAR_AIRCRAFT:
        # The small and rare as often as the many alike.
        weights = 1 / np.maximum(extents[:, 2:] - extents[:, :2], 1).max(axis=1)
        extent = extents[rng.choice(len(extents), p=weights / weights.sum())]
        return np.asarray((extent[:2] + extent[2:]) / 2 + rng.uniform(-0.4, 0.4, 2) * side)
    return rng.uniform(0, 1, 2) * picture.pixels.shape[1::-1]


def _turned_angle(angles_deg: Floats, quarters: int, mirrored: bool) -> Floats:
    turned = angles_deg + 90 * quarters
    return np.asarray((-turned if mirrored else turned) % 360)
