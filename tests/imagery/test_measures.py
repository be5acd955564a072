"""A number has the digits that its error leaves it, wherever it is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagery.grid import LonLat
from imagery.measures import (
    DEGREE_M,
    TIMES,
    length_words,
    place_digits,
    place_words,
    rounded_heading,
    rounded_length,
    rounded_place,
    size_words,
)

BAMAKO = LonLat(-7.94991234567891, 12.53350987654321)


@pytest.mark.parametrize(
    ("length_m", "error_m", "words"),
    [
        (38.2345, 1.4321, "38.2 ± 1.4"),
        (84.49, 2.9, "84 ± 3"),
        (66.2, 13.3, "66 ± 13"),
        (15.04, 0.34, "15.0 ± 0.3"),
        (15.04, 0.02, "15.0 ± 0.1"),  # nobody measures an aircraft by centimetres
        (38.2345, None, "38.2 ± ?"),
        (38.2, 1.96, "38 ± 2"),
    ],
)
def test_a_length_ends_where_its_error_does(length_m: float, error_m: float | None, words: str) -> None:
    assert length_words(length_m, error_m) == words


def test_a_size_is_never_without_its_error() -> None:
    assert size_words(29.7987654321, 40.41, (1.23456, 1.5)) == f"29.8 ± 1.2 {TIMES} 40.4 ± 1.5 m"
    assert size_words(29.8, 40.4, (None, None)) == f"29.8 ± ? {TIMES} 40.4 ± ? m"


@pytest.mark.parametrize(("error_m", "words"), [(None, "-7.94991, 12.53351"), (50, "-7.9499, 12.5335")])
def test_a_place_has_the_digits_that_its_error_leaves_it(error_m: float | None, words: str) -> None:
    assert place_words(BAMAKO, error_m) == words


@given(st.floats(0.05, 1e5))
def test_what_rounding_adds_is_little_beside_the_error(error_m: float) -> None:
    step_m = DEGREE_M * 10.0 ** -place_digits(error_m)
    assert error_m / 20 <= step_m * 1.001
    assert step_m <= error_m / 2 * 1.001
    rounded = rounded_place(BAMAKO, error_m)
    assert abs(rounded.lat - BAMAKO.lat) * DEGREE_M <= error_m / 4 * 1.001


@given(st.floats(1, 200), st.one_of(st.none(), st.floats(0.01, 60)))
def test_no_number_has_fourteen_digits(length_m: float, error_m: float | None) -> None:
    assert len(str(rounded_length(length_m, error_m))) <= 5


def test_a_heading_that_rounds_to_a_whole_turn_is_north() -> None:
    assert rounded_heading(359.97) == 0
    assert rounded_heading(61.5123456789) == 61.5
