"""What every detector finds in drawn images, where the truth is known exactly."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from detect import DETECTORS
from detect.detector import Detector, Hit
from detect.detectors import load_detector
from imagery.tiling import Tile, TileImage

SIDE_M = 160.0
PLACE_M = np.array([75.0, 84.0])
PAVEMENT, BRIGHT, DARK = 110.0, 190.0, 40.0
# The right half of an airliner, nose first, as fractions of wingspan and of length.
HALF = np.array(
    [
        *[(0, 0.5), (0.05, 0.44), (0.055, 0.17), (0.5, -0.07), (0.5, -0.13)],
        *[(0.055, -0.05), (0.04, -0.36), (0.2, -0.46), (0.2, -0.5), (0, -0.47)],
    ]
)
OUTLINE = np.vstack([HALF, (HALF * (-1, 1))[::-1]])


@pytest.fixture(params=DETECTORS)
def detector(request: pytest.FixtureRequest) -> Detector:
    return load_detector(request.param)


@pytest.fixture(params=[name for name in DETECTORS if name != "network"])
def untrained(request: pytest.FixtureRequest) -> Detector:
    """Detectors that go by shape alone; what a network makes of flat drawings says nothing of it."""
    return load_detector(request.param)


def concrete(gsd_m: float, noise: float = 3.0) -> np.ndarray:
    side = round(SIDE_M / gsd_m)
    return np.random.default_rng(7).normal(PAVEMENT, noise, (side, side)).astype(np.float32)


def paint(image: np.ndarray, gsd_m: float, ring_m: np.ndarray, grey: float) -> None:
    mask = np.zeros(image.shape, np.float32)
    cv2.fillPoly(mask, [np.round((ring_m / gsd_m - 0.5) * 16).astype(np.int32)], 1.0, shift=4)
    image += (grey - PAVEMENT) * cv2.GaussianBlur(mask, (0, 0), 0.6)


def aircraft(wingspan_m: float, heading_deg: float) -> np.ndarray:
    angle = np.radians(heading_deg)
    right, ahead = np.array([np.cos(angle), np.sin(angle)]), np.array([np.sin(angle), -np.cos(angle)])
    return OUTLINE[:, :1] * wingspan_m * right + OUTLINE[:, 1:] * 1.05 * wingspan_m * ahead + PLACE_M


def rectangle(length_m: float, width_m: float, angle_deg: float = 20.0) -> np.ndarray:
    return cv2.boxPoints((tuple(PLACE_M), (length_m, width_m), angle_deg))


def tile_image(image: np.ndarray, gsd_m: float, valid: np.ndarray | None = None, bands: int = 1) -> TileImage:
    rows, cols = image.shape
    pixels = np.repeat(image.round().clip(0, 255).astype(np.uint8)[..., None], bands, axis=2)
    whole = np.ones(image.shape, bool) if valid is None else valid
    return TileImage(Tile(0, 0, cols, rows, cols, rows), pixels, whole, gsd_m)


def scene_with(wingspan_m: float, heading_deg: float, gsd_m: float, grey: float = BRIGHT) -> TileImage:
    image = concrete(gsd_m)
    paint(image, gsd_m, aircraft(wingspan_m, heading_deg), grey)
    return tile_image(image, gsd_m)


def surest(hits: list[Hit]) -> Hit:
    return max(hits, key=lambda hit: hit.score)


def turn_between(first_deg: float, second_deg: float, *, full: bool) -> float:
    circle = 360.0 if full else 180.0
    return abs((first_deg - second_deg + circle / 2) % circle - circle / 2)


@pytest.mark.parametrize(
    ("wingspan_m", "heading_deg", "gsd_m", "grey"),
    [
        (12.0, 37.0, 0.5, BRIGHT),
        (12.0, 225.0, 0.5, DARK),
        (20.0, 130.0, 0.5, DARK),
        (20.0, 290.0, 1.0, BRIGHT),
        (35.0, 0.0, 0.5, BRIGHT),
        (35.0, 290.0, 0.5, DARK),
        (35.0, 130.0, 1.0, BRIGHT),
        (60.0, 0.0, 0.7, DARK),
        (60.0, 290.0, 1.0, BRIGHT),
    ],
)
def test_an_aircraft_is_found_where_it_stands_at_its_size_and_turned_as_it_is(
    untrained: Detector, wingspan_m: float, heading_deg: float, gsd_m: float, grey: float
) -> None:
    hit = surest(untrained.hits(scene_with(wingspan_m, heading_deg, gsd_m, grey)))
    assert hit.score > 1.5 * untrained.min_score
    assert np.hypot(*(np.array(hit.box.center) * gsd_m - PLACE_M)) < 0.1 * wingspan_m
    # The drawn aircraft is none of the kinds in the bank; another at another size may fit most of its edges.
    assert hit.box.width * gsd_m == pytest.approx(wingspan_m, rel=0.2)
    assert hit.box.length * gsd_m == pytest.approx(1.05 * wingspan_m, rel=0.2)
    assert turn_between(hit.box.angle_deg, heading_deg, full=hit.heading_sure) < 10


def test_nose_and_tail_of_a_clear_aircraft_are_told_apart() -> None:
    detector = load_detector("contour")
    for heading_deg in (0.0, 100.0, 200.0, 300.0):
        hit = surest(detector.hits(scene_with(35.0, heading_deg, 0.5)))
        assert hit.heading_sure
        assert turn_between(hit.box.angle_deg, heading_deg, full=True) < 10


def test_the_extent_is_that_of_the_planform_not_of_the_box(untrained: Detector) -> None:
    ring = aircraft(40.0, 45.0)
    hit = surest(untrained.hits(scene_with(40.0, 45.0, 0.5)))
    truth = np.concatenate([ring.min(axis=0), ring.max(axis=0)])
    # Diagonally, the corners of the box reach 5 m further out on each side.
    assert np.abs(np.array(hit.extent) * 0.5 - truth).max() < 4.0


@pytest.mark.parametrize("gsd_m", [0.5, 1.0])
@pytest.mark.parametrize(
    "thing",
    ["empty apron", "noise", "runway stripe", "building", "vehicle", "slab joints"],
)
def test_what_is_no_aircraft_stays_below_the_score_worth_an_analysts_time(
    detector: Detector, thing: str, gsd_m: float
) -> None:
    image = concrete(gsd_m, noise=12.0 if thing == "noise" else 3.0)
    if thing == "runway stripe":
        paint(image, gsd_m, rectangle(400.0, 0.9), 220.0)
    elif thing == "building":
        paint(image, gsd_m, rectangle(60.0, 24.0), 220.0)
    elif thing == "vehicle":
        paint(image, gsd_m, rectangle(11.0, 2.6), 220.0)
    elif thing == "slab joints":
        image[:: round(7 / gsd_m)] -= 15
        image[:, :: round(7 / gsd_m)] -= 15
    assert [hit for hit in detector.hits(tile_image(image, gsd_m)) if hit.score >= detector.min_score] == []


def test_sizes_are_metres_so_that_the_resolution_does_not_change_them(untrained: Detector) -> None:
    fine, coarse = (surest(untrained.hits(scene_with(40.0, 70.0, gsd_m))) for gsd_m in (0.5, 1.0))
    assert coarse.box.width * 1.0 == pytest.approx(fine.box.width * 0.5, rel=0.1)
    assert coarse.box.length * 1.0 == pytest.approx(fine.box.length * 0.5, rel=0.1)


def test_the_same_tile_gives_the_same_hits_in_the_same_order(detector: Detector) -> None:
    image = scene_with(30.0, 200.0, 0.5)
    assert detector.hits(image) == detector.hits(image)


def test_grey_and_colour_of_the_same_ground_give_the_same_hits(detector: Detector) -> None:
    image = concrete(0.5)
    paint(image, 0.5, aircraft(30.0, 60.0), BRIGHT)
    assert detector.hits(tile_image(image, 0.5)) == detector.hits(tile_image(image, 0.5, bands=3))


def test_the_edge_of_the_data_is_no_edge_of_an_aircraft(detector: Detector) -> None:
    image = concrete(0.5)
    hole = np.zeros(image.shape, np.float32)
    paint(hole, 0.5, aircraft(35.0, 20.0), PAVEMENT + 1)
    valid = hole < 0.05
    image[~valid] = 0
    hits = detector.hits(tile_image(image, 0.5, valid))
    assert [hit for hit in hits if hit.score >= detector.min_score] == []


def test_a_tile_smaller_than_an_aircraft_or_without_data_is_no_error(detector: Detector) -> None:
    assert detector.hits(tile_image(concrete(0.5)[:7, :5], 0.5)) == []
    image = concrete(0.5)
    assert detector.hits(tile_image(image, 0.5, np.zeros(image.shape, bool))) == []


def test_scores_are_between_0_and_1_and_the_settings_are_told(detector: Detector) -> None:
    assert all(0 <= hit.score <= 1 for hit in detector.hits(scene_with(25.0, 10.0, 0.5)))
    assert detector.info.params_hash == load_detector(detector.info.name).info.params_hash
    assert 0.5 <= detector.working_gsd_m(0.3) <= 1.0
    assert 1.0 <= detector.working_gsd_m(3.0) <= 3.0
