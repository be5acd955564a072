"""Real aircraft under other paint: what is cut out, and what is said of it where it is pasted."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from detect.training.cutouts import Cutout
from detect.training.repainted import with_repainted
from detect.training.training_picture import Aircraft, TrainingPicture


def _arrow(angle_deg: float) -> Cutout:
    """A white T whose bar is near its nose."""
    alpha = np.zeros((120, 120), np.float32)
    ahead = np.array([math.sin(math.radians(angle_deg)), -math.cos(math.radians(angle_deg))])
    aside = np.array([-ahead[1], ahead[0]])
    middle = np.array([60.0, 60.0])
    for one, other in ((-40 * ahead, 40 * ahead), (25 * ahead - 30 * aside, 25 * ahead + 30 * aside)):
        ends = [np.round(middle + end).astype(int).tolist() for end in (one, other)]
        cv2.line(alpha, ends[0], ends[1], 1.0, 9)
    return Cutout(
        np.full((120, 120, 3), 230, np.uint8),
        alpha,
        0.3,
        angle_deg,
        True,
        middle,
        np.array([80.0, 60.0]),
    )


def _plain(tone: int = 120) -> TrainingPicture:
    return TrainingPicture(np.full((900, 900, 3), tone, np.uint8), 0.3, Aircraft.none(), np.empty((0, 4)))


def test_repainted_aircraft_stand_where_the_picture_says() -> None:
    """Each extent must hold an aircraft: its pixels differ from the same ground without one."""
    plain = _plain()
    pasted = with_repainted(plain, [_arrow(30)], 8, np.random.default_rng(3))
    assert len(pasted.aircraft.extents) >= 8
    changed = (pasted.pixels != 120).any(axis=2)
    for col0, row0, col1, row1 in pasted.aircraft.extents.round().astype(int):
        assert changed[row0:row1, col0:col1].mean() > 0.1
    assert (plain.pixels == 120).all()


@pytest.mark.parametrize("angle_deg", [0, 75, 200])
def test_the_nose_turns_with_the_aircraft(angle_deg: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """An arrow's bar must lie in the half that the heading points to, mirrored or not."""
    from detect.training import repainted

    monkeypatch.setattr(repainted, "DECOYS", 0)
    monkeypatch.setattr("detect.training.pasting.SHADOW_STRENGTH", (0.0, 0.0))
    for seed in range(6):
        rng = np.random.default_rng(seed)
        pasted = with_repainted(_plain(), [_arrow(angle_deg)], 3, rng)
        changed = np.abs(pasted.pixels.astype(int) - 120).max(axis=2) > 2
        pairs = zip(pasted.aircraft.extents, pasted.aircraft.angles_deg, strict=True)
        for (col0, row0, col1, row1), angle in pairs:
            rows, cols = np.nonzero(changed[int(row0) : int(row1), int(col0) : int(col1)])
            ahead = np.sin(np.radians(angle)) * cols - np.cos(np.radians(angle)) * rows
            middle = (ahead.min() + ahead.max()) / 2
            assert ahead.mean() > middle


def test_an_unsure_nose_stays_unknown() -> None:
    unsure = _arrow(0)._replace(nose_sure=False)
    pasted = with_repainted(_plain(), [unsure], 3, np.random.default_rng(1))
    assert np.isnan(pasted.aircraft.angles_deg).all()
    assert np.isfinite(pasted.aircraft.sizes).all()


def test_the_same_seed_pastes_the_same() -> None:
    one, same, other = (
        with_repainted(_plain(), [_arrow(30)], 5, np.random.default_rng(seed)).pixels for seed in (1, 1, 2)
    )
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
