"""Effects of ground and air: snow, shadows of clouds and buildings, haze, thin cloud.

Each takes and returns an image, (H, W, 3) float32 in 0..1, and draws its values from the ranges it is given.
"""

from __future__ import annotations

import cv2
import numpy as np

from detect.arrays import Singles
from detect.training.sensor_optics import Range

SKY = (0.92, 0.97, 1.05)  # what lights a shadow and scatters in haze is bluer than the sun


def snowed(image: Singles, rng: np.random.Generator, cover: Range) -> Singles:
    """Lay snow on grass and soil, which have a colour; concrete and aircraft have less, and are cleared."""
    colour = cv2.GaussianBlur(image.max(axis=2) - image.min(axis=2), (0, 0), 1.2)
    field = _field(image, rng, cells=6) + np.float32(rng.uniform(*cover) - 0.5)
    depth = np.clip((colour - np.float32(0.07)) * 15, 0, 1) * np.clip(field * 2, 0, 1)
    depth = cv2.GaussianBlur(depth, (0, 0), 1.0)[..., None]
    texture = np.float32(0.72) + np.float32(0.25) * image.mean(axis=2, keepdims=True)
    return _singles(image + (texture - image) * depth)


def shaded_by_cloud(image: Singles, rng: np.random.Generator, darkness: Range) -> Singles:
    """Lay a cloud's shadow across: irregular, its edge tens of metres wide, bluer than the light."""
    field = _field(image, rng, cells=3)
    shadow = 1 / (1 + np.exp(np.float32(-14) * (field - np.float32(rng.uniform(0.35, 0.6)))))
    return _shaded(image, shadow, rng.uniform(*darkness))


def shaded_by_building(image: Singles, rng: np.random.Generator, darkness: Range) -> Singles:
    """Lay a hangar's or a terminal's shadow across: straight and sharp."""
    angle, offset = rng.uniform(0, 2 * np.pi), rng.uniform(-0.35, 0.35)
    height, width = image.shape[:2]
    rows = np.linspace(-0.5, 0.5, height, dtype=np.float32)[:, None] * np.float32(np.sin(angle))
    cols = np.linspace(-0.5, 0.5, width, dtype=np.float32) * np.float32(np.cos(angle))
    shadow = np.clip((rows + cols - np.float32(offset)) * np.float32(height / 1.5), 0, 1)
    return _shaded(image, shadow, rng.uniform(*darkness))


def hazed(image: Singles, rng: np.random.Generator, thickness: Range, light: Range) -> Singles:
    """Lay haze over the image, thicker at one end, that takes contrast and adds its own bluish light."""
    most = rng.uniform(*thickness)
    field = _field(image, rng, cells=2) * np.float32(0.8) + np.float32(0.2)
    return _veiled(image, field * np.float32(most), rng.uniform(*light), rng)


def clouded(image: Singles, rng: np.random.Generator, thickness: Range, cover: Range) -> Singles:
    """Lay thin cloud over part of the image: white and ragged."""
    ragged = _field(image, rng, cells=3) * np.float32(0.65) + _field(image, rng, cells=11) * np.float32(0.35)
    bare = np.float32(1 - rng.uniform(*cover))
    veil = np.clip((ragged - bare * np.float32(0.8)) * np.float32(2.5), 0, 1) * np.float32(
        rng.uniform(*thickness)
    )
    return _veiled(image, veil, rng.uniform(0.85, 1.0), rng)


def _veiled(image: Singles, veil: Singles, light: float, rng: np.random.Generator) -> Singles:
    """Put a veil, (H, W) in 0..1, of one colour before the image."""
    colour = light * np.array(SKY) ** rng.uniform(-0.3, 1.5)
    cover = cv2.merge([veil, veil, veil])
    return _singles(image + (colour.astype(np.float32) - image) * cover)


def _shaded(image: Singles, shadow: Singles, darkness: float) -> Singles:
    """Darken the image where a shadow, (H, W) in 0..1, lies."""
    bands = [1 - shadow * np.float32(np.clip(1 - (1 - darkness) * blue, 0, 1)) for blue in SKY]
    return _singles(image * cv2.merge(bands))


def _field(image: Singles, rng: np.random.Generator, cells: int) -> Singles:
    """Return a smooth random field, (H, W) float32 in 0..1, with that many bumps along a side."""
    coarse = rng.random((cells + 1, cells + 1), dtype=np.float32)
    field = cv2.resize(coarse, image.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(field, 0, 1), np.float32)


def _singles(image: object) -> Singles:
    return np.asarray(image, dtype=np.float32)
