"""A type is a designator that is known, or is refused with those it may be."""

from __future__ import annotations

import pytest

from annotate.intake.type_names import aircraft_type_of
from imagery.aircraft.types import aircraft_types
from imagery.errors import UsageError


@pytest.mark.parametrize("designator", ["C130", "c130", " C130 "])
def test_a_designator_is_taken_in_either_case(designator: str) -> None:
    assert aircraft_type_of(designator, "`type`") is aircraft_types()["C130"]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("C-130", "C130"),
        ("hercules", "C130"),
        ("Il-76", "IL76"),
        ("C13O", "C130"),
        ("B52H", "B52"),
        ("Globemaster", "C17"),
    ],
)
def test_what_is_nearly_one_is_refused_with_the_one_meant(text: str, meant: str) -> None:
    with pytest.raises(UsageError, match=f"`type`: '{text}' is not a known ICAO designator.*{meant} \\("):
        aircraft_type_of(text, "`type`")


@pytest.mark.parametrize("text", ["", "-", "zzzzzz"])
def test_what_is_like_none_is_refused_without_a_guess(text: str) -> None:
    with pytest.raises(UsageError, match="leave it out"):
        aircraft_type_of(text, "`type`")
