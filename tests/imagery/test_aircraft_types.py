"""The table of aircraft types."""

import csv
import re
from collections import Counter
from importlib.resources import files
from itertools import groupby

import pytest

from imagery.aircraft.types import aircraft_types

every_type = pytest.mark.parametrize(
    "aircraft", aircraft_types().values(), ids=lambda aircraft: aircraft.icao
)


@pytest.fixture(scope="module")
def rows():
    with files("imagery.aircraft").joinpath("types.csv").open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table, strict=True))


@pytest.mark.parametrize(
    ("what", "wanted"),
    [
        ("transports", "C130 C30J AN12 AN22 A400 C17 C5 IL76 Y20 A124 A225 C27J C295 CN35 C212 C160"),
        ("Antonov's twins", "AN24 AN26 AN30 AN32 AN72"),
        ("tankers", "K35R DC10 B762 A310 A332 IL76 E390"),
        ("patrol and warning aircraft", "E3TF A50 P3 P8 IL38 E2"),
        ("bombers", "B52 B1 B2 TU95 T160 T22M TU16"),
        ("western fighters", "F15 F16 F18H F22 F35 F4 F5 F14 EUFI RFAL MIR2 MRF1 SB39 TOR A10 HAR"),
        ("Russian fighters", "SU17 SU24 SU25 SU27 SU57 MG21 MG23 MG25 MG29 MG31"),
        ("Asian fighters", "J10 J20 FC1 LCA"),
        ("trainers", "L39 AJET HAWK K8 E314 TUCA TEX2 PC7 PC21"),
        ("drones", "Q1 Q4 Q9 HRON"),
        ("Russian helicopters", "MI8 MI24 MI26 MI28 KA52"),
        ("western helicopters", "H60 H47 H53 H64 HUCO UH1 AS32 EC25 GAZL ALO3 PUMA NH90 TIGR LYNX EH10 A139"),
        ("airliners", "A320 A20N A333 A359 A388 B732 B738 B38M B744 B752 B763 B77W B789 MD82 MD11 T154 SU95"),
        ("regional airliners", "E145 E190 CRJ2 CRJ9 F70 B462 RJ85 AT43 AT72 DH8D F50 SF34 YK40 DC3"),
        ("business jets", "GLF4 GLF6 GLEX CL60 FA7X F900 LJ35 C525 C56X C750 E55P H25B PC24"),
        ("small aircraft", "C172 C208 PC12 BE20 L410 DHC6 P28A PA34 DA40 SR22 AN2"),
    ],
)
def test_types_an_analyst_looks_for_are_in_the_table(what, wanted):
    assert set(wanted.split()) <= set(aircraft_types()), what


def test_there_are_at_least_150_types(rows):
    assert len(rows) == len(aircraft_types()) >= 150


def test_no_designator_or_name_is_given_twice(rows):
    for column in ("icao", "name"):
        assert not [value for value, count in Counter(row[column] for row in rows).items() if count > 1]


def test_a_category_is_never_taken_up_again_further_down(rows):
    groups = [category for category, _ in groupby(row["category"] for row in rows)]
    assert len(groups) == len(set(groups))


def test_a_c130_is_as_long_and_wide_as_published():
    hercules = aircraft_types()["C130"]
    assert (hercules.length_m, hercules.wingspan_m, hercules.engines) == (29.79, 40.41, 4)


@every_type
def test_every_row_is_plausible_and_names_its_source(aircraft):
    assert re.fullmatch(r"[A-Z][A-Z0-9]{1,3}", aircraft.icao)
    assert aircraft.name == aircraft.name.strip() != ""
    assert aircraft.source
    assert 6 < aircraft.length_m <= 84  # the An-225 was the longest
    assert aircraft.engines in (1, 2, 3, 4, 6, 8)
    # Only helicopters have turboshafts; a light one may have a piston engine.
    assert aircraft.wing == "rotor" or aircraft.engine != "turboshaft"
    assert aircraft.wing != "rotor" or aircraft.engine in ("turboshaft", "piston")
    assert (aircraft.wing == "rotor") == (aircraft.category == "Helicopter")


@every_type
def test_length_and_span_are_in_the_proportion_of_their_kind(aircraft):
    # What a decimal point or a swapped column would break: a helicopter is slim without its rotor, a fighter
    # longer than wide, an endurance drone or a flying wing far wider than long.
    slenderness = aircraft.wingspan_m / aircraft.length_m
    lower, upper = {
        "Helicopter": (0.12, 0.6),
        "Fighter": (0.45, 1.05),
        "Drone": (1.5, 3.0),
        "Bomber": (0.75, 2.6),
    }.get(aircraft.category, (0.6, 1.7))
    assert lower < slenderness < upper


def test_the_table_cannot_be_changed_by_who_reads_it():
    with pytest.raises(TypeError):
        aircraft_types()["C130"] = None
