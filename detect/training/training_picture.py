"""Pictures to train on: scenes whose aircraft are known, and rendered grounds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace

import cv2
import numpy as np
import shapely

from detect.arrays import Bools, Pixels, Singles
from imagery.aircraft.planform import planform_of
from imagery.grid import Floats
from imagery.synthetic.aircraft_drawing import Photograph, Pose, draw_aircraft
from imagery.synthetic.practice_ground import (
    random_aircraft,
    random_livery,
    random_sun,
    render_practice_ground,
)

_QUIET = 9.0  # grey values that a place's pixels may deviate by for an aircraft to be put there
_SENSOR_BLUR_PX = 0.7


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


def rendered_pictures(seeds: Sequence[int]) -> Iterator[TrainingPicture]:
    """Render practice grounds, one per seed, in their order."""
    with ProcessPoolExecutor() as pool:
        yield from pool.map(rendered_picture, seeds)


def rendered_picture(seed: int) -> TrainingPicture:
    """Render one practice ground."""
    ground = render_practice_ground(seed)
    aircraft = Aircraft.none()
    for placed in ground.aircraft:
        parked, pose = placed.parked, placed.pose
        aircraft = aircraft.joined(_posed(parked.planform.silhouette(), pose, parked.aircraft[3:5]))
    return TrainingPicture(ground.pixels, ground.gsd_m, aircraft, np.empty((0, 4)))


def with_rendered(picture: TrainingPicture, count: int, rng: np.random.Generator) -> TrainingPicture:
    """Put rendered aircraft of every kind where the picture's ground is even.

    An archive of airports holds airliners by the thousand and light aircraft, fighters and helicopters
    hardly ever; so those are drawn in.
    """
    pixels = picture.pixels.astype(np.float32)
    photograph = Photograph(random_sun(rng), pixels)
    spread = _spread(picture.pixels)
    taken = [shapely.box(*extent) for extent in (*picture.aircraft.extents, *picture.ignored)]
    added = Aircraft.none()
    for _ in range(8 * count):
        model = random_aircraft(rng)
        reach = 0.6 * max(model.length_m, model.wingspan_m) / picture.gsd_m
        if 2 * reach + 8 > min(pixels.shape[:2]):
            continue
        col, row = (rng.uniform(reach + 4, side - reach - 4) for side in pixels.shape[1::-1])
        window = spread[int(row - reach) : int(row + reach) + 1, int(col - reach) : int(col + reach) + 1]
        place = shapely.box(col - reach, row - reach, col + reach, row + reach)
        if np.percentile(window, 90) > _QUIET or any(place.intersects(other) for other in taken):
            continue
        planform = planform_of(model)
        pose = Pose((col, row), rng.uniform(0, 360), 1 / picture.gsd_m)
        draw_aircraft(photograph, planform, pose, random_livery(model, rng), rng)
        added = added.joined(_posed(planform.silhouette(), pose, model[3:5]))
        taken.append(place)
        if len(added.extents) == count:
            break
    # Only what was drawn is as sharp as no camera shows it.
    drawn = (np.abs(pixels - picture.pixels).max(axis=2) > 0.5).astype(np.uint8)
    soft = cv2.GaussianBlur(pixels, (0, 0), _SENSOR_BLUR_PX)
    near = cv2.dilate(drawn, np.ones((5, 5), np.uint8)).astype(bool)
    pixels[near] = soft[near]
    blended = np.clip(np.round(pixels), 0, 255).astype(np.uint8)
    return replace(picture, pixels=blended, aircraft=picture.aircraft.joined(added))


def _spread(pixels: Pixels) -> Singles:
    """Return how much the grey values around each pixel deviate, (H, W) float32."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
    mean, square = cv2.blur(grey, (9, 9)), cv2.blur(grey * grey, (9, 9))
    spread: Singles = np.sqrt(np.maximum(square - mean * mean, 0)).astype(np.float32)
    return spread


def _posed(silhouette: shapely.Polygon, pose: Pose, size_m: Sequence[float]) -> Aircraft:
    """Return one rendered aircraft; ``size_m`` is its length and wingspan."""
    outline = pose.to_px(shapely.get_coordinates(silhouette.exterior))
    extent = np.concatenate([outline.min(axis=0), outline.max(axis=0)])
    sizes = np.array([size_m], dtype=np.float64) * pose.px_per_m
    return Aircraft(extent[None], np.array([pose.angle_deg]), sizes)
