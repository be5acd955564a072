"""Sensors: a crop as another camera, stretch or archive would have shown it.

`SENSORS` is the recipe, in the order in which the effects happen: what lies on the ground and in the air,
optics and detectors, processing, and what archives and screenshots do to the file.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from detect.arrays import Pixels, Singles
from detect.training import sensor_air as air
from detect.training import sensor_optics as optics
from detect.training import sensor_product as product

UNTOUCHED = 0.25  # of the crops get what `PLAIN` does and no more


class Effect(NamedTuple):
    """One thing that may happen to an image on its way.

    Attributes:
        apply: A function of the image, (H, W, 3) float32 in 0..1, a generator, and the ranges.
        share: Of the crops that get it.
        ranges: What the function draws its values from, by their names: (least, most).
    """

    apply: Callable[..., Singles]
    share: float
    ranges: dict[str, tuple[float, float]]


PLAIN = (
    Effect(product.toned, 1.0, {"gain": (0.85, 1.15), "gamma": (0.85, 1.2)}),
    Effect(product.compressed, 0.4, {"quality": (75, 96)}),
)
SENSORS = (
    # The ground, and the air above it.
    Effect(air.snowed, 0.03, {"cover": (0.4, 0.95)}),
    Effect(air.shaded_by_cloud, 0.06, {"darkness": (0.25, 0.65)}),
    Effect(air.shaded_by_building, 0.07, {"darkness": (0.2, 0.6)}),
    Effect(air.hazed, 0.14, {"thickness": (0.1, 0.6), "light": (0.5, 0.9)}),
    Effect(air.clouded, 0.06, {"thickness": (0.4, 0.9), "cover": (0.15, 0.5)}),
    # Optics and detectors.
    Effect(optics.blurred, 0.25, {"sigma_px": (0.35, 1.2), "ratio": (1, 1.8)}),
    Effect(optics.misregistered, 0.12, {"shift_px": (0.3, 2)}),
    Effect(optics.pansharpened, 0.1, {"factor": (2, 4), "shift_px": (0, 1.5), "detail": (0, 0.6)}),
    Effect(optics.photon_noisy, 0.25, {"sigma": (0.005, 0.05)}),
    Effect(optics.colour_noisy, 0.1, {"sigma": (0.01, 0.06)}),
    Effect(optics.striped, 0.04, {"sigma": (0.006, 0.03)}),
    Effect(optics.vignetted, 0.06, {"darkness": (0.1, 0.5)}),
    # Processing.
    Effect(product.negative, 0.05, {}),
    Effect(product.cast, 0.25, {"low": (-0.15, 0.12), "high": (0.75, 1.15), "gamma": (0.8, 1.25)}),
    Effect(product.saturated, 0.15, {"saturation": (0.2, 2.4)}),
    Effect(product.infrared, 0.05, {"vegetation": (0.8, 2.5)}),
    Effect(product.permuted, 0.05, {}),
    Effect(product.tinted_pan, 0.03, {"tint": (-0.12, 0.12)}),
    Effect(product.panchromatic, 0.25, {}),
    Effect(product.toned, 0.5, {"gain": (0.65, 1.5), "gamma": (0.55, 1.9)}),
    Effect(product.low_contrast, 0.12, {"span": (0.2, 0.6), "low": (0.05, 0.5)}),
    Effect(product.dark, 0.05, {"gain": (0.12, 0.4)}),
    Effect(product.clip_stretched, 0.12, {"low": (0.5, 5), "high": (92, 99.5)}),
    Effect(product.burnt, 0.12, {"gain": (1.2, 2.2)}),
    Effect(product.posterised, 0.05, {"levels": (10, 48)}),
    Effect(product.sharpened, 0.15, {"sigma_px": (0.6, 1.4), "amount": (0.3, 1.5)}),
    # Archives and screens.
    Effect(product.rescaled, 0.1, {"factor": (0.55, 0.97), "amount": (0, 0.8)}),
    Effect(product.compressed, 0.35, {"quality": (25, 92)}),
    Effect(product.compressed_twice, 0.1, {"first": (30, 85), "second": (40, 92)}),
)


def as_seen(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Return the crop, (H, W, 3) uint8, as one of many sensors and archives would have shown it."""
    image: Singles = pixels.astype(np.float32) * np.float32(1 / 255)
    for effect in PLAIN if rng.random() < UNTOUCHED else SENSORS:
        if rng.random() < effect.share:
            image = effect.apply(image, rng, **effect.ranges)
    return product.to_bytes(image)
