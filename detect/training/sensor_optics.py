"""Effects of optics and detectors: blur, sampling, bands out of register, pansharpening, noise, stripes.

Each takes and returns an image, (H, W, 3) float32 in 0..1, and draws its values from the ranges it is given.
"""

from __future__ import annotations

import cv2
import numpy as np

from detect.arrays import Pixels, Singles
from imagery.grid import Floats

Range = tuple[float, float]  # least, most

# A Gaussian of that many pixels of the sensor, with the pixel's own aperture, leaves 0.41 to 0.11 of the
# contrast at the sampling limit: what the makers of satellites of 0.3 to 3 m state.
OPTICS_SIGMA = (0.3, 0.6)
ENLARGED_BY = (cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4, cv2.INTER_NEAREST)
ENLARGED_SHARES = (0.55, 0.22, 0.15, 0.08)
CARELESS = 0.2  # of what is made smaller is not averaged: it aliases or rings


def sampled(pixels: Pixels, factor: float, rng: np.random.Generator) -> Pixels:
    """Return the image, (H, W, 3) uint8, as a sensor with pixels ``factor`` times as large shows it."""
    rows, cols = pixels.shape[:2]
    small = max(8, round(cols / factor)), max(8, round(rows / factor))
    sigma = rng.uniform(*OPTICS_SIGMA) * factor
    ratio = rng.uniform(1, 1.4) ** rng.choice([-0.5, 0.5])
    soft = cv2.GaussianBlur(pixels, (0, 0), sigma * ratio, sigmaY=sigma / ratio)
    coarse = cv2.resize(soft, small, interpolation=cv2.INTER_AREA)
    how = int(rng.choice(ENLARGED_BY, p=ENLARGED_SHARES))
    return np.asarray(cv2.resize(coarse, (cols, rows), interpolation=how), np.uint8)


def resampled(pixels: Pixels, side: int, rng: np.random.Generator) -> Pixels:
    """Return the image, (N, N, 3) uint8, at another size, by one of the ways in which others do that."""
    if pixels.shape[0] <= side:
        how = int(rng.choice(ENLARGED_BY, p=ENLARGED_SHARES))
    elif rng.random() < CARELESS:
        how = int(rng.choice([cv2.INTER_NEAREST, cv2.INTER_LINEAR, cv2.INTER_LANCZOS4]))
    else:
        how = cv2.INTER_AREA
    return np.asarray(cv2.resize(pixels, (side, side), interpolation=how), np.uint8)


def blurred(image: Singles, rng: np.random.Generator, sigma_px: Range, ratio: Range) -> Singles:
    """Blur the image, along one axis more than along the other, as flight and read-out do."""
    sigma, longer = rng.uniform(*sigma_px), rng.uniform(*ratio) ** rng.choice([-0.5, 0.5])
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma * longer, sigmaY=sigma / longer), np.float32)


def misregistered(image: Singles, rng: np.random.Generator, shift_px: Range) -> Singles:
    """Shift two bands against the third, since some satellites take them one after the other."""
    angle, far = rng.uniform(0, 2 * np.pi), rng.uniform(*shift_px)
    step = far * np.array([np.cos(angle), np.sin(angle)])
    bands = list(cv2.split(image))
    order = rng.permutation(3)
    for times, band in zip((rng.uniform(-1, 1), 1.0), order, strict=False):
        bands[band] = _shifted(bands[band], step * times)
    return np.asarray(cv2.merge(bands), np.float32)


def pansharpened(
    image: Singles, rng: np.random.Generator, factor: Range, shift_px: Range, detail: Range
) -> Singles:
    """Give the image the colours of a coarser one: they bleed over edges and lie beside them.

    Args:
        image: (H, W, 3).
        rng: Source of all that is random.
        factor: How many times as large the pixels of the coloured image are.
        shift_px: How far it lies off.
        detail: How much more contrast the fine band has than the colours.
    """
    grey = image.mean(axis=2, keepdims=True, dtype=np.float32)
    size = image.shape[1::-1]
    small = [max(8, round(side / rng.uniform(*factor))) for side in size]
    colours = cv2.resize(image - grey, small, interpolation=cv2.INTER_AREA)
    colours = cv2.resize(colours, size, interpolation=cv2.INTER_CUBIC)
    angle, far = rng.uniform(0, 2 * np.pi), rng.uniform(*shift_px)
    colours = _shifted(colours, far * np.array([np.cos(angle), np.sin(angle)]))
    fine = grey[..., 0] - cv2.GaussianBlur(grey[..., 0], (0, 0), 1.5)
    grey = grey + np.float32(rng.uniform(*detail)) * fine[..., None]
    return np.asarray(colours + grey, np.float32)


def photon_noisy(image: Singles, rng: np.random.Generator, sigma: Range) -> Singles:
    """Add noise of light, the same in all bands: more where it is bright, by the root."""
    noise = rng.standard_normal(image.shape[:2], dtype=np.float32) * np.float32(rng.uniform(*sigma))
    noise *= np.sqrt(np.maximum(image[..., 1], np.float32(0.05)))
    return np.asarray(image + noise[..., None], np.float32)


def colour_noisy(image: Singles, rng: np.random.Generator, sigma: Range) -> Singles:
    """Add noise of each band's own, as a hard stretch of a dark image brings out."""
    noise = rng.standard_normal(image.shape, dtype=np.float32)
    noise *= np.float32(rng.uniform(*sigma))
    noise += image
    return noise


def striped(image: Singles, rng: np.random.Generator, sigma: Range) -> Singles:
    """Give each detector of a line of them another gain: stripes down or across the image."""
    axis = int(rng.integers(2))
    gains = rng.normal(1, rng.uniform(*sigma), image.shape[axis]).astype(np.float32)
    return np.asarray(image * (gains[:, None, None] if axis == 0 else gains[:, None]), np.float32)


def vignetted(image: Singles, rng: np.random.Generator, darkness: Range) -> Singles:
    """Darken the image away from a point in or beside it."""
    rows, cols = (
        np.linspace(0, 1, side, dtype=np.float32) - np.float32(rng.uniform(-0.3, 1.3))
        for side in image.shape[:2]
    )
    far = rows[:, None] ** 2 + cols**2
    fall = 1 - np.float32(rng.uniform(*darkness)) * far / far.max()
    return np.asarray(image * fall[..., None], np.float32)


def _shifted(image: Singles, step: Floats) -> Singles:
    matrix = np.array([[1, 0, step[0]], [0, 1, step[1]]])
    return np.asarray(
        cv2.warpAffine(image, matrix, image.shape[1::-1], borderMode=cv2.BORDER_REPLICATE), np.float32
    )
