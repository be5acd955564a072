"""What is asked for is what is listed: each condition alone, and all together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from annotate.intake.filter_parsing import parse_bbox, parse_period
from annotate.log.entries import Movement, SceneReview, Sighting
from annotate.query.filters import BoundingBox, Filter
from imagery.acquisition import parse_acquired
from imagery.errors import UsageError
from imagery.grid import LonLat

LONS, LATS = st.floats(-180, 180), st.floats(-90, 90)
PRECISIONS = st.sampled_from([7, 10, 16, 19])


def during(since: str | None = None, until: str | None = None) -> Filter:
    return Filter(during=parse_period(since, until))


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        (Filter(), True),
        (Filter(airfields=frozenset({"GAGO", "GABS"})), True),
        (Filter(airfields=frozenset({"GAGO"})), False),
        (Filter(types=frozenset({"C130"})), True),
        (Filter(types=frozenset({"C30J"})), False),
        (Filter(types=frozenset({None})), False),
        (Filter(operators=frozenset({"AIR force"})), True),
        (Filter(operators=frozenset({"Mali"})), False),
        (Filter(analysts=frozenset({"Anna"})), True),
        (Filter(analysts=frozenset({"bob@example.org"})), True),
        (Filter(analysts=frozenset({"ann"})), False),
        (Filter(statuses=frozenset({"confirmed", "disputed"})), True),
        (Filter(statuses=frozenset({"withdrawn"})), False),
        (Filter(evidence=frozenset({"seen"})), True),
        (Filter(evidence=frozenset({"reported", "inferred"})), False),
        (Filter(bbox=BoundingBox(-8, 12, -7, 13)), True),
        (Filter(bbox=BoundingBox(7, 12, 8, 13)), False),
        (during("2023-10-27", "2023-10-27"), True),
        (during("2023-10-28"), False),
        (during(until="2023-10-26"), False),
    ],
)
def test_each_condition_alone(wanted: Filter, fits: bool, sighting: Callable[..., Sighting]) -> None:
    one = sighting(operator="Niger Air Force", analyst="anna@example.org, bob@example.org")
    assert wanted.matches(one) is fits


def test_every_condition_must_fit(sighting: Callable[..., Sighting]) -> None:
    wanted = Filter(types=frozenset({"C130"}), airfields=frozenset({"GABS"}))
    assert wanted.matches(sighting())
    assert not wanted.matches(sighting(type="A320"))
    assert not wanted.matches(sighting(airfield=None))


def test_what_nobody_knows_fits_no_condition_on_it(sighting: Callable[..., Sighting]) -> None:
    unknown = sighting(acquired=None, operator=None, type=None, airfield=None, lon=None, lat=None)
    assert Filter().matches(unknown)
    assert Filter(types=frozenset({None})).matches(unknown)
    for wanted in (
        during("1999-01-01"),
        Filter(operators=frozenset({""})),
        Filter(types=frozenset({"C130"})),
        Filter(bbox=BoundingBox(-180, -90, 180, 90)),
    ):
        assert not wanted.matches(unknown)


def test_withdrawn_ones_are_listed_only_where_asked_for(sighting: Callable[..., Sighting]) -> None:
    withdrawn = sighting(status="withdrawn")
    assert not Filter().matches(withdrawn)
    assert Filter(statuses=frozenset({"withdrawn"})).matches(withdrawn)
    assert Filter().matches(sighting(status="disputed"))


@given(data=st.data(), at=PRECISIONS, since=PRECISIONS)
def test_a_time_fits_where_it_may_be(
    data: Any, at: int, since: int, sighting: Callable[..., Sighting]
) -> None:
    times = st.datetimes(datetime(2020, 1, 1), datetime(2020, 3, 1))
    texts = []
    for length in (at, since):
        text = data.draw(times).isoformat(timespec="seconds")[:length]
        texts.append(text + ("Z" if length > 10 else ""))
    acquired, asked = texts
    here, there = parse_acquired(acquired, "").span, parse_acquired(asked, "").span
    assert here
    assert there
    one = sighting(acquired=acquired)
    assert during(since=asked).matches(one) is (here.last > there.first)
    assert during(until=asked).matches(one) is (here.first < there.last)
    assert during(asked, asked).matches(one) is (here.last > there.first and here.first < there.last)


def test_the_day_and_the_month_that_are_named_are_in_it(sighting: Callable[..., Sighting]) -> None:
    late = sighting(acquired="2023-10-31T23:59:59Z")
    assert during("2023-10", "2023-10").matches(late)
    assert not during("2023-09", "2023-09-30").matches(late)


def test_a_period_does_not_end_before_it_begins() -> None:
    with pytest.raises(UsageError, match="`until`: 2023-09 is before `since` 2023-10-01"):
        parse_period("2023-10-01", "2023-09")


@given(LONS, LATS, LONS, LATS, LONS, LATS)
def test_a_box_holds_the_places_that_its_area_covers(
    west: float, south: float, east: float, north: float, lon: float, lat: float
) -> None:
    box = BoundingBox(west, min(south, north), east, max(south, north))
    assert box.contains(LonLat(lon, lat)) is bool(shapely.covers(box.geometry, shapely.Point(lon, lat)))


def test_a_box_may_cross_the_antimeridian() -> None:
    fiji = parse_bbox("177,-20,-178,-15")
    assert fiji.contains(LonLat(179.9, -17))
    assert fiji.contains(LonLat(-179.9, -17))
    assert not fiji.contains(LonLat(0, -17))


@pytest.mark.parametrize("text", ["1,2,3", "a,b,c,d", "0,10,5,5", "0,0,200,1", "nan,0,1,1", ""])
def test_what_is_no_box_is_refused_with_how_to_write_it(text: str) -> None:
    with pytest.raises(UsageError, match="WEST,SOUTH,EAST,NORTH"):
        parse_bbox(text)


def test_a_report_without_a_position_lies_at_its_airfield(sighting: Callable[..., Sighting]) -> None:
    report = sighting(evidence="reported", lon=None, lat=None)
    assert Filter(bbox=BoundingBox(-8, 12, -7, 13)).matches(report)
    assert not Filter(bbox=BoundingBox(-7, 12, -6, 13)).matches(report)


def test_a_movement_fits_where_it_touches(movement: Callable[..., Movement]) -> None:
    route = movement(places=("GABS", "DRRN"), type="C130", operator="Niger Air Force")
    assert Filter(airfields=frozenset({"DRRN"}), types=frozenset({"C130"})).matches(route)
    assert not Filter(airfields=frozenset({"GAGO"})).matches(route)
    assert Filter(bbox=BoundingBox(2, 13, 3, 14)).matches(route), "Niamey"
    assert not Filter(bbox=BoundingBox(-1, 16, 1, 17)).matches(route), "Gao"
    assert not Filter(evidence=frozenset({"seen"})).matches(route)


@pytest.mark.parametrize(
    ("since", "until", "fits"),
    [
        ("2023-08-20", None, True),
        ("2023-11", None, False),
        (None, "2023-10-27", True),
        (None, "2023-10-26", False),
        (None, None, False),
        ("2023-01", "2023-12", True),
    ],
)
def test_a_movement_without_an_end_may_go_on(
    since: str | None, until: str | None, fits: bool, movement: Callable[..., Movement]
) -> None:
    wanted = during("2023-10-27", "2023-10-27")
    assert wanted.matches(movement(since=since, until=until)) is fits


def test_a_scene_fits_by_when_and_by_what_it_shows(
    record: Callable[..., Any], review: Callable[..., SceneReview]
) -> None:
    scene = review(record("2023-10-27", east_m=300_000), airfield="GAGO")
    assert Filter().matches(scene)
    assert during("2023-10").matches(scene)
    assert not during("2023-11").matches(scene)
    assert Filter(bbox=BoundingBox(-6, 12, -5, 13)).matches(scene), "its footprint, not its airfield"
    assert not Filter(bbox=BoundingBox(-8, 12, -7, 13)).matches(scene)
    assert not Filter(airfields=frozenset({"GABS"})).matches(scene)
    unplaced = replace(scene, footprint=None)
    assert Filter(bbox=BoundingBox(-1, 16, 1, 17)).matches(unplaced), "then its airfield"
