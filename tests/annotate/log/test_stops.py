"""Strips without an ICAO code are stops of a movement, in one text that every reader understands."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from annotate.log.entries import Movement
from annotate.log.stops import Stop, route_words, stop_of, stop_text
from annotate.query.filters import BoundingBox, Filter
from imagery.airfields import airfields
from imagery.grid import LonLat

STRIP = "Old strip @ 16,29.2"


def test_a_code_is_the_airfield_it_names() -> None:
    assert stop_of("OSLK") == Stop("OSLK", airfields()["OSLK"].lonlat, "OSLK")


def test_an_airfield_may_have_a_position_of_its_own_as_a_sighting_has() -> None:
    assert stop_of("HL69 @ 16.01,29.2") == Stop("HL69", LonLat(16.01, 29.2), "HL69")


@pytest.mark.parametrize("name", [None, "Old strip", "al-Jufra @ the wadi", "полоса"])
@pytest.mark.parametrize("lonlat", [LonLat(16, 29.2), LonLat(-7.9499, -0.0000001), LonLat(180, -90)])
def test_a_strip_is_read_as_it_was_written(name: str | None, lonlat: LonLat) -> None:
    text = stop_text(name, lonlat)
    assert stop_of(text) == Stop(name or text, lonlat, None)


def test_a_place_is_written_in_one_way_only_so_that_the_same_again_is_recognised() -> None:
    assert stop_text(None, LonLat(16.0, 29.20)) == "16,29.2"
    assert stop_text(None, LonLat(-0.0, 29.2)) == stop_text(None, LonLat(-1e-9, 29.2)) == "0,29.2"


@pytest.mark.parametrize(
    "text", ["", "a strip near Kidal", "181,0", "0,91", "1e9,2", "nan,1", "@ 1,2", "16, 29.2"]
)
def test_what_a_stranger_wrote_there_is_a_place_of_unknown_position(text: str) -> None:
    assert stop_of(text) == Stop(text, None, None)


def test_the_legs_of_a_route_lead_to_the_strip(route: Callable[..., Movement]) -> None:
    movement = route(places=("OSLK", STRIP, "HLLB"))
    first, second = movement.__geo_interface__["geometry"]["coordinates"]
    assert first[1] == second[0] == (16.0, 29.2)
    assert route_words(movement.places) == "OSLK - Old strip - HLLB"


def test_filters_find_a_route_by_its_airfields_and_by_where_the_strip_lies(
    route: Callable[..., Movement],
) -> None:
    movement = route(places=("OSLK", STRIP, "HLLB"))
    assert Filter(airfields=frozenset({"HLLB"})).matches(movement)
    assert Filter(bbox=BoundingBox(15, 29, 17, 30)).matches(movement)
    assert not Filter(bbox=BoundingBox(16.5, 29, 17, 30)).matches(movement)
