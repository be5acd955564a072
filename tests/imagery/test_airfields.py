"""Which airfield an image shows."""

from importlib.resources import files

import pytest
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod, Transformer
from rasterio.crs import CRS

from imagery.airfields import (
    SEARCH_RADIUS_M,
    airfield_of,
    airfields,
    distance_m,
    nearest_airfield,
    shown_airfield,
)
from imagery.errors import UsageError
from imagery.grid import Grid, LonLat

GEOD = Geod(ellps="WGS84")


@pytest.mark.parametrize(
    ("icao", "place"),
    [
        ("GABS", LonLat(-7.9499, 12.5335)),
        ("GAGO", LonLat(-0.0056, 16.2484)),
        ("DRRN", LonLat(2.1836, 13.4815)),
        ("KMKE", LonLat(-87.8966, 42.9472)),
    ],
)
def test_an_airfield_is_found_at_its_published_position(icao, place):
    nearest = nearest_airfield(place)
    assert nearest.airfield.icao == icao
    assert nearest.distance_m < 1000


def test_tessalit_lies_where_it_is_and_not_19_km_off():
    lon, lat = airfields()["GATS"].lonlat
    assert (lon, lat) == pytest.approx((0.976, 20.243), abs=0.02)


@pytest.mark.parametrize("place", [LonLat(-30, 0), LonLat(-140, -45), LonLat(0, 90), LonLat(180, 0)])
def test_no_airfield_is_named_in_mid_ocean(place):
    assert nearest_airfield(place) is None


def test_an_airfield_counts_up_to_the_radius_and_not_beyond():
    bamako = airfields()["GABS"].lonlat
    near = LonLat(*GEOD.fwd(*bamako, 200, SEARCH_RADIUS_M - 10)[:2])
    far = LonLat(*GEOD.fwd(*bamako, 200, SEARCH_RADIUS_M + 10)[:2])
    assert nearest_airfield(near).distance_m == pytest.approx(SEARCH_RADIUS_M - 10, abs=0.01)
    assert nearest_airfield(far) is None
    assert nearest_airfield(far, SEARCH_RADIUS_M + 20).airfield.icao == "GABS"


def test_the_antimeridian_is_no_border():
    """Matei (NFNM) in Fiji lies at 179.88 W: 13 km from 179.999 E, and 359 degrees by subtraction."""
    found = nearest_airfield(LonLat(179.999, -16.69), 20_000)
    assert found.airfield.icao == "NFNM"
    assert found.distance_m < 20_000


@settings(max_examples=10, deadline=None)  # a loaded machine is no bug
@given(st.sampled_from(sorted(airfields())), st.floats(0, 360), st.floats(0, 4000))
def test_what_is_named_is_never_further_than_any_other(icao, azimuth, distance):
    place = LonLat(*GEOD.fwd(*airfields()[icao].lonlat, azimuth, distance)[:2])
    nearest = nearest_airfield(place)
    assert nearest.distance_m <= distance + 1e-6
    lonlat = nearest.airfield.lonlat
    assert GEOD.inv(*place, *lonlat)[2] == pytest.approx(nearest.distance_m, abs=1e-6)


@pytest.mark.parametrize("code", ["GABS", "gabs"])
def test_a_code_names_its_airfield_in_either_case(code):
    assert airfield_of(code, "--airfield") is airfields()["GABS"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("GABX", "GABS"),
        ("GASB", "GABS"),
        ("DRNR", "DRRN"),
        ("GABSS", "GABS"),
        ("BKO", "GABS"),
    ],
)
def test_an_unknown_code_is_refused_with_the_one_meant(written, meant):
    """Two letters that changed places, one wrong or too many, an IATA code, a town."""
    with pytest.raises(UsageError, match=f"--airfield: no airfield is called '{written}'.*{meant} \\("):
        airfield_of(written, "--airfield")


@pytest.mark.parametrize(
    ("written", "icao"),
    [
        ("Modibo Keita", "GABS"),
        ("modibo keïta", "GABS"),
        ("Senou", "GABS"),
        ("Jufra", "HL69"),
        ("al-Jufra", "HL69"),
        ("Benina", "HLLB"),
        ("Timbuktu", "GATB"),
    ],
)
def test_a_name_that_one_airfield_has_names_it_short_old_or_new(written, icao):
    assert airfield_of(written, "--airfield").icao == icao


@pytest.mark.parametrize("written", ["John", "San Pedro"])
def test_a_name_that_several_have_is_refused_with_them(written):
    with pytest.raises(UsageError, match=f"no airfield is called '{written}'; did you mean .*, .*"):
        airfield_of(written, "--airfield")


@pytest.mark.parametrize("written", ["", "0000000", "nowhere at all"])
def test_what_is_like_no_code_is_refused_without_a_guess(written):
    with pytest.raises(UsageError, match="check the ICAO code"):
        airfield_of(written, "PLACES")


def test_a_distance_is_that_on_the_ground():
    assert distance_m(LonLat(179.9, 0), LonLat(-179.9, 0)) == pytest.approx(22264, abs=1)


def test_an_airfield_that_was_renamed_has_both_names() -> None:
    """The documents say Modibo Keita, other programs Senou: whoever searches a page for either finds it."""
    bamako = airfields()["GABS"]
    assert bamako.name == "Modibo Keita International Airport"
    assert bamako.words == "Modibo Keita International Airport / Senou Airport"
    assert airfields()["GAGO"].words == airfields()["GAGO"].name == "Gao Airport"


def test_every_renamed_airfield_is_one_that_is_known() -> None:
    renamed = {icao: airfield for icao, airfield in airfields().items() if airfield.other_names}
    table = files("imagery").joinpath("airfield_names.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert {line[:4] for line in table} <= renamed.keys()
    assert all(airfield.name not in airfield.other_names for airfield in renamed.values())


def scene_off(icao: str, metres: float) -> Grid:
    """A scene of 500 m whose west edge lies so many metres east of an airfield's reference point."""
    east, north = Transformer.from_crs(4326, 32650, always_xy=True).transform(*airfields()[icao].lonlat)
    corner = Affine.translation(east + metres, north + 250)
    return Grid(1000, 1000, corner @ Affine.scale(0.5, -0.5), CRS.from_epsg(32650))


def test_a_part_of_an_airfield_shows_it_though_its_reference_point_is_elsewhere():
    """Beijing's is 4 km long: a scene of its terminal ends 2 km from its reference point."""
    shown = shown_airfield(scene_off("ZBAA", 2000), "terminal.tif", "ZBAA")
    assert shown.airfield.icao == "ZBAA"
    assert shown.distance_m == pytest.approx(2250, abs=10)
    assert shown_airfield(scene_off("ZBAA", -250), "apron.tif", "ZBAA").distance_m < 2


def test_a_scene_of_another_place_does_not_show_an_airfield_that_is_named():
    with pytest.raises(UsageError, match=r"wrong.tif: lies 6 km from the reference point of ZBAA \(Beijing"):
        shown_airfield(scene_off("ZBAA", 6000), "wrong.tif", "ZBAA")
    with pytest.raises(UsageError, match=r"lies [\d,]+ km from the reference point of GABS"):
        shown_airfield(scene_off("ZBAA", 0), "wrong.tif", "GABS")
