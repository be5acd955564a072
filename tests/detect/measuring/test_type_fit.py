"""Outlines of real types find the type, its nose and its size where they are laid on an image of it."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from detect.arrays import Singles
from detect.measuring.fit import FittedBoxes
from detect.measuring.pose import CHIP_PX, EXTENT_PX, ChipBatch, normalised_gradient
from detect.measuring.type_fit import KEPT_FINE, TypeFits, TypeFitter, TypePoseColumn, type_boxes
from detect.measuring.type_outlines import type_outlines

FINE = 8
GOOD, POOR = 0.9, 0.4  # responses of the kind: with a poor one, every angle is tried


def chips_of(icaos: list[str], angle_deg: float, longer: float = 1.0) -> tuple[ChipBatch, Singles]:
    """Draw types, each in the middle of its chip at the size that a hit's extent gives it."""
    fields, extents, scales = [], [], []
    for icao in icaos:
        shape = type_outlines().shapes[type_outlines().names.index(icao)]
        shape = (shape.real + 1j * longer * shape.imag) * np.exp(1j * math.radians(angle_deg))
        sides = np.array([np.ptp(shape.real), np.ptp(shape.imag)])
        scale = EXTENT_PX / math.sqrt(sides.prod())
        corners = np.column_stack([shape.real, shape.imag]) * scale + CHIP_PX / 2
        fine = np.full((CHIP_PX * FINE, CHIP_PX * FINE), 100, np.uint8)
        cv2.fillPoly(fine, [np.round(corners * FINE * 16).astype(np.int32)], 180, shift=4)
        grey = cv2.resize(fine, (CHIP_PX, CHIP_PX), interpolation=cv2.INTER_AREA).astype(np.uint8)
        fields.append(normalised_gradient(grey, np.ones_like(grey)))
        extents.append(sides * scale)
        scales.append(scale)
    return ChipBatch(np.array(fields), np.array(extents, np.float32)), np.array(scales, np.float32)


def fitted(
    icaos: list[str], angle_deg: float, start_deg: float, response: float, longer: float = 1.0
) -> TypeFits:
    chips, scales = chips_of(icaos, angle_deg, longer)
    count = len(icaos)
    middle = np.full(count, CHIP_PX / 2, np.float32)
    boxes = FittedBoxes(middle, middle, middle, middle, np.full(count, start_deg, np.float32))
    return TypeFitter(chips, scales).fit(
        boxes, np.full(count, response, np.float32), np.ones(count, np.bool_)
    )


def best_of(fits: TypeFits, chip: int) -> int:
    own = np.flatnonzero(fits.chip == chip)
    return int(own[fits.score[own].argmax()])


ICAOS = ["A320", "C17", "B52", "SU27", "MIR2", "A10", "C172", "MI24"]


@pytest.mark.parametrize(("start_deg", "response"), [(25.0, GOOD), (205.0, GOOD), (110.0, POOR)])
def test_the_type_and_its_nose_are_found_from_either_end_and_where_no_kind_fits_from_anywhere(
    start_deg: float, response: float
) -> None:
    fits = fitted(ICAOS, 23.0, start_deg, response)
    for chip, icao in enumerate(ICAOS):
        best = best_of(fits, chip)
        turn = math.degrees(fits.pose[best, TypePoseColumn.ANGLE]) - 23
        assert abs((turn + 180) % 360 - 180) < 3, icao
        ranked = fits.outline[fits.chip == chip][np.argsort(-fits.score[fits.chip == chip])]
        assert icao in [type_outlines().names[index] for index in dict.fromkeys(ranked.tolist())][:3], icao


def test_a_variant_that_is_longer_is_measured_longer_and_scores_less() -> None:
    (usual, longer) = (fitted(["C130"], 40.0, 40.0, GOOD, longer=by) for by in (1.0, 1.04))
    c130 = type_outlines().names.index("C130")
    sizes, scores = [], []
    for fits in (usual, longer):
        of_type = np.flatnonzero(fits.outline == c130)
        row = int(of_type[fits.score[of_type].argmax()])
        sizes.append(float(type_boxes(fits, np.ones(1, np.float32)).length[row]))
        scores.append(float(fits.score[row]))
    assert 1.01 < sizes[1] / sizes[0] < 1.05
    assert scores[1] < scores[0]


def test_a_chip_that_nobody_wants_costs_nothing_and_others_are_not_changed() -> None:
    chips, scales = chips_of(["A320", "C17"], 10.0)
    middle = np.full(2, CHIP_PX / 2, np.float32)
    boxes = FittedBoxes(middle, middle, middle, middle, np.full(2, 10.0, np.float32))
    fitter, response = TypeFitter(chips, scales), np.full(2, GOOD, np.float32)
    both, second = (fitter.fit(boxes, response, np.array(which)) for which in ([True, True], [False, True]))
    assert set(second.chip.tolist()) == {1}
    assert np.array_equal(both.score[both.chip == 1], second.score)
    assert not len(fitter.fit(boxes, response, np.zeros(2, np.bool_)).chip)
    assert max(np.bincount(both.chip)) <= KEPT_FINE


def test_every_outline_is_like_one_of_the_fewer_that_are_tried_at_every_angle() -> None:
    table = type_outlines()
    sizes = np.log(table.sizes)
    for index in np.flatnonzero(~table.apart):
        assert np.abs(sizes[table.apart] - sizes[index]).max(axis=1).min() < 0.2, table.names[index]
    assert table.apart.sum() < len(table.names) / 2


def test_a_type_of_another_size_is_not_tried() -> None:
    fits = fitted(["C172"], 0.0, 0.0, POOR)
    assert "A388" not in {type_outlines().names[index] for index in fits.outline.tolist()}
