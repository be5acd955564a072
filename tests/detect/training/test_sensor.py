"""What sensors and archives do to a crop, and what they must leave alone."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from detect.arrays import Pixels, Singles
from detect.training.sensor import SENSORS, UNTOUCHED, Effect, as_seen
from detect.training.sensor_optics import resampled, sampled

FURTHEST_PX = 2.5  # the largest shift between bands, and half a pixel


def _apron() -> Pixels:
    """Concrete, grass and noise, a white and a dark aircraft-like cross."""
    rng = np.random.default_rng(5)
    pixels = np.full((320, 320, 3), (128, 124, 118), np.uint8)
    pixels[:, :110] = (88, 112, 64)
    for center, tone in (
        ((210, 90), (236, 236, 240)),
        ((190, 230), (70, 72, 76)),
        ((60, 200), (190, 190, 186)),
    ):
        x, y = center
        cv2.line(pixels, (x - 40, y), (x + 40, y), tone, 9)
        cv2.line(pixels, (x + 8, y - 38), (x - 12, y + 38), tone, 8)
    noisy = pixels + rng.normal(0, 4, pixels.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def apron() -> Singles:
    return _apron().astype(np.float32) / np.float32(255)


def _edges(image: Singles) -> Singles:
    grey = cv2.GaussianBlur(image.mean(axis=2), (0, 0), 2)
    edges = np.hypot(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1))
    return np.asarray(np.minimum(edges, np.percentile(edges[::4, ::4], 97)), np.float32)


def _shift(image: Singles, seen: Singles) -> tuple[int, int]:
    """Return by how many pixels the edges of one image must be moved to lie on the other's, up to 20."""
    likeness = cv2.matchTemplate(_edges(image), _edges(seen)[20:-20, 20:-20], cv2.TM_CCOEFF_NORMED)
    row, col = np.unravel_index(likeness.argmax(), likeness.shape)
    return int(col) - 20, int(row) - 20


@pytest.mark.parametrize("effect", SENSORS, ids=lambda effect: effect.apply.__name__)
def test_an_effect_changes_the_image_and_not_the_place_of_what_it_shows(
    effect: Effect, apron: Singles
) -> None:
    """The extents that go with a crop must still be true of it, and the crop itself is used again."""
    before = apron.copy()
    for seed in range(3):
        seen, same = (effect.apply(apron, np.random.default_rng(seed), **effect.ranges) for _ in range(2))
        assert np.array_equal(seen, same)
        assert np.array_equal(apron, before)
        assert (seen.shape, seen.dtype) == (apron.shape, np.float32)
        assert np.isfinite(seen).all()
        assert max(map(abs, _shift(apron, seen))) < FURTHEST_PX
    changed = [effect.apply(apron, np.random.default_rng(seed), **effect.ranges) for seed in range(3)]
    assert any(np.abs(image - apron).mean() > 0.001 for image in changed)


def test_about_a_quarter_of_the_crops_stay_as_they_were() -> None:
    """What the network does well today, plain images, must not be forgotten."""
    pixels = _apron()
    like = 0
    for seed in range(200):
        seen = as_seen(pixels, np.random.default_rng(seed))
        like += np.corrcoef(seen.ravel(), pixels.ravel())[0, 1] > 0.985
    assert 0.8 * UNTOUCHED < like / 200 < 0.6


def test_aircraft_can_still_be_seen_in_nearly_every_crop() -> None:
    """A target that no eye finds teaches the network to guess."""
    pixels = _apron()
    plain = cv2.GaussianBlur(_edges(pixels.astype(np.float32)), (0, 0), 1).ravel()
    lost = 0
    for seed in range(200):
        seen = as_seen(pixels, np.random.default_rng(seed)).astype(np.float32)
        lost += np.corrcoef(_edges(seen).ravel(), plain)[0, 1] < 0.35
    assert lost / 200 < 0.06


def test_red_stays_red_through_jpeg() -> None:
    """JPEG keeps red, green and blue at different precision; swapped bands would be coded wrongly."""
    from detect.training.sensor_product import compressed

    red = np.zeros((64, 64, 3), np.float32)
    red[..., 0] = 0.8
    seen = compressed(red, np.random.default_rng(1), quality=(40, 41))
    assert seen[32, 32] == pytest.approx([0.8, 0, 0], abs=0.04)


def test_a_coarse_sensor_shows_no_detail_finer_than_its_pixels() -> None:
    """Stripes of one pixel are gone at 3 m, those of 24 are not, and the light is the same."""
    fine = np.tile(np.repeat(np.array([[60], [200]], np.uint8), 1, axis=0), (160, 320))
    broad = np.tile(np.repeat(np.array([[60], [200]], np.uint8), 24, axis=0), (7, 320))[:320]
    for seed in range(10):
        for stripes, spread in ((fine, (0, 6)), (broad, (35, 75))):
            pixels = np.repeat(stripes[..., None], 3, axis=2)
            seen = sampled(pixels, 4, np.random.default_rng(seed))[40:-40, 40:-40]
            assert spread[0] <= seen.std() <= spread[1]
            assert seen.mean() == pytest.approx(pixels[40:-40, 40:-40].mean(), abs=9)


@pytest.mark.parametrize("side", [200, 320, 480])
def test_another_size_shows_the_same_place(side: int) -> None:
    pixels = _apron()
    for seed in range(12):
        seen = resampled(pixels, side, np.random.default_rng(seed))
        assert seen.shape == (side, side, 3)
        back = cv2.resize(seen, (320, 320), interpolation=cv2.INTER_LINEAR).astype(np.float32)
        assert max(map(abs, _shift(pixels.astype(np.float32), back))) < 1.5
