"""A route is reported or inferred, never seen, and says what it rests on."""

from __future__ import annotations

from typing import Any

import pytest

from annotate.intake.place import stated_place
from annotate.intake.statements import reported_sighting, stated_claim, stated_movement, stated_source
from annotate.intake.when import parse_when, parse_when_known
from annotate.log.entries import Movement
from imagery.errors import UsageError

ROUTE = ("GABS", "GAGO", "GATS", "DRRN", "GABS")


def claim(source: str | None = "flight tracker", **said: Any):
    known = {
        "aircraft_type": "c130",
        "operator": " Niger Air Force ",
        "tail_number": "5u-mbd",
        "likelihood": "likely",
        "note": None,
        "private": False,
        "analyst": "me",
    }
    return stated_claim(**known | said, source=stated_source(source, None, None, None, None))


def route(
    *places: str,
    since: str = "2023-08-20",
    until: str = "unknown",
    source: str | None = "tracker",
    **said: Any,
) -> Movement:
    known = {"evidence": "reported"}
    times = parse_when_known(since, "--since"), parse_when_known(until, "--until")
    return stated_movement(places or ROUTE, *times, claim(source), **known | said)


def refused(*places: str, **said: Any) -> str:
    with pytest.raises(UsageError) as failure:
        route(*places, **said)
    return str(failure.value)


def test_a_route_keeps_its_airfields_in_order_and_what_is_said_of_it() -> None:
    movement = route(*map(str.lower, ROUTE))
    assert movement.places == ROUTE, "it may come back to where it began"
    assert (movement.since, movement.until) == ("2023-08-20", None)
    assert (movement.type, movement.operator, movement.tail_number) == ("C130", "Niger Air Force", "5U-MBD")
    assert (movement.evidence, movement.status, movement.analyst) == ("reported", "confirmed", "me")


@pytest.mark.parametrize(
    ("places", "why"),
    [
        (("GABS",), "two airfields or more"),
        (("GABS", "GABS"), "GABS follows itself"),
        (("GABS", "GAGO", "gago"), "GAGO follows itself"),
        (("GABS", "GAGX"), "GAGO"),
    ],
)
def test_what_is_no_route_is_refused(places: tuple[str, ...], why: str) -> None:
    assert why in refused(*places)


def test_a_route_does_not_end_before_it_begins() -> None:
    assert "2023-07-31 is before `since` 2023-08" in refused(since="2023-08", until="2023-07-31")
    assert route(since="2023-08-20", until="2023-08").until == "2023-08", "within one month it may be right"
    assert route(since="2023-08-20", until="2023-08-20").until == "2023-08-20"


def test_what_is_reported_names_who_reports_it() -> None:
    assert "`source`" in refused(source=None)
    with pytest.raises(UsageError, match="--source"):
        reported_sighting(stated_place("GABS", None), parse_when("2023-10", "--when"), claim(None))


def test_what_is_inferred_says_why_and_from_what() -> None:
    assert "`reasoning`" in refused(evidence="inferred", rests_on=("ab" * 8,))
    assert "`rests_on`" in refused(evidence="inferred", reasoning="the same tail number", source=None)
    inferred = route(evidence="inferred", reasoning="the same tail", rests_on=("ab" * 8,), source=None)
    assert (inferred.evidence, inferred.reasoning, inferred.rests_on) == (
        "inferred",
        "the same tail",
        ("ab" * 8,),
    )


def test_a_private_note_needs_a_note() -> None:
    with pytest.raises(UsageError, match="--private"):
        claim(private=True)
    assert claim(private=True, note="from a friend").members()["private"] is True


def test_a_reported_sighting_has_what_was_said_and_nothing_that_only_images_show() -> None:
    sighting = reported_sighting(
        stated_place("GABS", None), parse_when("2023-10-27T10:36Z", "--when"), claim(), count=3
    )
    assert (sighting.evidence, sighting.count, sighting.airfield) == ("reported", 3, "GABS")
    assert (sighting.acquired, sighting.acquired_precision) == ("2023-10-27T10:36Z", "minute")
    assert (sighting.type, sighting.likelihood, sighting.source) == ("C130", "likely", "flight tracker")
    assert {sighting.lon, sighting.lat, sighting.scene_path, sighting.verdict, sighting.heading_deg} == {None}
    assert sighting.rendered is False
