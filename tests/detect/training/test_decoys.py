"""What looks like an aircraft and is none."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from detect.arrays import Singles
from detect.training.decoy_sketch import Sketch, View, bar
from detect.training.decoys import KINDS, Decoy, draw_decoys
from detect.training.drawn_in import with_rendered
from detect.training.training_picture import Aircraft, TrainingPicture
from imagery.synthetic.canvas import Sun

SUN_IN_THE_SOUTH = Sun(180.0, 45.0)
GSD_M = 0.5


def _ground(side: int = 400) -> Singles:
    return np.full((side, side, 3), 120, np.float32)


def _sketch(pixels: Singles, rng: np.random.Generator, lean: tuple[float, float] = (0, 0)) -> Sketch:
    view = View(SUN_IN_THE_SOUTH, np.array(lean, float), GSD_M)
    return Sketch(pixels, view, np.array(pixels.shape[1::-1]) / 2, 0.0, rng)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.draw.__name__)
def test_a_decoy_shows_within_its_reach(kind: Decoy) -> None:
    """Aircraft are kept off its reach, and a decoy that nobody sees teaches nothing."""
    shown = 0
    for seed in range(12):
        pixels = _ground()
        kind.draw(_sketch(pixels, np.random.default_rng(seed)))
        assert np.isfinite(pixels).all()
        assert 0 <= pixels.min() <= pixels.max() <= 255
        changed = np.argwhere(np.abs(pixels - 120).max(axis=2) > 12)
        shown += np.count_nonzero(np.hypot(*(changed - 200).T) * GSD_M < kind.reach_m) > 15
    assert shown >= 9


def test_metres_are_metres_and_edges_are_antialiased() -> None:
    """A bar of 10 m by 1 m covers 40 pixels of half a metre, wherever it lies among them."""
    for seed in range(5):
        pixels = np.zeros((100, 100, 3), np.float32)
        view = View(SUN_IN_THE_SOUTH, np.zeros(2), GSD_M)
        center = np.array([50.0, 50.0]) + np.random.default_rng(seed).uniform(0, 1, 2)
        sketch = Sketch(pixels, view, center, 33.0 * seed, np.random.default_rng(1))
        sketch.paint(bar(10, 1), np.full(3, 200.0))
        assert pixels[..., 0].sum() / 200 == pytest.approx(40, rel=0.04)
        rows, cols = np.nonzero(pixels[..., 0])
        assert (cols.mean() + 0.5, rows.mean() + 0.5) == pytest.approx(center, abs=0.5)


def test_shadows_fall_away_from_the_sun_and_tall_things_lean() -> None:
    """Light from the south at 45 degrees: the shadow of 20 m is 20 m long, to the north."""
    pixels = _ground()
    sketch = _sketch(pixels, np.random.default_rng(1), lean=(0.5, 0))
    sketch.raise_up(bar(2, 2), 0, 20, np.full(3, 230.0))
    darker = np.argwhere(pixels[..., 0] < 75)
    assert (200 - darker[:, 0].min()) * GSD_M == pytest.approx(21, abs=1)
    assert np.abs(darker[:, 1] - 200).max() * GSD_M < 2
    roof = np.argwhere(pixels[..., 0] > 200)
    assert (roof.mean(axis=0) - 200) * GSD_M == pytest.approx((0, 10), abs=0.5)


def test_decoys_keep_off_aircraft_and_off_each_other() -> None:
    """The same seed draws the same; what is taken stays as it was."""
    taken = shapely.box(150, 150, 450, 450)
    pixels, same = _ground(800), _ground(800)
    for picture in (pixels, same):
        places = draw_decoys(picture, taken, SUN_IN_THE_SOUTH, GSD_M, np.random.default_rng(4))
    assert np.array_equal(pixels, same)
    assert len(places) >= 3
    assert not any(place.intersects(taken) for place in places)
    assert all(one.disjoint(other) for i, one in enumerate(places) for other in places[:i])


def test_rendered_aircraft_stand_beside_decoys() -> None:
    """An aircraft drawn over a decoy would be learnt with a cross under it."""
    plain = TrainingPicture(np.full((1400, 1400, 3), 120, np.uint8), GSD_M, Aircraft.none(), np.empty((0, 4)))
    without_aircraft = with_rendered(plain, 0, np.random.default_rng(2))
    assert len(without_aircraft.aircraft.extents) == 0
    drawn = with_rendered(plain, 8, np.random.default_rng(2))
    assert len(drawn.aircraft.extents) >= 8
    decoys = (without_aircraft.pixels != 120).any(axis=2)
    assert decoys.mean() > 0.002
    for col0, row0, col1, row1 in drawn.aircraft.extents.round().astype(int):
        assert decoys[row0:row1, col0:col1].mean() < 0.1
