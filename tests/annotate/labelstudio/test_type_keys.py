"""The page gets, for each box, the types to try, and an outline of each that has the type's size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from annotate.labelstudio.division import review_tasks
from annotate.labelstudio.interface import AIRPORT_TYPES, DEFAULT_TYPES
from annotate.labelstudio.known_types import KnownTypes
from annotate.labelstudio.type_keys import MOST_SUGGESTED, UNITS_PER_M, type_keys
from detect.candidate import Candidate, CandidatesFile, TypeSuggestion
from imagery.aircraft.types import aircraft_types

NAMES = ("A333", "B77W", "IL76", "C130", "A320", "B738")


@pytest.fixture
def candidate(candidates_of: Callable[..., CandidatesFile]) -> Candidate:
    found = review_tasks(candidates_of())[0].candidates[0]
    types = tuple(TypeSuggestion(name, 0.3 - 0.01 * rank) for rank, name in enumerate(("NOSUCH", *NAMES)))
    return replace(found, types=types)


def test_a_boxs_keys_are_its_five_best_types_in_the_order_that_place_and_log_give_them(
    candidate: Candidate,
) -> None:
    keys = type_keys([candidate], KnownTypes("GABS", here={"C130": 3}), 0.5)
    (best,) = keys["boxes"].values()
    assert [icao for icao, _ in best] == ["C130", "A333", "B77W", "IL76", "A320"]
    assert len(best) == MOST_SUGGESTED
    assert best[0][1] == 0.26, "the score is by size and outline alone"
    assert keys["types"]["C130"]["path"] == [aircraft_types()["C130"].category, "C130"]
    assert keys["types"].keys() == {icao for icao, _ in best} | set(keys["usual"]), "no more is sent"


def test_the_usual_types_are_those_seen_here_and_then_airliners_where_airliners_fly() -> None:
    usual = type_keys([], KnownTypes("ZBAA", here={"IL76": 1, "NOSUCH": 2}), 0.5)["usual"]
    assert usual == ["IL76", *AIRPORT_TYPES[: len(usual) - 1]]
    assert type_keys([], KnownTypes("ETAR"), 0.5)["usual"] == list(DEFAULT_TYPES)


def test_every_outline_has_the_types_size_in_decimetres(candidate: Candidate) -> None:
    for icao, sent in type_keys([candidate], KnownTypes(), 0.5)["types"].items():
        points = np.array(sent["outline"]).reshape(-1, 2) / UNITS_PER_M
        size = aircraft_types()[icao].wingspan_m, aircraft_types()[icao].length_m
        assert np.ptp(points, axis=0) == pytest.approx(size, abs=0.4)
        assert points.max(axis=0) == pytest.approx(-points.min(axis=0), abs=0.4), "its middle is the box's"
        assert len(points) < 120


def test_a_type_finer_than_the_pixels_is_marked(candidate: Candidate) -> None:
    types = type_keys([candidate], KnownTypes(), 3.0)["types"]
    assert (types["A320"]["reason"], types["A333"]["reason"]) == ("*", "")
