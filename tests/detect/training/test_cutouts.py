"""Aircraft cut out of photographs: the mask holds the aircraft, neither its shadow nor its ground."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from detect.training.cutouts import Cutout, cutouts_of
from detect.training.cutting import Surroundings
from detect.training.photographs import Photographs, SmallPhotograph, read_photographs
from imagery.aircraft.planform import planform_of
from imagery.aircraft.types import aircraft_types
from imagery.grid import Floats
from imagery.synthetic.aircraft_drawing import MILITARY_LIVERIES, Livery, Pose, draw_aircraft
from imagery.synthetic.aircraft_drawing import Photograph as Backdrop
from imagery.synthetic.canvas import Sun

GSD_M = 0.3
NOSE_DEG = 140.0
PALE = Livery((236, 236, 232), (214, 214, 210), (60, 80, 150), (190, 190, 190))


def _ground(tone: float = 120) -> Floats:
    return np.clip(np.random.default_rng(1).normal(tone, 4, (256, 256, 3)), 0, 255)


def _drawn(livery: Livery = PALE) -> tuple[Photographs, Floats]:
    """Return a photograph of an airliner in hard light, and where it is: (256, 256) bool."""
    planform = planform_of(aircraft_types()["A320"])
    pose = Pose((128.0, 126.0), NOSE_DEG, 1 / GSD_M)
    pixels = _ground().astype(np.float32)
    draw_aircraft(Backdrop(Sun(70, 35), pixels), planform, pose, livery, np.random.default_rng(2))
    truth = np.zeros((256, 256), np.uint8)
    for part in planform.parts:
        cv2.fillPoly(truth, [np.round(pose.to_px(part.outline) - 0.5).astype(np.int32)], 1)
    rows, cols = np.nonzero(truth)
    extent = np.array([[cols.min(), rows.min(), cols.max() + 1, rows.max() + 1]], float)
    shown = cv2.GaussianBlur(pixels, (0, 0), 0.7).round().clip(0, 255).astype(np.uint8)
    return _photographs(shown, extent), truth.astype(bool)


def _photographs(pixels: np.ndarray, extents: Floats) -> Photographs:
    photograph = SmallPhotograph(pixels.astype(np.uint8), "airplane", extents, np.empty((0, 4)))
    return Photographs([photograph], [], GSD_M, [])


def _cover(cutout: Cutout, photographs: Photographs) -> Floats:
    """Return the cover of the whole photograph."""
    (photograph,) = photographs.with_aircraft
    left, top = Surroundings(photograph.pixels, photograph.extents[0]).low
    cover = np.zeros((256, 256))
    rows, cols = cutout.alpha.shape
    cover[top : top + rows, left : left + cols] = cutout.alpha
    return cover


@pytest.mark.parametrize("livery", [PALE, MILITARY_LIVERIES[3]])
def test_what_is_cut_out_is_the_aircraft_without_its_shadow(livery: Livery) -> None:
    photographs, truth = _drawn(livery)
    (cutout,) = cutouts_of(photographs)
    cover = _cover(cutout, photographs) > 0.5
    assert (cover & truth).sum() / (cover | truth).sum() > 0.8
    near = cv2.dilate(truth.astype(np.uint8), np.ones((5, 5))).astype(bool)
    assert (cover & ~near).sum() < 0.02 * cover.sum()
    turn = abs((cutout.axis_deg - NOSE_DEG + 180) % 360 - 180)
    assert turn < 4 or (not cutout.nose_sure and turn > 176)
    a320 = aircraft_types()["A320"]
    assert cutout.size * GSD_M == pytest.approx([a320.length_m, a320.wingspan_m], rel=0.06)


def test_colours_go_on_around_the_aircraft() -> None:
    """A feathered edge would otherwise be a rim of the old ground, which tells a pasted aircraft."""
    photographs, _ = _drawn()
    (cutout,) = cutouts_of(photographs)
    edge = (cutout.alpha > 0.02) & (cutout.alpha < 0.5)
    middle = cutout.alpha > 0.9
    grey = cutout.pixels.mean(axis=2)
    assert np.median(grey[edge]) > 0.85 * np.median(grey[middle])


def test_what_is_not_an_aircraft_is_not_cut_out() -> None:
    """A wrong extent, or an aircraft that cannot be told from its ground, must not become a sample."""
    blank = _ground()
    car = _ground()
    car[110:146, 90:166] = 230
    extents = np.array([[88.0, 88, 168, 168]])
    assert cutouts_of(_photographs(blank, extents)) == []
    assert cutouts_of(_photographs(car, extents)) == []


def test_the_same_photographs_give_the_same_cutouts() -> None:
    photographs, _ = _drawn()
    (one,), (same,) = (cutouts_of(photographs) for _ in range(2))
    assert np.array_equal(one.alpha, same.alpha)
    assert np.array_equal(one.pixels, same.pixels)


@pytest.mark.realdata
@pytest.mark.slow
def test_most_real_aircraft_are_cut_out(shared_data: Path) -> None:
    folder = shared_data / "ucmerced"
    photographs = read_photographs(folder / "annotations.json", folder / "negatives")
    cutouts = cutouts_of(photographs)
    assert len(cutouts) >= 150  # of 182
    assert sum(cutout.nose_sure for cutout in cutouts) >= 120
    sizes_m = np.array([cutout.size for cutout in cutouts]) * photographs.gsd_m
    assert sizes_m.min() > 5
    assert sizes_m.max() < 65
