"""Paint for cut-out aircraft: the light on them stays, the colour is another's."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from detect.arrays import Singles
from detect.training.cutouts import Cutout
from imagery.grid import Floats
from imagery.synthetic.canvas import noise

# Red, green, blue of paints as they look from above in daylight.
PAINTS = np.array(
    [
        (166, 169, 170), (128, 134, 138), (104, 110, 114), (82, 86, 88), (60, 63, 66),  # greys
        (96, 100, 82), (80, 88, 66), (66, 76, 58), (108, 112, 92),  # greens
        (176, 156, 122), (150, 132, 102), (196, 180, 150), (128, 106, 80),  # sand and brown
        (44, 56, 88), (66, 84, 116), (112, 130, 150),  # blues
        (206, 207, 205), (186, 188, 190),  # bare metal
        (240, 240, 236), (250, 248, 242),  # white
    ],
    dtype=np.float64,
)  # fmt: skip
OWN, PLAIN, TONED = 0.15, 0.3, 0.3  # of the aircraft: its own paint, a plain one, the ground's; or camouflage
CONTRAST = (0.07, 0.5)  # to which power of e the ground's tone is left
THREE_TONED = 0.4  # of the camouflaged
BLOTCH = (0.06, 0.3)  # of the length
FINEST_SHADING = 0.04  # of the length: what is smoother than this is paint, what is finer is shape
LIGHTEST, DARKEST = 1.5, 0.5


def repainted(cutout: Cutout, ground: Floats, rng: np.random.Generator) -> Singles:
    """Return a cutout's colours under another paint, (H, W, 3) float32.

    Args:
        cutout: The aircraft.
        ground: (3,), mean colour of the ground it comes onto.
        rng: Source of all that is random.
    """
    colours = random_paint(ground, rng)
    if colours is None:
        return np.asarray(cutout.pixels * rng.normal(1, 0.04, 3) * rng.uniform(0.7, 1.05), np.float32)
    length = float(cutout.size.max())
    light = shading(cutout.pixels, cutout.alpha, FINEST_SHADING * length) ** np.float32(rng.uniform(0.6, 1.1))
    tone = shading(cutout.pixels, cutout.alpha, length) ** np.float32(rng.uniform(0, 0.3))
    painted = colours(cutout.alpha.shape, length) * (light * tone)[..., None]
    return np.asarray(np.clip(painted, 2, 254), np.float32)


def random_paint(
    ground: Floats, rng: np.random.Generator
) -> Callable[[tuple[int, ...], float], Singles] | None:
    """Return a function from a shape and a length in pixels to colours (H, W, 3); None for a thing's own."""
    chance = rng.random()
    if chance < OWN:
        return None
    if chance < OWN + PLAIN:
        tones = [_worn(PAINTS[rng.integers(len(PAINTS))], rng)]
    elif chance < OWN + PLAIN + TONED:
        tones = [_toned(ground, rng)]
        if rng.random() < THREE_TONED:
            tones.append(_toned(ground, rng))
    else:
        tones = [_toned(ground, rng) if rng.random() < 0.5 else _worn(PAINTS[rng.integers(13)], rng)]
        for _ in range(2 if rng.random() < THREE_TONED else 1):
            other = tones[0] * np.exp(rng.choice([-1, 1]) * rng.uniform(0.1, 0.5)) * rng.normal(1, 0.08, 3)
            tones.append(other if rng.random() < 0.5 else _worn(PAINTS[rng.integers(13)], rng))
    blotch, bounds = rng.uniform(*BLOTCH), [rng.uniform(-0.3, 0.6) for _ in tones[1:]]

    def colours(shape: tuple[int, ...], length: float) -> Singles:
        painted = np.broadcast_to(np.asarray(tones[0], np.float32), (*shape[:2], 3)).copy()
        for tone, bound in zip(tones[1:], bounds, strict=True):
            field = noise(rng, max(shape[:2]), max(2.0, blotch * length), octaves=2)[: shape[0], : shape[1]]
            edge = np.clip((field - bound) * 6 + 0.5, 0, 1)[..., None]
            painted += edge * (np.asarray(tone, np.float32) - painted)
        return painted

    return colours


def _worn(paint: Floats, rng: np.random.Generator) -> Floats:
    return np.asarray(paint * rng.normal(1, 0.04, 3) * rng.uniform(0.75, 1.1))


def _toned(ground: Floats, rng: np.random.Generator) -> Floats:
    """Return the ground's colour, a little lighter or darker: as little as an eye can still see."""
    contrast = np.exp(rng.choice([-1, 1]) * rng.uniform(*CONTRAST))
    return np.asarray(np.clip(np.maximum(ground, 25) * contrast * rng.normal(1, 0.03, 3), 12, 250))


def shading(pixels: Singles | np.ndarray, alpha: Singles, smooth_px: float) -> Singles:
    """Return how light each pixel is beside what is around it on the same thing, (H, W) float32, about 1."""
    light = np.maximum(pixels.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32), 4)
    weight = np.maximum(alpha, 1e-3)
    around = cv2.GaussianBlur(light * weight, (0, 0), max(smooth_px, 0.8))
    base = around / cv2.GaussianBlur(weight, (0, 0), max(smooth_px, 0.8))
    return np.clip(light / base, DARKEST, LIGHTEST).astype(np.float32)
