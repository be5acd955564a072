"""The log's terms in plain words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotate.intake.filter_parsing import parse_bbox, parse_period
from annotate.query.filters import Filter
from annotate.report.plain_words import (
    airfield_words,
    date_range_words,
    date_words,
    filter_words,
    grade_words,
    likelihood_words,
    link_address,
    type_words,
)


@pytest.mark.parametrize(
    ("logged", "read"),
    [
        ("2023-10-27", "27 October 2023"),
        ("2023-10", "October 2023"),
        ("2023-10-27T10:36Z", "27 October 2023, 10:36 UTC"),
        ("2023-10-27T10:36:11Z", "27 October 2023, 10:36 UTC"),
        (None, "date unknown"),
        ("some day", "some day"),
    ],
)
def test_a_date_is_written_as_precisely_as_it_is_known(logged: str | None, read: str) -> None:
    assert date_words(logged) == read


def test_a_movement_without_an_end_does_not_get_one() -> None:
    assert date_range_words("2023-08-20", None) == "since 20 August 2023, no end stated"
    assert date_range_words(None, "2023-09") == "until September 2023, no beginning stated"
    assert date_range_words("2023-08-20", "2023-08-21") == "20 August 2023 to 21 August 2023"
    assert date_range_words(None, None) == "no dates stated"


def test_codes_come_with_the_names_that_people_know() -> None:
    assert airfield_words("GAGO") == "Gao Airport (GAGO)"
    assert airfield_words("XXXX") == "XXXX"
    assert airfield_words(None) == "no airfield named"
    assert type_words("C130") == "Lockheed C-130 Hercules (C130)"
    assert type_words(None) == "type not stated"
    assert type_words(None, "large") == "type not stated, large"


def test_how_sure_is_said_in_words_and_shares() -> None:
    assert likelihood_words("very likely") == "very likely (80 to 95 %)"
    assert likelihood_words(None) == "not stated"
    assert grade_words("B2") == "B2: usually reliable source, probably true"
    assert grade_words(None) == "not graded"


@pytest.mark.parametrize(
    "hostile",
    [
        "javascript:alert(1)",
        " JaVaScRiPt:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "file:///etc/passwd",
        "//example.org/x",
        "https:",
        "https://[",
        "",
        None,
    ],
)
def test_what_is_no_web_address_never_becomes_a_link(hostile: str | None) -> None:
    assert link_address(hostile) is None


@given(st.text())
def test_a_link_can_only_lead_to_the_web(text: str) -> None:
    address = link_address(text)
    assert address is None or address.lower().startswith(("http://", "https://"))


def test_a_page_that_shows_a_part_says_which() -> None:
    assert filter_words(Filter()) == ""
    wanted = Filter(
        airfields=frozenset({"GABS"}),
        types=frozenset({"C130", None}),
        analysts=frozenset({"ana@example.org"}),
        during=parse_period("2023-10", "2023-10-27"),
        bbox=parse_bbox("-9,12,-7,13"),
    )
    assert filter_words(wanted) == (
        "at Modibo Keita International Airport / Senou Airport (GABS); type C130 or not stated; "
        "only certain analysts; from 1 October 2023; "
        "until 27 October 2023; between -9.0° and -7.0° east, 12.0° and 13.0° north"
    )
