"""What is common at an airfield is suggested there first, and the page says what the order rests on."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable
from dataclasses import replace

from annotate.labelstudio.division import review_tasks
from annotate.labelstudio.interface import AIRPORT_TYPES, DEFAULT_TYPES
from annotate.labelstudio.known_types import KnownTypes, known_types
from detect.candidate import CandidatesFile, TypeSuggestion

Seen = namedtuple("Seen", "type airfield status count", defaults=("GABS", "confirmed", 1))
BY_SIZE = (TypeSuggestion("TU95", 0.42), TypeSuggestion("B52", 0.2), TypeSuggestion("A320", 0.1))


def order(known: KnownTypes) -> list[str]:
    return [suggestion.type for suggestion in known.ranked(BY_SIZE)]


def test_the_types_seen_there_most_often_get_the_first_keys_and_the_defaults_fill_up() -> None:
    seen = [Seen("AN26"), Seen("IL76"), Seen("AN26"), Seen("F16"), Seen(None)]
    assert known_types(seen, "GABS").usual == ("AN26", "F16", "IL76", *AIRPORT_TYPES)[:9]
    rest = [icao for icao in DEFAULT_TYPES if icao != "IL76"]
    at_a_base = [one._replace(airfield="ETAR") for one in seen]
    assert known_types(at_a_base, "ETAR").usual == ("AN26", "F16", "IL76", *rest)[:9]


def test_what_was_seen_elsewhere_or_was_withdrawn_is_not_usual_there() -> None:
    seen = [Seen("F16", "DRRN"), Seen("F16", "GABS", "withdrawn"), Seen("F16", None)]
    assert known_types(seen, "GABS").usual == AIRPORT_TYPES
    assert known_types(seen, None).usual == DEFAULT_TYPES


def test_at_a_civil_airport_a_bomber_is_not_the_first_suggestion() -> None:
    assert order(known_types([], "KJFK")) == ["A320", "TU95", "B52"]
    assert order(known_types([], None)) == ["TU95", "B52", "A320"]
    assert order(known_types([], "ETAR")) == ["TU95", "B52", "A320"], (
        "Ramstein Air Base has an IATA code, too"
    )


def test_a_bomber_that_was_seen_there_is_suggested_all_the_same() -> None:
    assert order(known_types([Seen("TU95", "KJFK")], "KJFK")) == ["TU95", "A320", "B52"]


def test_what_the_log_has_seen_weighs_but_does_not_outweigh_every_measure() -> None:
    here, elsewhere = [Seen("A320", "ETAR")] * 6, [Seen("B52", "KJFK")] * 6
    assert order(known_types(here, "ETAR"))[0] == "A320"
    assert order(known_types(elsewhere, "ETAR"))[0] == "TU95"
    once = (TypeSuggestion("IL76", 0.9), TypeSuggestion("C130", 0.02))
    assert known_types([Seen("C130")] * 50, "GABS").ranked(once)[0].type == "IL76"


def test_the_page_says_what_the_order_rests_on_and_the_file_keeps_the_machines(
    candidates_of: Callable[..., CandidatesFile],
) -> None:
    file = candidates_of()
    some = tuple(replace(candidate, types=BY_SIZE) for candidate in file.candidates)
    task = review_tasks(replace(file, candidates=some))[0]
    known = known_types([Seen("A320", count=2), Seen("C130", "DRRN")], "GABS")
    data = task.to_json("a.jpg", known=known)["data"]
    assert "by size and outline alone: A320 10% (seen here 2 times), TU95 42%, B52 20%" in data["boxes"]
    assert (
        "what this log has seen at GABS (2 sightings of a type) and what it has seen elsewhere"
        in data["boxes"]
    )
    assert "combat aircraft not seen there come last" in data["boxes"]
    kept = data["hardstand"]["candidates"][0]["properties"]["types"]
    assert [suggestion["type"] for suggestion in kept] == ["TU95", "B52", "A320"]
