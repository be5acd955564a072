"""Types are named by size, with scores that are probabilities, and not at all where size says too little."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detect.box import GroundBox
from detect.candidate import SizeError
from detect.measuring.types_by_size import LEAST_SCORE, MOST, types_by_size
from imagery.aircraft.types import AircraftType, Wing, aircraft_types

TYPES = aircraft_types()
SHARP = SizeError(0.5, 0.5)


def size_of(aircraft: AircraftType) -> GroundBox:
    return GroundBox(aircraft.length_m, aircraft.wingspan_m, 0.0)


WINGS = [*sorted({aircraft.wing for aircraft in TYPES.values()}), None]


@pytest.mark.parametrize("icao", ["C130", "A388", "B744", "C172", "IL76", "AT72"])
def test_a_type_that_was_measured_right_is_among_the_first_five(icao: str) -> None:
    aircraft = TYPES[icao]
    error = SizeError(0.03 * aircraft.length_m, 0.03 * aircraft.wingspan_m)
    assert icao in [
        suggestion.type for suggestion in types_by_size(size_of(aircraft), error, 0.5, aircraft.wing)[:5]
    ]


@given(
    length_m=st.floats(5, 90),
    wingspan_m=st.floats(3, 95),
    share=st.floats(0.005, 0.5),
    gsd_m=st.floats(0.1, 10),
    wing=st.sampled_from(WINGS),
)
def test_scores_are_probabilities_the_best_first(
    length_m: float, wingspan_m: float, share: float, gsd_m: float, wing: Wing | None
) -> None:
    error = SizeError(share * length_m, share * wingspan_m)
    suggestions = types_by_size(GroundBox(length_m, wingspan_m, 0.0), error, gsd_m, wing)
    scores = [suggestion.score for suggestion in suggestions]
    assert scores == sorted(scores, reverse=True)
    assert len(scores) <= MOST
    assert all(score >= LEAST_SCORE for score in scores)
    assert sum(scores) <= 1 + 1e-3, "each is rounded"
    assert {suggestion.type for suggestion in suggestions} <= set(TYPES)


def test_types_of_one_size_are_equally_likely() -> None:
    """Nothing that was measured tells them apart, and the order of a table is no evidence."""
    same = {}
    for aircraft in TYPES.values():
        same.setdefault((aircraft.length_m, aircraft.wingspan_m, aircraft.wing), []).append(aircraft)
    twins = next(group for (*_, wing), group in same.items() if len(group) > 1 and wing == "swept")
    suggestions = dict(types_by_size(size_of(twins[0]), SHARP, 0.5, twins[0].wing))
    assert len({suggestions[aircraft.icao] for aircraft in twins}) == 1


def test_a_wider_error_makes_every_type_less_likely_until_none_is_named() -> None:
    size = size_of(TYPES["A320"])
    best = []
    for share in (0.01, 0.03, 0.06, 0.2):
        error = SizeError(share * size.length_m, share * size.wingspan_m)
        suggestions = types_by_size(size, error, 0.5, "swept")
        best.append(suggestions[0].score if suggestions else 0.0)
    assert best == sorted(best, reverse=True)
    assert best[0] > 0.1
    assert best[-1] == 0.0


def test_a_size_that_no_aircraft_has_names_none() -> None:
    """A false alarm on a building of 60 m by 9 m, for example."""
    for wing in WINGS:
        assert types_by_size(GroundBox(60.0, 9.0, 0.0), SHARP, 0.5, wing) == ()


def test_the_shape_of_the_wing_ranks_types_of_one_size() -> None:
    size = GroundBox(29.8, 40.4, 0.0)  # a C-130
    error = SizeError(1.5, 2.0)
    straight, swept = (dict(types_by_size(size, error, 0.5, wing)) for wing in ("straight", "swept"))
    assert straight["C130"] > swept.get("C130", 0.0)


@given(st.floats(0, 1))
def test_where_no_planform_fits_helicopters_of_the_length_come_first_however_wide_it_seems(
    share: float,
) -> None:
    """What is measured across a helicopter is anything between its body and its rotor."""
    mi8 = TYPES["MI8"]
    width_m = mi8.wingspan_m + share * (mi8.length_m - mi8.wingspan_m)
    suggestions = types_by_size(GroundBox(mi8.length_m, width_m, 0.0), SizeError(1.0, 1.0), 0.5, None)
    assert TYPES[suggestions[0].type].wing == "rotor"
    assert "MI8" in [suggestion.type for suggestion in suggestions[:5]]


def test_where_a_wing_fits_no_helicopter_comes_first() -> None:
    suggestions = types_by_size(GroundBox(18.2, 12.0, 0.0), SizeError(1.0, 1.0), 0.5, "swept")
    assert "rotor" not in {TYPES[suggestion.type].wing for suggestion in suggestions[:5]}


@pytest.mark.parametrize("icao", ["A388", "A124", "C130"])
def test_at_3_m_no_type_is_named_however_lonely_its_size(icao: str) -> None:
    assert types_by_size(size_of(TYPES[icao]), SizeError(1.5, 1.5), 3.0, TYPES[icao].wing) == ()
