"""The table of aircraft types."""

import pytest

from imagery.aircraft import aircraft_types


def test_types_an_analyst_looks_for_are_in_the_table():
    wanted = "C130 AN12 A400 C17 IL76 C295 CN35 B738 A320 AT72 DH8D A332 B744 SU25 L39 MI8 MI24 F16 MG29 C208"
    assert set(wanted.split()) <= set(aircraft_types())


def test_a_c130_is_as_long_and_wide_as_published():
    hercules = aircraft_types()["C130"]
    assert (hercules.length_m, hercules.wingspan_m, hercules.engines) == (29.79, 40.41, 4)


@pytest.mark.parametrize("aircraft", aircraft_types().values(), ids=lambda aircraft: aircraft.icao)
def test_every_row_is_plausible_and_names_its_source(aircraft):
    assert 2 <= len(aircraft.icao) <= 4
    assert 7 < aircraft.length_m < 80
    assert 3 < aircraft.wingspan_m < 80
    assert 1 <= aircraft.engines <= 4
    assert aircraft.source
    # ICAO counts a helicopter's engines as turboshafts, and nothing else's.
    assert (aircraft.wing == "rotor") == (aircraft.engine == "turboshaft")
    assert (aircraft.wing == "rotor") == (aircraft.category == "Helicopter")


def test_the_table_cannot_be_changed_by_who_reads_it():
    with pytest.raises(TypeError):
        aircraft_types()["C130"] = None
