"""Types are named by outline and size, with scores that are probabilities, or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detect.box import GroundBox
from detect.candidate import SizeError
from detect.measuring.suggested_types import LEAST_SCORE, MOST, TypeScore, suggested_types
from detect.measuring.type_outlines import type_outlines
from imagery.aircraft.types import aircraft_types

TYPES = aircraft_types()
NUMBER = {name: type_outlines().names.index(name) for name in TYPES}


def size_of(icao: str) -> GroundBox:
    return GroundBox(TYPES[icao].length_m, TYPES[icao].wingspan_m, 0.0)


def scores_of(
    fits: dict[str, float], size: GroundBox, share: float = 0.05, response: float = 0.9
) -> dict[str, float]:
    error = SizeError(share * size.length_m, share * size.wingspan_m)
    fitted = [TypeScore(NUMBER[icao], score) for icao, score in fits.items()]
    return dict(suggested_types(fitted, response, size, error))


@given(
    fits=st.dictionaries(st.sampled_from(sorted(NUMBER)), st.floats(-3, 1.2), max_size=40),
    response=st.floats(-1, 1.2),
    length_m=st.floats(5, 90),
    wingspan_m=st.floats(3, 95),
    share=st.floats(0.005, 0.5),
)
def test_scores_are_probabilities_the_best_first(
    fits: dict[str, float], response: float, length_m: float, wingspan_m: float, share: float
) -> None:
    scores = scores_of(fits, GroundBox(length_m, wingspan_m, 0.0), share, response)
    assert list(scores.values()) == sorted(scores.values(), reverse=True)
    assert len(scores) <= MOST
    assert all(score >= LEAST_SCORE for score in scores.values())
    assert sum(scores.values()) <= 1 + 1e-3, "each is rounded"
    assert set(scores) <= set(fits)


def test_the_outline_ranks_types_of_one_size() -> None:
    """An A320 and a 737-800 differ by less than a size tells."""
    scores = scores_of({"A320": 0.95, "B738": 0.85}, size_of("A320"), share=0.1)
    assert scores["A320"] > 2 * scores["B738"]


def test_the_size_ranks_types_of_one_outline() -> None:
    scores = scores_of({"A319": 0.9, "A321": 0.9}, size_of("A319"))
    assert scores["A319"] > 5 * scores.get("A321", 0.0)


def test_one_wrong_measure_does_not_veto_a_type_whose_outline_fits() -> None:
    wrong = GroundBox(25.0, 14.0, 0.0)
    assert next(iter(scores_of({"SU27": 1.0, "SB39": 0.5}, wrong, share=0.02))) == "SU27"


def test_what_fits_worse_than_a_bent_kind_may_well_be_in_no_table() -> None:
    sure, unsure = (sum(scores_of({"C130": 0.9}, size_of("C130"), response=it).values()) for it in (0.8, 1.1))
    assert sure > 0.7
    assert unsure < 0.2


def test_where_no_outline_fits_no_type_is_named() -> None:
    """A false alarm on a building, for example."""
    assert scores_of({"C130": 0.2, "AN12": 0.1}, size_of("C130"), response=0.3) == {}
    assert scores_of({}, size_of("C130")) == {}


def test_of_a_helicopter_the_width_does_not_count() -> None:
    """What is measured across a helicopter is anything between its body and its rotor."""
    seen = [scores_of({"MI8": 0.8}, GroundBox(18.2, width_m, 0.0)) for width_m in (4.5, 12.0, 20.0)]
    assert seen[0] == seen[1] == seen[2]
    assert seen[0]["MI8"] == pytest.approx(1 / (1 + 2.718281828 ** (12 * 0.1)), abs=0.01)


def test_a_type_that_was_fitted_both_ways_round_counts_once_by_its_best() -> None:
    error = SizeError(1.0, 1.0)
    once, twice = (
        suggested_types([TypeScore(NUMBER["C130"], score) for score in scores], 0.9, size_of("C130"), error)
        for scores in ([0.9], [0.4, 0.9])
    )
    assert once == twice


def test_a_type_counts_by_its_likeliest_airframe() -> None:
    """An F-14 with its wing swung back is as much an F-14."""
    table = type_outlines()
    swung = next(number for number in range(len(TYPES), len(table.names)) if table.names[number] == "F14")
    size = GroundBox(*table.sizes[swung].tolist(), 0.0)
    fits = [TypeScore(NUMBER["F14"], 0.5), TypeScore(swung, 0.95), TypeScore(NUMBER["F15"], 0.7)]
    suggested = suggested_types(fits, 0.8, size, SizeError(1.0, 0.7))
    assert suggested[0].type == "F14"
    assert [suggestion.type for suggestion in suggested].count("F14") == 1
