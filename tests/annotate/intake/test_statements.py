"""Statements of other sources: a route is reported or inferred, never seen, and says what it rests on."""

from __future__ import annotations

from typing import Any

import pytest

from annotate.intake.statements import claim_members, reported_sighting, stated_movement
from annotate.log.entries import Movement, Sighting
from imagery.errors import UsageError

ROUTE = ("GABS", "GAGO", "GATS", "DRRN", "GABS")
CLAIM = {
    "type": "c130",
    "operator": " Niger Air Force ",
    "tail_number": "5u-mbd",
    "likelihood": "likely",
    "analyst": "me",
}


def route(
    *places: str, since: str = "2023-08-20", source: str | None = "tracker", **statement: Any
) -> Movement:
    return stated_movement(places or ROUTE, since=since, source=source, **CLAIM | statement)


def sighting(**statement: Any) -> Sighting:
    return reported_sighting(
        **{"airfield": "GABS", "when": "2023-10", "source": "tracker"} | CLAIM | statement
    )


def refused(*places: str, **statement: Any) -> str:
    with pytest.raises(UsageError) as failure:
        route(*places, **statement)
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
        (("GABS",), "two places or more"),
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
    with pytest.raises(UsageError, match="`source`"):
        sighting(source=None)


def test_what_is_inferred_says_why_and_from_what() -> None:
    assert "`reasoning`" in refused(evidence="inferred", rests_on=("ab" * 8,))
    assert "`rests_on`" in refused(evidence="inferred", reasoning="the same tail number", source=None)
    inferred = route(evidence="inferred", reasoning="the same tail", rests_on=("ab" * 8,), source=None)
    assert (inferred.evidence, inferred.reasoning, inferred.rests_on) == (
        "inferred",
        "the same tail",
        ("ab" * 8,),
    )


@pytest.mark.parametrize(
    ("statement", "evidence"),
    [
        ({"source": "tracker"}, "reported"),
        ({"source": None, "source_url": "https://example.org/1"}, "reported"),
        ({"source": None, "reasoning": "the same tail", "rests_on": ("ab" * 8,)}, "inferred"),
    ],
)
def test_how_a_route_is_known_follows_from_what_is_given(statement: dict[str, Any], evidence: str) -> None:
    assert route(**statement).evidence == evidence


@pytest.mark.parametrize("inference", [{"reasoning": "the same tail"}, {"rests_on": ("ab" * 8,)}])
def test_a_source_and_an_inference_leave_it_open_how_a_route_is_known(inference: dict[str, Any]) -> None:
    """A report that somebody explains, or a conclusion from a report: only its author knows."""
    assert "`evidence`" in refused(source="tracker", **inference)
    assert route(source="tracker", evidence="reported", **inference).evidence == "reported"


def test_an_inference_on_nothing_is_told_what_it_lacks() -> None:
    assert "`rests_on`" in refused(source=None, reasoning="the same tail")
    assert "`reasoning`" in refused(source=None, rests_on=("ab" * 8,))


def test_a_private_note_needs_a_note() -> None:
    with pytest.raises(UsageError, match=r"`private`.*`note`"):
        claim_members({"private": True, "analyst": "me"})
    members = claim_members({"private": True, "note": "from a friend", "analyst": "me"})
    assert members["private"] is True


def test_a_reported_sighting_has_what_was_said_and_nothing_that_only_images_show() -> None:
    stated = sighting(when="2023-10-27T10:36Z", source="flight tracker", count=3)
    assert (stated.evidence, stated.count, stated.airfield) == ("reported", 3, "GABS")
    assert (stated.acquired, stated.acquired_precision) == ("2023-10-27T10:36Z", "minute")
    assert (stated.type, stated.likelihood, stated.source) == ("C130", "likely", "flight tracker")
    assert {stated.lon, stated.lat, stated.scene_path, stated.verdict, stated.heading_deg} == {None}
    assert stated.rendered is False


def test_a_place_is_text_or_a_pair_of_degrees() -> None:
    for lonlat in ("-7.9449,12.5345", (-7.9449, 12.5345)):
        stated = sighting(airfield=None, lonlat=lonlat)
        assert (stated.lon, stated.lat, stated.airfield) == (-7.9449, 12.5345, "GABS")


def test_a_report_speaks_of_one_aircraft_or_more() -> None:
    with pytest.raises(UsageError, match="`count`"):
        sighting(count=0)
