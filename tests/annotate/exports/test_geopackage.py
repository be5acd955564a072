"""A GeoPackage opens in a GIS with what was seen, reported and rendered apart."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree as ET

import geopandas
import pyogrio
import pytest

from annotate.exports.export import export
from annotate.exports.selection import Selection


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
    assert layers == {"sightings": "Point", "movements": "MultiLineString"}
    movements = geopandas.read_file(package, layer="movements")
    assert movements["evidence"].tolist() == ["reported", "inferred"]
    assert movements.crs.to_epsg() == 4326


def test_a_point_lies_where_its_fields_say(package: Path) -> None:
    points = geopandas.read_file(package, layer="sightings")
    placed = points[points["lon"].notna()]
    assert placed.geometry.x.tolist() == placed["lon"].tolist()
    assert placed.geometry.y.tolist() == placed["lat"].tolist()
    assert points.loc[points["lon"].isna(), "geometry"].isna().all()


@pytest.mark.parametrize("layer", ["sightings", "movements"])
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
