"""Pictures to train on: scenes whose aircraft are known, and rendered grounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import shapely

from detect.arrays import Bools, Pixels
from imagery.grid import Floats
from imagery.synthetic.aircraft_drawing import Pose
from imagery.synthetic.practice_ground import render_practice_ground


@dataclass(frozen=True, eq=False)
class Aircraft:
    """The aircraft of a picture, N of them, in its pixels.

    Attributes:
        extents: (N, 4) float64, axis-aligned: col_min, row_min, col_max, row_max.
        angles_deg: (N,) float64, nose direction clockwise from image up; NaN where unknown.
        sizes: (N, 2) float64, length and wingspan; NaN where unknown.
    """

    extents: Floats
    angles_deg: Floats
    sizes: Floats

    @staticmethod
    def none() -> Aircraft:
        """Return no aircraft."""
        return Aircraft(np.empty((0, 4)), np.empty(0), np.empty((0, 2)))

    def those(self, keep: Bools) -> Aircraft:
        """Return only those for which ``keep``, (N,), is true."""
        return Aircraft(self.extents[keep], self.angles_deg[keep], self.sizes[keep])

    def joined(self, other: Aircraft) -> Aircraft:
        """Return these aircraft and others."""
        return Aircraft(
            np.concatenate([self.extents, other.extents]),
            np.concatenate([self.angles_deg, other.angles_deg]),
            np.concatenate([self.sizes, other.sizes]),
        )


@dataclass(frozen=True, eq=False)
class TrainingPicture:
    """An image and what is known of its aircraft.

    Attributes:
        pixels: (H, W, 3) uint8.
        gsd_m: Metres per pixel.
        aircraft: All in the image.
        ignored: (M, 4) float64, extents of which nothing is to be learnt.
    """

    pixels: Pixels
    gsd_m: float
    aircraft: Aircraft
    ignored: Floats


class Material(NamedTuple):
    """The pictures that a network learns from.

    Attributes:
        pictures: All of them.
        shares: How often each is drawn from, relative to the others.
        negatives: Pictures without aircraft, in which hard places lie.
    """

    pictures: Sequence[TrainingPicture]
    shares: Sequence[float]
    negatives: Sequence[TrainingPicture] = ()

    @property
    def chances(self) -> Floats:
        """The chance of each picture to be drawn from, which sum to 1."""
        shares: Floats = np.asarray(self.shares, float)
        chances: Floats = shares / shares.sum()
        return chances


def rendered_picture(seed: int) -> TrainingPicture:
    """Render one practice ground."""
    ground = render_practice_ground(seed)
    aircraft = Aircraft.none()
    for placed in ground.aircraft:
        parked, pose = placed.parked, placed.pose
        aircraft = aircraft.joined(posed_aircraft(parked.planform.silhouette(), pose, parked.aircraft[3:5]))
    return TrainingPicture(ground.pixels, ground.gsd_m, aircraft, np.empty((0, 4)))


def posed_aircraft(silhouette: shapely.Polygon, pose: Pose, size_m: Sequence[float]) -> Aircraft:
    """Return one rendered aircraft; ``silhouette`` in metres, ``size_m`` its length and wingspan."""
    outline = pose.to_px(shapely.get_coordinates(silhouette.exterior))
    extent = np.concatenate([outline.min(axis=0), outline.max(axis=0)])
    sizes = np.array([size_m], dtype=np.float64) * pose.px_per_m
    return Aircraft(extent[None], np.array([pose.angle_deg]), sizes)


def turned_extents(extents: Floats, side: float, quarters: int, mirrored: bool) -> Floats:
    """Turn extents, (N, 4), of a square picture clockwise by quarters, then mirror them left to right."""
    x0, y0, x1, y1 = extents.T
    for _ in range(quarters):
        x0, y0, x1, y1 = side - y1, x0, side - y0, x1
    if mirrored:
        x0, x1 = side - x1, side - x0
    return np.stack([x0, y0, x1, y1], axis=1)


def turned_pixels(pixels: Pixels, quarters: int, mirrored: bool) -> Pixels:
    """Turn pixels, (N, N, 3), clockwise by quarters, then mirror them left to right."""
    turned = np.rot90(pixels, -quarters)
    return np.ascontiguousarray(turned[:, ::-1] if mirrored else turned)
