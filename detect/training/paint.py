"""Paint for cut-out aircraft: the light on them stays, the colour is another's."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from detect.arrays import Pixels, Singles
from detect.training.cutouts import Cutout
from detect.training.free_ground import GroundPatch
from imagery.grid import Floats
from imagery.synthetic.canvas import noise

# Red, green, blue of paints as they look from above in daylight.
DULL_PAINTS = np.array(
    [
        (166, 169, 170), (128, 134, 138), (104, 110, 114), (82, 86, 88), (60, 63, 66),  # greys
        (96, 100, 82), (80, 88, 66), (66, 76, 58), (108, 112, 92),  # greens
        (176, 156, 122), (150, 132, 102), (196, 180, 150), (128, 106, 80),  # sand and brown
    ],
    dtype=np.float64,
)  # fmt: skip
OTHER_PAINTS = np.array(
    [
        (44, 56, 88), (66, 84, 116), (112, 130, 150),  # blues
        (206, 207, 205), (186, 188, 190),  # bare metal
        (240, 240, 236), (250, 248, 242),  # white
    ],
    dtype=np.float64,
)  # fmt: skip
PAINTS = np.concatenate([DULL_PAINTS, OTHER_PAINTS])
# Shares of the aircraft: in their own paint, in a plain one, in the ground's tone; others are camouflaged.
OWN, PLAIN, TONED = 0.15, 0.3, 0.3
LEAST_CONTRAST, CONTRAST_RANGE = 0.07, 0.45  # to which power of e a tone differs from the ground's
SECOND_TONED = 0.4  # of those in the ground's tone have two of them
THREE_TONED = 0.4  # of the camouflaged
FROM_GROUND = 0.5  # of the camouflaged have one colour of the ground's
BLOTCH = (0.06, 0.3)  # of the length
FINEST_SHADING = 0.04  # of the length: what is smoother than this is paint, what is finer is shape
LIGHTEST, DARKEST = 1.5, 0.5
OTHER_BODY, BODY_HALF = 0.3, 0.06  # of the aircraft have a fuselage of another tone; its half width in spans

Colours = Callable[[tuple[int, ...], float], Singles]


def repainted(cutout: Cutout, ground: GroundPatch, rng: np.random.Generator) -> Singles:
    """Return a cutout's colours under another paint, (H, W, 3) float32.

    Args:
        cutout: The aircraft.
        ground: The ground that it comes onto.
        rng: Source of all that is random.
    """
    colours = random_paint(ground, rng)
    if colours is None:
        return np.asarray(cutout.pixels * rng.normal(1, 0.04, 3) * rng.uniform(0.7, 1.05), np.float32)
    length, alpha = float(cutout.size.max()), cutout.alpha
    light = shading(cutout.pixels, alpha, FINEST_SHADING * length) ** np.float32(rng.uniform(0.6, 1.1))
    light *= shading(cutout.pixels, alpha, length) ** np.float32(rng.uniform(0, 0.3))
    if rng.random() < OTHER_BODY:
        aside, _ = cutout.from_axes()
        light[np.abs(aside) < BODY_HALF * cutout.size[1]] *= np.float32(rng.uniform(0.8, 1.25))
    return np.asarray(np.clip(colours(alpha.shape, length) * light[..., None], 2, 254), np.float32)


def random_paint(ground: GroundPatch, rng: np.random.Generator) -> Colours | None:
    """Return a paint: a function from a shape and a length in pixels to (H, W, 3) float32; None for no other.

    A thing wears one paint, a plain one, the ground's tone, or two or three in blotches.
    """
    chance = rng.random()
    if chance < OWN:
        return None
    if chance < OWN + PLAIN:
        tones = [_worn(PAINTS, rng)]
    elif chance < OWN + PLAIN + TONED:
        tones = [_toned(ground, rng) for _ in range(2 if rng.random() < SECOND_TONED else 1)]
    else:
        tones = [_toned(ground, rng) if rng.random() < FROM_GROUND else _worn(DULL_PAINTS, rng)]
        for _ in range(2 if rng.random() < THREE_TONED else 1):
            factor = np.exp(rng.choice([-1, 1]) * rng.uniform(0.1, 0.5)) * rng.normal(1, 0.08, 3)
            tones.append(tones[0] * factor if rng.random() < 0.5 else _worn(DULL_PAINTS, rng))
    blotch, bounds = rng.uniform(*BLOTCH), [rng.uniform(-0.3, 0.6) for _ in tones[1:]]

    def colours(shape: tuple[int, ...], length: float) -> Singles:
        rows, cols = shape
        painted = np.tile(tones[0].astype(np.float32), (rows, cols, 1))
        for tone, bound in zip(tones[1:], bounds, strict=True):
            field = noise(rng, max(shape), max(2.0, blotch * length), octaves=2)[:rows, :cols]
            edge = np.clip((field - np.float32(bound)) * 6 + np.float32(0.5), 0, 1)[..., None]
            painted += edge * (tone.astype(np.float32) - painted)
        return painted

    return colours


def _worn(paints: Floats, rng: np.random.Generator) -> Floats:
    return np.asarray(paints[rng.integers(len(paints))] * rng.normal(1, 0.04, 3) * rng.uniform(0.75, 1.1))


def _toned(ground: GroundPatch, rng: np.random.Generator) -> Floats:
    """Return the ground's colour, a little lighter or darker: as little as an eye can still see."""
    colour = np.maximum(ground.colour, 25)
    contrast = max(LEAST_CONTRAST, ground.spread / float(colour.mean())) + CONTRAST_RANGE * rng.random() ** 2
    factor = np.exp(rng.choice([-1, 1]) * contrast) * rng.normal(1, 0.03, 3)
    return np.asarray(np.clip(colour * factor, 12, 250))


def shading(pixels: Pixels, alpha: Singles, smooth_px: float) -> Singles:
    """Return how light each pixel is beside what is around it on the same thing, (H, W) float32, about 1."""
    light = np.maximum(pixels.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32), 4)
    weight, smooth = np.maximum(alpha, 1e-3), max(smooth_px, 0.8)
    base = cv2.GaussianBlur(light * weight, (0, 0), smooth) / cv2.GaussianBlur(weight, (0, 0), smooth)
    return np.asarray(np.clip(light / base, DARKEST, LIGHTEST), np.float32)
