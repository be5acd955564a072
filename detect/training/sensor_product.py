"""Effects of processing and archives: colours, stretches, sharpening, screenshots, JPEG.

Each takes and returns an image, (H, W, 3) float32 in 0..1, and draws its values from the ranges it is given.
"""

from __future__ import annotations

import cv2
import numpy as np

from detect.arrays import Pixels, Singles
from detect.training.sensor_optics import ENLARGED_BY, Range

LUMA = (0.299, 0.587, 0.114)
THINNED = 4  # every so many-th pixel is enough for a percentile


def negative(image: Singles, rng: np.random.Generator) -> Singles:
    """Turn bright into dark: dark aircraft on bright concrete are rare, and missed most."""
    return _singles(1 - image * np.float32(rng.uniform(0.7, 1)))


def cast(image: Singles, rng: np.random.Generator, low: Range, high: Range, gamma: Range) -> Singles:
    """Stretch each band by its own limits, so that shadows take one colour and concrete another."""
    bands = []
    for band in cv2.split(image):
        least, most = rng.uniform(*low), rng.uniform(*high)
        stretched = np.clip((band - np.float32(least)) * np.float32(1 / (most - least)), 0, 1)
        bands.append(cv2.pow(stretched, rng.uniform(*gamma)))
    return _singles(cv2.merge(bands))


def saturated(image: Singles, rng: np.random.Generator, saturation: Range) -> Singles:
    """Make colours stronger or weaker."""
    grey = _grey(image)[..., None]
    return _singles(grey + (image - grey) * np.float32(rng.uniform(*saturation)))


def infrared(image: Singles, rng: np.random.Generator, vegetation: Range) -> Singles:
    """Return a colour-infrared-like image: near infrared (guessed: vegetation is bright), red, green."""
    red, green, blue = cv2.split(image)
    green_excess = green - (red + blue) * np.float32(0.5)
    near = green * np.float32(0.9) + np.maximum(green_excess, 0) * np.float32(4 * rng.uniform(*vegetation))
    return _singles(cv2.merge([near, red, green]))


def permuted(image: Singles, rng: np.random.Generator) -> Singles:
    """Return the bands in another order."""
    return _singles(image[..., rng.permutation(3)])


def panchromatic(image: Singles, rng: np.random.Generator) -> Singles:
    """Return one grey band, of any mix of the colours, in all three."""
    mix = rng.dirichlet(np.ones(3)).astype(np.float32)
    return _singles(cv2.cvtColor(cv2.transform(image, mix[None]), cv2.COLOR_GRAY2RGB))


def tinted_pan(image: Singles, rng: np.random.Generator, tint: Range) -> Singles:
    """Return a grey image in one tint, as old or cheaply coloured ones are."""
    return _singles(_grey(image)[..., None] * (1 + rng.uniform(*tint, 3)).astype(np.float32))


def toned(image: Singles, rng: np.random.Generator, gain: Range, gamma: Range) -> Singles:
    """Make the image brighter or darker, and its dark parts more or less so."""
    low, high = np.log(gamma)
    curved = cv2.pow(np.clip(image, 0, 1), float(np.exp(rng.uniform(low, high))))
    return _singles(curved * np.float32(rng.uniform(*gain)))


def low_contrast(image: Singles, rng: np.random.Generator, span: Range, low: Range) -> Singles:
    """Squeeze all grey values into part of the range."""
    width = rng.uniform(*span)
    start = min(rng.uniform(*low), 1 - width)
    return _singles(np.clip(image, 0, 1) * np.float32(width) + np.float32(start))


def dark(image: Singles, rng: np.random.Generator, gain: Range) -> Singles:
    """Show the image as 16 bits are where nothing stretched them: dark, in few grey values."""
    few = np.round(np.clip(image, 0, 1) * np.float32(255 * rng.uniform(*gain)))
    return _singles(few * np.float32(1 / 255))


def clip_stretched(image: Singles, rng: np.random.Generator, low: Range, high: Range) -> Singles:
    """Stretch the image between two percentiles of its grey values; what lies outside is clipped."""
    ends = np.percentile(_grey(image[::THINNED, ::THINNED]), [rng.uniform(*low), rng.uniform(*high)])
    least, most = float(ends[0]), float(max(ends[1], ends[0] + 0.05))
    return _singles(np.clip((image - np.float32(least)) * np.float32(1 / (most - least)), 0, 1))


def burnt(image: Singles, rng: np.random.Generator, gain: Range) -> Singles:
    """Overexpose the image: white paint and concrete run into one, and bleed a little over their edges."""
    bright = image * np.float32(rng.uniform(*gain))
    over = cv2.GaussianBlur(np.maximum(bright - 1, 0), (0, 0), rng.uniform(0.6, 1.6))
    return _singles(np.minimum(bright + over * np.float32(rng.uniform(0, 0.5)), 1))


def posterised(image: Singles, rng: np.random.Generator, levels: Range) -> Singles:
    """Leave few grey values."""
    steps = np.float32(round(rng.uniform(*levels)) - 1)
    return _singles(np.round(np.clip(image, 0, 1) * steps) / steps)


def sharpened(image: Singles, rng: np.random.Generator, sigma_px: Range, amount: Range) -> Singles:
    """Sharpen the image as providers do: bright edges get dark rims."""
    soft = cv2.GaussianBlur(image, (0, 0), rng.uniform(*sigma_px))
    strength = rng.uniform(*amount)
    return _singles(cv2.addWeighted(image, 1 + strength, soft, -strength, 0))


def rescaled(image: Singles, rng: np.random.Generator, factor: Range, amount: Range) -> Singles:
    """Show a screenshot: made smaller by an odd factor, sharpened, enlarged again."""
    size = image.shape[1::-1]
    small = [max(8, round(side * rng.uniform(*factor))) for side in size]
    shrunk = cv2.resize(image, small, interpolation=int(rng.choice([cv2.INTER_AREA, cv2.INTER_LINEAR])))
    sharp = sharpened(_singles(shrunk), rng, (0.6, 1.0), amount)
    return _singles(cv2.resize(sharp, size, interpolation=int(rng.choice(ENLARGED_BY))))


def compressed(image: Singles, rng: np.random.Generator, quality: Range) -> Singles:
    """Compress the image as JPEG."""
    return _from_jpeg(to_bytes(image), int(rng.uniform(*quality)))


def compressed_twice(image: Singles, rng: np.random.Generator, first: Range, second: Range) -> Singles:
    """Compress the image as JPEG, cut it off the grid of 8 pixels, and compress it again."""
    right, down = (int(step) for step in rng.integers(0, 8, 2))
    once = to_bytes(_from_jpeg(to_bytes(image), int(rng.uniform(*first))))
    moved = np.ascontiguousarray(np.roll(once, (down, right), axis=(0, 1)))
    twice = _from_jpeg(moved, int(rng.uniform(*second)))
    return np.roll(twice, (-down, -right), axis=(0, 1))


def to_bytes(image: Singles) -> Pixels:
    """Return the image, (H, W, 3) float32 in 0..1 or beyond, as uint8."""
    return np.asarray(cv2.convertScaleAbs(np.maximum(image, 0), alpha=255), np.uint8)


def _from_jpeg(pixels: Pixels, quality: int) -> Singles:
    bgr = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)  # or red would be compressed as blue
    coded = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    decoded = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)
    return _singles(decoded[..., ::-1]) / np.float32(255)


def _grey(image: Singles) -> Singles:
    return _singles(cv2.transform(image, np.array([LUMA], np.float32)))


def _singles(image: object) -> Singles:
    return np.asarray(image, dtype=np.float32)
