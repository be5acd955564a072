"""Real aircraft under other paint: what is cut out, and what is said of it where it is pasted."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from detect.training import paint, repainted
from detect.training.cutouts import Cutout
from detect.training.free_ground import GroundPatch
from detect.training.paint import random_paint
from detect.training.paint import repainted as repaint
from detect.training.pasting import Collage, Layer, Thing
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


def test_an_unsure_nose_stays_unknown_and_so_do_length_and_span() -> None:
    unsure = _arrow(0)._replace(nose_sure=False)
    pasted = with_repainted(_plain(), [unsure], 3, np.random.default_rng(1))
    assert np.isnan(pasted.aircraft.angles_deg).all()
    assert np.isnan(pasted.aircraft.sizes).all()
    assert np.isfinite(pasted.aircraft.extents).all()


def test_the_same_seed_pastes_the_same() -> None:
    one, same, other = (
        with_repainted(_plain(), [_arrow(30)], 5, np.random.default_rng(seed)).pixels for seed in (1, 1, 2)
    )
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_decoys_are_pasted_and_not_called_aircraft(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without them, a soft edge and a shadow would tell aircraft from all else."""
    mottled = np.random.default_rng(2).normal(120, 5, (900, 900, 3)).clip(0, 255).astype(np.uint8)
    picture = TrainingPicture(mottled, 0.3, Aircraft.none(), np.empty((0, 4)))
    monkeypatch.setattr(repainted, "TRIES", 0)
    pasted = with_repainted(picture, [_arrow(0)], 30, np.random.default_rng(1))
    assert len(pasted.aircraft.extents) == 0
    assert (pasted.pixels != picture.pixels).any(axis=2).mean() > 0.002


@pytest.mark.parametrize("spread", [3.0, 25.0])
def test_paint_in_the_tone_of_the_ground_can_still_be_seen(
    spread: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What nobody can see must not be called an aircraft."""
    monkeypatch.setattr(paint, "OWN", 0)
    monkeypatch.setattr(paint, "PLAIN", 0)
    monkeypatch.setattr(paint, "TONED", 1)
    monkeypatch.setattr(paint, "SECOND_TONED", 0)
    ground = GroundPatch(np.full(3, 110.0), spread)
    apart = []
    for seed in range(60):
        colours = random_paint(ground, np.random.default_rng(seed))
        assert colours is not None
        apart.append(abs(float(colours((20, 20), 20.0).mean()) - 110))
    assert np.percentile(apart, 10) > 0.6 * max(spread, paint.LEAST_CONTRAST * 110)
    assert np.median(apart) < 60


def test_the_light_on_an_aircraft_stays_under_other_paint() -> None:
    """The round fuselage and the shadow of the fin are what makes it real."""
    lit = _arrow(0)
    lit.pixels[:, :60] = 150  # the left half lies in shade
    painted = repaint(lit, GroundPatch(np.full(3, 110.0), 3.0), np.random.default_rng(5)).mean(axis=2)
    assert painted[60, 61] > 1.1 * painted[60, 58]


def test_a_shadow_falls_beside_the_thing_and_is_darker_than_the_ground() -> None:
    collage = Collage(_plain(), np.random.default_rng(1))
    alpha = np.ones((20, 20), np.float32)
    box = Thing(np.full((20, 20, 3), 200, np.float32), alpha, (Layer(alpha, 0.0, 20.0),))
    extent = collage.paste(box, np.array([450.0, 450.0]), np.eye(2), np.array([10.0, 10.0]))
    assert extent == pytest.approx([440, 440, 460, 460], abs=1)
    grey = collage.picture(Aircraft.none()).pixels.mean(axis=2)
    assert grey[445:455, 445:455].min() > 180
    darker = grey < 100
    darker[436:464, 436:464] = False
    assert darker.sum() > 50
    assert not darker[:380].any()
    assert not darker[520:].any()


def test_no_aircraft_becomes_smaller_or_larger_than_real_ones() -> None:
    """A light aircraft at half its size would be a toy, and look like a bird's or a car's."""
    small = _arrow(0)._replace(gsd_m=0.1)  # 8 m long
    pasted = with_repainted(_plain(), [small], 20, np.random.default_rng(1))
    assert len(pasted.aircraft.sizes) > 10
    assert pasted.aircraft.sizes.max(axis=1).min() * 0.3 > 7.49
