"""The stretch brings what a sensor recorded to 8 bits, robustly, and leaves 8 bits alone."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from imagery.radiometry import EVERYTHING, IDENTITY, Stretch, data_range, robust_stretch

ALL = np.ones((20, 50), bool)


def test_8_bit_values_are_given_back_as_they_are():
    values = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)
    stretch = robust_stretch(values // 4, np.ones((16, 16), bool))
    assert stretch == IDENTITY
    assert np.array_equal(stretch(values), values)


def test_a_stretch_goes_from_the_half_to_the_99_and_a_half_percentile():
    values = np.arange(1000, dtype=np.uint16).reshape(1, 20, 50)
    low, high = robust_stretch(values, ALL)
    assert (low, high) == tuple(np.percentile(values, (0.5, 99.5)))


def test_a_few_glints_do_not_darken_the_scene():
    values = np.full((1, 20, 50), 300, np.uint16)
    values[0, 10:] = 500
    values[0, 0, :4] = 65535
    assert robust_stretch(values, ALL) == Stretch(300, 500)


def test_values_that_are_no_data_do_not_count():
    values = np.linspace(1000, 2000, 1000).reshape(1, 20, 50).astype(np.uint16)
    values[0, :10] = 0
    valid = values[0] > 0
    assert robust_stretch(values, valid).low > 1400


def test_nan_and_infinity_neither_count_nor_spoil_the_stretch():
    values = np.linspace(0, 1, 1000, dtype=np.float32).reshape(1, 20, 50)
    values[0, 0, 0], values[0, 0, 1], values[0, 0, 2] = np.nan, np.inf, -np.inf
    stretch = robust_stretch(values, ALL)
    assert stretch == pytest.approx((0.005, 0.995), abs=0.005)
    assert stretch(values)[0, 0, :3].tolist() == [0, 255, 0]


def test_a_scene_of_one_value_and_a_scene_without_values_still_become_an_image():
    grey = np.full((1, 20, 50), 700, np.uint16)
    assert np.unique(robust_stretch(grey, ALL)(grey)).tolist() == [0]
    assert np.unique(robust_stretch(grey, ~ALL)(grey)).tolist() == [255]


def test_bands_share_one_stretch_so_that_colours_stay_as_they_are():
    values = np.stack([np.full((20, 50), 100), np.full((20, 50), 200), np.full((20, 50), 300)])
    red, green, blue = robust_stretch(values.astype(np.uint16), ALL)(values)[:, 0, 0]
    assert (red, green, blue) == (0, 128, 255)


@given(
    values=arrays.arrays(
        st.sampled_from([np.uint16, np.int16, np.float32]), (1, 6, 6), elements={"min_value": 0}
    ),
    low=st.floats(-1000, 1000),
    span=st.floats(0.01, 60000),
)
@example(values=np.full((1, 6, 6), 1.4e36, np.float32), low=0.0, span=1.0)  # 255 times that is infinite
def test_brighter_stays_brighter_or_equal_and_the_ends_are_black_and_white(values, low, span):
    stretch = Stretch(low, low + span)
    flat = np.sort(values.ravel())
    out = stretch(flat)
    assert out.dtype == np.uint8
    numbers = np.flatnonzero(np.isfinite(flat))
    assert (np.diff(out[numbers].astype(int)) >= 0).all()
    assert stretch(np.array([low - 1, low + span + 1])).tolist() == [0, 255]


FILLED = [
    (np.int16, -9999),
    (np.int16, -32768),
    (np.uint16, 65535),
    (np.float32, -9999),
    (np.float32, -3.4e38),
    (np.float32, np.finfo(np.float32).min),
    (np.float32, 1e20),
    (np.float64, -1e34),
    (np.int32, -99999),
]


@pytest.mark.parametrize(("dtype", "fill"), FILLED)
def test_a_fill_that_the_file_does_not_declare_is_named_and_decides_nothing(dtype, fill):
    values = np.linspace(300, 1800, 1000).reshape(1, 20, 50).astype(dtype)
    collared = values.copy()
    collared[:, :, :10] = fill
    found = data_range(collared, ALL)
    assert found.fills == pytest.approx([float(np.array(fill, dtype))])
    assert np.array_equal(found.holds(collared), collared[0] != np.array(fill, dtype))
    assert robust_stretch(collared, found.holds(collared)) == robust_stretch(values[:, :, 10:], ALL[:, 10:])


def test_a_dark_border_far_below_all_else_is_no_data_and_shadows_are_data():
    values = np.linspace(8000, 9000, 1000).reshape(1, 20, 50).astype(np.uint16)
    values[:, :, :10] = 0
    assert data_range(values, ALL).fills == (0,)
    shadows = np.linspace(0, 1800, 1000).reshape(1, 20, 50).astype(np.uint16)
    shadows[:, :2] = 0
    assert data_range(shadows, ALL) == EVERYTHING


@pytest.mark.parametrize("glint", [2047, 4095, 30000])
def test_bright_roofs_are_data_however_bright(glint):
    values = np.linspace(100, 500, 1000).reshape(1, 20, 50).astype(np.uint16)
    values[0, 0] = glint
    assert data_range(values, ALL) == EVERYTHING
    glints = values.copy()
    glints[0, 0], glints[0, 0, :4] = 400, 65535
    assert data_range(glints, ALL) == EVERYTHING, "too few to decide anything"


@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
def test_a_scene_of_one_value_or_none_has_no_fill(dtype):
    assert data_range(np.zeros((1, 20, 50), dtype), ALL) == EVERYTHING
    assert data_range(np.zeros((1, 20, 50), dtype), ~ALL) == EVERYTHING
