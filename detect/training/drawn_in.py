"""Rendered aircraft put into photographs, alone and in rows, in any paint down to the ground's own grey."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import shapely

from detect.arrays import Pixels, Singles
from detect.training.decoys import draw_decoys
from detect.training.free_ground import FreeGround
from detect.training.training_picture import Aircraft, TrainingPicture, posed_aircraft
from imagery.aircraft.planform import planform_of
from imagery.aircraft.types import AircraftType
from imagery.grid import Floats
from imagery.synthetic.aircraft_drawing import Livery, Photograph, Pose, draw_aircraft
from imagery.synthetic.practice_ground import random_aircraft, random_livery, random_sun

SENSOR_BLUR_PX = 0.7
IN_ROWS = 0.3  # of the draws are rows of two to six of a type, wing tip by wing tip
ROW_SPACING = (1.05, 1.6)  # wingspans
GROUND_TONED = 0.4  # of the aircraft wear the ground's colour, e to the power of TONE_CONTRAST off
TONE_CONTRAST = (0.06, 0.5)
TWO_TONED = 0.3  # of those


def with_rendered(picture: TrainingPicture, count: int, rng: np.random.Generator) -> TrainingPicture:
    """Put rendered aircraft of every kind where the picture's ground is even, and decoys anywhere.

    Photographs of airports hold airliners by the thousand and light aircraft, fighters and transports in
    the ground's own grey hardly ever; so those are drawn in.
    """
    pixels = picture.pixels.astype(np.float32)
    photograph = Photograph(random_sun(rng), pixels)
    ground = FreeGround(picture)
    ground.taken += draw_decoys(pixels, shapely.union_all(ground.taken), photograph.sun, picture.gsd_m, rng)
    added = Aircraft.none()
    for _ in range(20 * count):
        model = random_aircraft(rng)
        planform, livery = planform_of(model), _random_paint(model, rng)
        for pose in _row(model, picture, rng):
            corners = shapely.get_coordinates(planform.silhouette().envelope)
            box = shapely.Polygon(pose.to_px(corners))
            if not ground.is_free(box):
                break
            draw_aircraft(photograph, planform, pose, livery(ground.at(box).colour), rng)
            added = added.joined(posed_aircraft(planform.silhouette(), pose, model[3:5]))
            ground.taken.append(box)
        if len(added.extents) >= count:
            break
    return replace(picture, pixels=_softened(pixels, picture.pixels), aircraft=picture.aircraft.joined(added))


def _row(model: AircraftType, picture: TrainingPicture, rng: np.random.Generator) -> list[Pose]:
    """Return the poses of one aircraft anywhere in the picture, or of several in a row."""
    px_per_m = 1 / picture.gsd_m
    in_row = model.wing != "rotor" and rng.random() < IN_ROWS
    angle_deg = rng.uniform(0, 360)
    step = np.array([np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))])
    step *= model.wingspan_m * rng.uniform(*ROW_SPACING) * px_per_m
    start = rng.uniform(0, 1, 2) * picture.pixels.shape[1::-1]
    centers = [start + place * step for place in range(int(rng.integers(2, 7)) if in_row else 1)]
    return [Pose((float(x), float(y)), angle_deg + rng.normal(0, 1.5), px_per_m) for x, y in centers]


def _softened(drawn: Singles, original: Pixels) -> Pixels:
    """Blur what was drawn, since no camera shows it that sharp, and only that."""
    changed = (np.abs(drawn - original).max(axis=2) > 0.5).astype(np.uint8)
    soft = cv2.GaussianBlur(drawn, (0, 0), SENSOR_BLUR_PX)
    near = cv2.dilate(changed, np.ones((5, 5), np.uint8)).astype(bool)
    drawn[near] = soft[near]
    return np.clip(np.round(drawn), 0, 255).astype(np.uint8)


def _random_paint(model: AircraftType, rng: np.random.Generator) -> Callable[[Floats], Livery]:
    """Return a function from the ground's colour to that of an aircraft: any, or hardly another."""
    own = random_livery(model, rng)
    if rng.random() >= GROUND_TONED:
        return lambda _ground: own
    factor = _contrast(rng) * rng.normal(1, 0.03, 3)
    parts = [rng.uniform(0.85, 1.1) for _ in range(3)]
    second = _contrast(rng) if rng.random() < TWO_TONED else None

    def painted(ground: Floats) -> Livery:
        body = np.clip(np.maximum(ground, 25) * factor, 12, 250)
        wing, fin, nacelle = (_colour(body * part) for part in parts)
        return Livery(_colour(body), wing, fin, nacelle, None if second is None else _colour(body * second))

    return painted


def _contrast(rng: np.random.Generator) -> float:
    return float(np.exp(rng.choice([-1, 1]) * rng.uniform(*TONE_CONTRAST)))


def _colour(values: Floats) -> tuple[float, float, float]:
    red, green, blue = np.clip(values, 8, 252).tolist()
    return red, green, blue
