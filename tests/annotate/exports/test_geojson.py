"""GeoJSON is as RFC 7946 has it, and shows a route as a line between airfields."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from annotate.exports.export import export
from annotate.exports.selection import Selection
from annotate.log.entries import Movement
from annotate.log.features import route_of
from imagery.airfields import airfields


@pytest.fixture
def features(selection: Selection, tmp_path: Path) -> list[dict[str, Any]]:
    export(selection.log, tmp_path / "a.geojson")
    document = json.loads((tmp_path / "a.geojson").read_text(encoding="utf-8"))
    assert document["type"] == "FeatureCollection"
    return document["features"]


def test_a_sighting_is_a_point_longitude_first_with_its_identifier(
    features: list[dict[str, Any]], selection: Selection
) -> None:
    for feature, held in zip(features[:4], selection.sightings(), strict=False):
        assert feature["id"] == held.id
        assert feature["geometry"] == {"type": "Point", "coordinates": [held.lon, held.lat]}
        assert feature["properties"]["point_is"] == "position"


def test_geopandas_takes_sightings_as_they_are(selection: Selection) -> None:
    sightings = list(selection.sightings())
    frame = geopandas.GeoDataFrame.from_features(sightings, crs=4326)
    assert list(frame.geometry.isna()) == [sighting.lon is None for sighting in sightings]
    assert list(frame["id"]) == [sighting.id for sighting in sightings]


def test_what_has_no_place_at_all_has_no_geometry(features: list[dict[str, Any]]) -> None:
    """It was seen in an image without a place: no point is made up."""
    assert (features[4]["geometry"], features[4]["properties"]["point_is"]) == (None, None)


def test_what_names_only_an_airfield_lies_at_its_reference_point_and_says_so(
    features: list[dict[str, Any]],
) -> None:
    """Or a map would lack it. It is not where the aircraft stood, so `lon` and `lat` stay unknown."""
    reported = features[5]
    assert reported["geometry"] == {"type": "Point", "coordinates": list(airfields()["GAGO"].lonlat)}
    assert reported["properties"]["point_is"] == "reference point of GAGO"
    assert (reported["properties"]["lon"], reported["properties"]["lat"]) == (None, None)


def test_a_route_goes_from_airfield_to_airfield_in_order(features: list[dict[str, Any]]) -> None:
    route = features[6]
    assert route["properties"]["evidence"] == "reported"
    legs = route["geometry"]["coordinates"]
    codes = ("GABS", "GAGO", "GATS", "DRRN", "GABS")
    assert [leg[0] for leg in legs] == [list(airfields()[code].lonlat) for code in codes[:-1]]
    assert [leg[-1] for leg in legs] == [list(airfields()[code].lonlat) for code in codes[1:]]


def test_a_route_over_the_antimeridian_is_cut_there(features: list[dict[str, Any]]) -> None:
    """From Auckland to Honolulu over the Pacific, not back around the world."""
    route = features[7]
    assert route["properties"]["evidence"] == "inferred"
    (west, east) = (shapely.LineString(line) for line in route["geometry"]["coordinates"])
    assert west.bounds[2] == 180
    assert east.bounds[0] == -180
    assert west.length + east.length < 70


@given(st.lists(st.sampled_from(sorted(airfields())), min_size=2, max_size=5))
def test_no_leg_is_longer_than_half_the_globe_and_none_leaves_it(
    movement: Callable[..., Movement], places: list[str]
) -> None:
    route = route_of(tuple(places))
    if len(set(places)) == 1:
        assert route is None
        return
    assert route is not None
    west, _, east, _ = route.bounds
    assert -180 <= west <= east <= 180
    assert all(line.bounds[2] - line.bounds[0] <= 180 for line in route.geoms)


def test_a_place_without_a_code_is_not_drawn_over(movement: Callable[..., Movement]) -> None:
    """A line from the place before it to the one after it would show a leg that nobody reports."""
    route = route_of(("GABS", "a strip near Kidal", "GAGO", "GATS"))
    assert route is not None
    assert len(route.geoms) == 1
    assert route_of(("GABS", "a strip near Kidal", "GAGO")) is None


def test_other_programs_read_it(selection: Selection, tmp_path: Path) -> None:
    export(selection.log, tmp_path / "a.geojson")
    frame = geopandas.read_file(tmp_path / "a.geojson")
    assert frame.crs == "OGC:CRS84" or frame.crs.to_epsg() == 4326
    assert frame["evidence"].tolist() == ["seen"] * 5 + ["reported", "reported", "inferred"]
    assert frame.loc[frame["rendered"] == True, "scene_path"].tolist() == ["rendered/gabs.tif"]  # noqa: E712
