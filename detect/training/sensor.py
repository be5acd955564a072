"""Sensors: a crop as another camera, stretch or archive would have shown it."""

from __future__ import annotations

import cv2
import numpy as np

from detect.arrays import Pixels, Singles

# A dark aircraft on bright concrete is what is missed most, and rare: some crops are shown as negatives.
NEGATIVE_SHARE = 0.08


def as_seen(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Return the crop, (H, W, 3) uint8, with another sharpness, light, colour, noise and compression."""
    image: Singles = pixels.astype(np.float32) / np.float32(255)
    if rng.random() < NEGATIVE_SHARE:
        image = 1 - image
    if rng.random() < 0.3:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, 1.3)).astype(np.float32)
    elif rng.random() < 0.2:  # what some providers sharpen
        soft = cv2.GaussianBlur(image, (0, 0), 1.0).astype(np.float32)
        image += np.float32(rng.uniform(0.3, 1.2)) * (image - soft)
    if rng.random() < 0.35:
        mix = rng.dirichlet(np.ones(3)).astype(np.float32)
        image = np.repeat((image @ mix)[..., None], 3, axis=2)
    else:
        image *= rng.normal(1, 0.06, 3).astype(np.float32)
        if rng.random() < 0.15:
            image = image[..., rng.permutation(3)]
        if rng.random() < 0.25:
            image = _misregistered(image, rng)
        if rng.random() < 0.2:  # a cast of colour, or colours that a stretch has burnt
            grey = image.mean(axis=2, keepdims=True)
            image = grey + (image - grey) * np.float32(rng.uniform(0.2, 2.2))
            image *= rng.normal(1, 0.15, 3).astype(np.float32)
    image = np.clip(image, 0, 1) ** np.float32(np.exp(rng.normal(0, 0.3)))
    low, contrast = rng.normal(0, 0.07), np.exp(rng.normal(0, 0.25))
    image = (image - 0.45) * np.float32(contrast) + np.float32(0.45 + low)
    if rng.random() < 0.15:
        image = _shaded(image, rng)
    if rng.random() < 0.2:
        image = _hazed(image, rng)
    if rng.random() < 0.12:  # saturated highlights
        image = np.minimum(image * np.float32(rng.uniform(1.1, 1.6)), 1)
    if rng.random() < 0.5:
        image += rng.normal(0, rng.uniform(0, 0.035), (*image.shape[:2], 1)).astype(np.float32)
    seen = np.clip(np.round(image * 255), 0, 255).astype(np.uint8)
    if rng.random() < 0.4:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 92))]
        seen = np.asarray(cv2.imdecode(cv2.imencode(".jpg", seen, quality)[1], cv2.IMREAD_COLOR), np.uint8)
    return seen


def _misregistered(image: Singles, rng: np.random.Generator) -> Singles:
    """Return the crop with its bands out of register, as some satellites take them one after the other."""
    bands = []
    for band in range(3):
        shift = np.float32([[1, 0, rng.normal(0, 0.7)], [0, 1, rng.normal(0, 0.7)]])
        bands.append(
            cv2.warpAffine(image[..., band], shift, image.shape[1::-1], borderMode=cv2.BORDER_REPLICATE)
        )
    return np.stack(bands, axis=2).astype(np.float32)


def _hazed(image: Singles, rng: np.random.Generator) -> Singles:
    """Return the crop under haze or thin cloud that thickens across it."""
    coarse = rng.uniform(0, 1, (4, 4)).astype(np.float32)
    veil = cv2.resize(coarse, image.shape[1::-1], interpolation=cv2.INTER_CUBIC)[..., None]
    veil = np.clip(veil, 0, 1) * np.float32(rng.uniform(0.15, 0.65))
    light = np.float32(rng.uniform(0.6, 0.95)) * rng.normal(1, 0.04, 3).astype(np.float32)
    return np.asarray(image * (1 - veil) + light * veil, dtype=np.float32)


def _shaded(image: Singles, rng: np.random.Generator) -> Singles:
    """Lay a cloud's or a hangar's shadow across the crop."""
    a, offset = rng.uniform(0, 2 * np.pi), rng.uniform(-0.3, 0.3)
    height, width = image.shape[:2]
    rows, cols = np.mgrid[-0.5 : 0.5 : height * 1j, -0.5 : 0.5 : width * 1j]
    edge = (np.cos(a) * cols + np.sin(a) * rows - offset) * rng.choice([6.0, 80.0])
    shade = 1 - rng.uniform(0.2, 0.6) / (1 + np.exp(-8 * edge))
    return np.asarray(image * shade[..., None], dtype=np.float32)
