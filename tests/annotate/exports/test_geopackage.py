"""A GeoPackage opens in a GIS with what was seen, reported and rendered apart."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree as ET

import geopandas
import pyogrio
import pytest
from pandas import Timestamp

from annotate.exports.export import export
from annotate.exports.selection import Selection
from imagery.airfields import airfields
from imagery.grid import WGS84


@pytest.fixture
def package(selection: Selection, tmp_path: Path) -> Path:
    export(selection.log, tmp_path / "a.gpkg")
    return tmp_path / "a.gpkg"


def style_of(package: Path, layer: str) -> ET.Element:
    with closing(sqlite3.connect(package)) as database:
        (text,) = database.execute(
            "SELECT styleQML FROM layer_styles WHERE f_table_name = ? AND useAsDefault", (layer,)
        ).fetchone()
    return ET.fromstring(text)


def test_it_has_a_layer_of_points_and_one_of_lines(package: Path) -> None:
    layers = {name: kind for name, kind in pyogrio.list_layers(package) if kind}
    assert layers == {
        "sightings": "Point",
        "movements": "MultiLineString",
        "boxes": "Polygon",
        "coverage": "MultiPolygon",
    }
    movements = geopandas.read_file(package, layer="movements")
    assert movements["evidence"].tolist() == ["reported", "inferred"]
    assert movements.crs.to_epsg() == 4326


def test_a_point_lies_where_its_fields_say(package: Path) -> None:
    points = geopandas.read_file(package, layer="sightings")
    placed = points[points["lon"].notna()]
    assert placed.geometry.x.tolist() == placed["lon"].tolist()
    assert placed.geometry.y.tolist() == placed["lat"].tolist()
    assert placed["point_is"].unique().tolist() == ["position"]


def test_what_names_only_an_airfield_lies_at_its_reference_point_and_says_so(package: Path) -> None:
    points = geopandas.read_file(package, layer="sightings")
    reported, lost = points[points["lon"].isna()].sort_values("evidence").to_dict("records")
    assert (reported["evidence"], reported["point_is"]) == ("reported", "reference point of GAGO")
    assert tuple(reported["geometry"].coords[0]) == airfields()["GAGO"].lonlat
    assert lost["geometry"] is None
    assert points["point_is"].isna().sum() == 1


def test_times_are_dates_that_the_temporal_controller_moves_through(package: Path) -> None:
    points = geopandas.read_file(package, layer="sightings")
    day, month = points.iloc[0], points[points["evidence"] == "reported"].iloc[0]
    assert (day["begins"], day["ends"]) == (
        Timestamp("2023-10-27", tz="UTC"),
        Timestamp("2023-10-28", tz="UTC"),
    )
    assert (month["begins"], month["ends"]) == (
        Timestamp("2023-10-01", tz="UTC"),
        Timestamp("2023-11-01", tz="UTC"),
    )
    assert points["begins"].isna().tolist() == points["acquired"].isna().tolist()
    movements = geopandas.read_file(package, layer="movements")
    assert movements["begins"].notna().tolist() == [True, False], "one has no first day"
    assert movements["ends"].isna().all(), "and neither a last one"
    temporal = style_of(package, "sightings").find("temporal")
    assert temporal is not None
    assert [temporal.get(name) for name in ("enabled", "mode", "startField", "endField")] == [
        *("1", "2", "begins", "ends")
    ]


def test_a_box_is_as_long_and_wide_on_the_ground_as_it_was_measured(package: Path) -> None:
    boxes = geopandas.read_file(package, layer="boxes")
    assert len(boxes) == 4, "the fifth has no place on Earth"
    for _, box in boxes.iterrows():
        ring = list(box["geometry"].exterior.coords)
        bearing, _, length_m = WGS84.inv(*ring[1], *ring[0])
        _, _, wingspan_m = WGS84.inv(*ring[1], *ring[2])
        assert (length_m, wingspan_m) == pytest.approx((box["length_m"], box["wingspan_m"]), abs=0.01)
        assert bearing % 360 == pytest.approx(box["heading_deg"], abs=0.1)


def test_where_places_are_rounded_there_are_no_boxes(selection: Selection, tmp_path: Path) -> None:
    """They would lie where nothing stood."""
    export(selection.log, tmp_path / "b.gpkg", round_m=1000)
    assert len(geopandas.read_file(tmp_path / "b.gpkg", layer="boxes")) == 0


@pytest.mark.parametrize("layer", ["sightings", "boxes", "movements", "coverage"])
def test_qgis_finds_a_style_for_each_layer(package: Path, layer: str) -> None:
    """It looks for a table of this name, and for the layer's own geometry column in it."""
    with closing(sqlite3.connect(package)) as database:
        (column,) = database.execute(
            "SELECT column_name FROM gpkg_geometry_columns WHERE table_name = ?", (layer,)
        ).fetchone()
        found = database.execute(
            "SELECT f_geometry_column FROM layer_styles WHERE f_table_name = ?", (layer,)
        ).fetchall()
    assert found == [(column,)]


def test_each_kind_of_evidence_is_drawn_by_one_rule_of_its_own(package: Path) -> None:
    """QGIS draws every rule that fits; here the database itself says which ones do."""
    for layer, per_rule in {"sightings": [4, 1, 1, 0], "movements": [1, 1]}.items():
        rules = style_of(package, layer).findall(".//rule")
        assert len({rule.attrib["symbol"] for rule in rules}) == len(rules)
        with closing(sqlite3.connect(package)) as database:
            counts = [
                database.execute(f"SELECT count(*) FROM {layer} WHERE {rule.attrib['filter']}").fetchone()[0]
                for rule in rules
            ]
        assert counts == per_rule


def test_the_heading_turns_the_marker_and_the_label_names_the_type(package: Path) -> None:
    """The expressions are SQL, too: they are asked for what they say of each sighting."""
    style = style_of(package, "sightings")
    (label,) = (one.attrib["fieldName"] for one in style.iter("text-style"))
    angle, shape = (
        style.find(f".//Option[@name='{name}']/Option[@name='expression']") for name in ("angle", "name")
    )
    assert angle is not None
    assert shape is not None
    query = f"SELECT {label}, {angle.attrib['value']}, {shape.attrib['value']} FROM sightings ORDER BY fid"
    with closing(sqlite3.connect(package)) as database:
        assert database.execute(query).fetchall() == [
            ("C130", 61.5, "arrow"),
            ("B737", 61.5, "line"),
            ("C130 RENDERED", 61.5, "arrow"),
            ("unknown type", 61.5, "arrow"),
            ("unknown type", 0, "circle"),
            ("B737 (reported)", 0, "circle"),
        ]
