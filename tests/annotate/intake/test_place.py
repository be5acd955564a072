"""Places are refused where longitude and latitude were swapped or never set, and not set right in silence."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pyproj import Geod

from annotate.intake.place import parse_lonlat, parse_place, stated_lonlat, swapped_airfield
from imagery.airfields import SEARCH_RADIUS_M, airfields
from imagery.errors import UsageError
from imagery.grid import LonLat

GEOD = Geod(ellps="WGS84")
BAMAKO = airfields()["GABS"].lonlat
LONS, LATS = st.floats(-180, 180), st.floats(-90, 90)


def refused(text: str) -> str:
    with pytest.raises(UsageError) as failure:
        parse_lonlat(text)
    return str(failure.value)


def from_bamako(azimuth: float, distance_m: float) -> LonLat:
    return LonLat(*GEOD.fwd(*BAMAKO, azimuth, distance_m)[:2])


@given(LONS, LATS)
def test_what_is_on_the_globe_is_read_as_it_is_written(lon: float, lat: float) -> None:
    assume((lon, lat) != (0, 0))
    assert parse_lonlat(f"{lon!r}, {lat!r}") == (lon, lat)


@given(LONS, st.floats(90, 180, exclude_min=True), st.booleans())
def test_a_latitude_off_the_globe_is_refused_and_the_swap_is_named_where_it_fits(
    lon: float, lat: float, south: bool
) -> None:
    lat = -lat if south else lat
    message = refused(f"{lon!r},{lat!r}")
    assert "is out of range" in message
    assert ("longitude comes first" in message) == (abs(lon) <= 90)


@pytest.mark.parametrize("text", ["0,0", "0.0,-0.0", " 0 , 0 "])
def test_null_island_is_no_place(text: str) -> None:
    assert "were never set" in refused(text)


def test_the_equator_and_the_prime_meridian_are_places() -> None:
    assert parse_lonlat("0,51.5") == (0, 51.5)
    assert parse_lonlat("36.9,0") == (36.9, 0)


@pytest.mark.parametrize("text", ["", "12", "1,2,3", "nan,1", "1,inf", "12,5;7,9"])
def test_what_is_no_pair_of_degrees_is_refused_with_how_to_write_it(text: str) -> None:
    assert "LON,LAT" in refused(text)


@given(st.floats(0, 360), st.floats(0, SEARCH_RADIUS_M - 1))
def test_what_lies_at_the_named_airfield_is_taken(azimuth: float, distance_m: float) -> None:
    place = from_bamako(azimuth, distance_m)
    stated = parse_place("gabs", place)
    assert stated.airfield
    assert stated.airfield.icao == "GABS"
    assert stated.lonlat == place
    assert stated.distance_m == pytest.approx(distance_m, abs=1e-3)


@given(st.floats(0, 360), st.floats(SEARCH_RADIUS_M + 1, 1e6))
def test_what_lies_outside_it_is_refused_with_how_far(azimuth: float, distance_m: float) -> None:
    with pytest.raises(UsageError, match=r"lies [0-9,.]+ km from GABS") as failure:
        parse_place("GABS", from_bamako(azimuth, distance_m))
    shown_km = str(failure.value).split(" lies ")[1].split(" km ")[0].replace(",", "")
    assert float(shown_km) == pytest.approx(distance_m / 1000, abs=0.051)
    assert "swapped" not in str(failure.value)


@given(st.floats(0, 360), st.floats(0, SEARCH_RADIUS_M - 1))
def test_swapped_degrees_are_refused_with_what_to_write(azimuth: float, distance_m: float) -> None:
    place = from_bamako(azimuth, distance_m)
    with pytest.raises(UsageError, match="swapped it would lie") as failure:
        parse_place("GABS", LonLat(place.lat, place.lon))
    assert f"did you mean {place.lon:g},{place.lat:g}?" in str(failure.value)


def test_an_airfield_alone_is_no_position() -> None:
    """A reference point would pass for where the aircraft stood."""
    stated = parse_place("GABS", None)
    assert stated.airfield
    assert stated.airfield.icao == "GABS"
    assert stated.lonlat is None


def test_a_position_alone_names_the_airfield_it_lies_at() -> None:
    stated = parse_place(None, from_bamako(90, 800))
    assert stated.airfield
    assert stated.airfield.icao == "GABS"


def test_a_position_away_from_any_airfield_names_none() -> None:
    assert parse_place(None, LonLat(-30, 1)).airfield is None


def test_a_position_that_would_lie_at_an_airfield_if_swapped_is_noticed() -> None:
    there = swapped_airfield(LonLat(BAMAKO.lat, BAMAKO.lon))
    assert there
    assert there.icao == "GABS"
    assert swapped_airfield(LonLat(-100, 1)) is None, "swapped, it is off the globe"


def test_no_place_at_all_is_refused() -> None:
    with pytest.raises(UsageError, match="`airfield`, `lonlat` or both"):
        parse_place(None, None)


def test_an_unknown_code_is_refused_with_those_alike() -> None:
    with pytest.raises(UsageError, match="GABS"):
        parse_place("GABX", None)


@pytest.mark.parametrize("text", ["12.5335, -7.9499", "12.5335,-7.9499"])
def test_a_pair_as_maps_copy_it_is_refused_where_the_swapped_place_is_an_airfield(text: str) -> None:
    with pytest.raises(UsageError, match=r"swapped it would lie at GABS .*write -7\.9499,12\.5335, or '7"):
        stated_lonlat(text)
    assert stated_lonlat("7.9499S 12.5335E") == (12.5335, -7.9499), "letters leave no doubt"
    assert stated_lonlat("-7.9499,12.5335") == (-7.9499, 12.5335)
    assert stated_lonlat("16.0,29.2") == (16, 29.2), "swapped, it is no airfield either"
