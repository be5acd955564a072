"""A type is a designator or a name that is known, or is refused with those it may be."""
# ruff: noqa: RUF001 # what people write

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
        ("hercules", "C130"),
        ("C13O", "C130"),
        ("Globemaster", "C17"),
        ("Airbus A330", "A332"),
        ("737", "B732"),
        ("KC-135", "K35R"),
        ("UH-60 Black Hawk", "H60"),
        ("Cessna Caravan", "C208"),
        ("A-29 Super Tucano", "E314"),
        ("Ilyushin Il-76MD-90A", "IL76"),
    ],
)
def test_what_is_nearly_one_is_refused_with_the_one_meant(text: str, meant: str) -> None:
    with pytest.raises(UsageError, match=f"`type`: '{text}' is not a known ICAO designator.*{meant} \\("):
        aircraft_type_of(text, "`type`")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("C-130H Hercules", "C130"),
        ("C-130H", "C130"),
        ("C-130", "C130"),
        ("C-130J", "C30J"),
        ("King Air 350", "B350"),
        ("Il-76MD", "IL76"),
        ("Il 76", "IL76"),
        ("B-52H", "B52"),
        ("Boeing 737-800", "B738"),
        ("Ил-76", "IL76"),
        ("Ил-76МД", "IL76"),
        ("Ан-26", "AN26"),
        ("МиГ-29", "MG29"),
        ("Су-30", "SU27"),
        ("Ту-22М3", "T22M"),
        ("Як-130", "Y130"),
        ("Ми\u201124", "MI24"),
    ],
)
def test_a_name_that_one_type_has_is_that_type_in_latin_and_cyrillic(text: str, meant: str) -> None:
    assert aircraft_type_of(text, "`type`").icao == meant


@pytest.mark.parametrize("text", ["", "-", "zzzzzz", "Bayraktar TB2"])
def test_what_is_like_none_is_refused_without_a_guess(text: str) -> None:
    with pytest.raises(UsageError, match="leave it out"):
        aircraft_type_of(text, "`type`")
