"""Where a network sees aircraft that are not there."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from detect.arrays import Pixels, Singles
from detect.detectors.network import CHANNELS
from detect.training import mining
from detect.training.mining import hard_places
from detect.training.training_picture import Aircraft, TrainingPicture


def _reddish(images: Singles) -> Singles:
    """Return the output of a network that says "aircraft", 32 pixels large, of every red patch."""
    count, _, rows, cols = images.shape
    output = np.zeros((count, CHANNELS, rows // 4, cols // 4), np.float32)
    for number, image in enumerate(images):
        red = cv2.resize(image[0] - image[1], (cols // 4, rows // 4), interpolation=cv2.INTER_AREA)
        output[number, 0] = 12 * cv2.GaussianBlur(red, (0, 0), 1) - 4
    return output


def _picture(
    *patches: tuple[int, int, int], gsd_m: float = 0.6, aircraft: Aircraft | None = None, ignored: int = 0
) -> TrainingPicture:
    """Return grey ground with red patches: column and row of the middle, and how red."""
    pixels: Pixels = np.full((700, 650, 3), 80, np.uint8)
    for col, row, red in patches:
        pixels[row - 10 : row + 10, col - 10 : col + 10] = red, 0, 0
    forgotten = np.array([[col - 15.0, row - 15, col + 15, row + 15] for col, row, _ in patches[:ignored]])
    return TrainingPicture(pixels, gsd_m, aircraft or Aircraft.none(), forgotten.reshape(-1, 4))


def test_false_alarms_are_found_where_they_are_and_once() -> None:
    """Two resolutions see the same thing; crops around it must not count it twice, nor lie beside it."""
    places = hard_places(_reddish, [_picture(), _picture((206, 306, 255), (600, 650, 190), gsd_m=0.5)])
    assert [place.picture for place in places] == [1, 1]
    assert places[0].center == pytest.approx((206, 306), abs=5)
    assert places[1].center == pytest.approx((600, 650), abs=5)
    assert places[0].score > places[1].score > mining.LEAST_SCORE


def test_real_aircraft_and_what_is_ignored_are_no_false_alarms() -> None:
    extents = np.array([[190.0, 290, 220, 320]])
    aircraft = Aircraft(extents, np.zeros(1), np.full((1, 2), 30.0))
    assert hard_places(_reddish, [_picture((206, 306, 255))])
    assert not hard_places(_reddish, [_picture((206, 306, 255), aircraft=aircraft)])
    assert not hard_places(_reddish, [_picture((206, 306, 255), ignored=1)])


def test_one_picture_does_not_fill_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mining, "MOST_OF_A_PICTURE", 3)
    crowded = _picture(*((col, row, 255) for col in (80, 200, 320) for row in (80, 200, 320)))
    places = hard_places(_reddish, [crowded, _picture((206, 306, 200))])
    assert sorted(place.picture for place in places) == [0, 0, 0, 1]
