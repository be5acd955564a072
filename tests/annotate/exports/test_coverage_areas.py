"""A map shows where people have looked, so that nobody takes an empty place for one that was seen empty."""

from __future__ import annotations

import sqlite3
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import geopandas
import pytest
import shapely
from pandas import Timestamp

from annotate.exports.export import export
from annotate.log.entries import SceneReview, Verdict
from annotate.log.store import Log, open_log
from imagery.area import area_on_earth, area_to_json
from imagery.record import SceneRecord

KML = "{http://www.opengis.net/kml/2.2}"


def part(scene: SceneRecord, *window: float) -> dict[str, Any] | None:
    return area_to_json(area_on_earth(scene.grid, shapely.box(*window)))


@pytest.fixture(scope="module")
def looked(
    tmp_path_factory: pytest.TempPathFactory,
    scene_record: Callable[..., SceneRecord],
    review: Callable[..., SceneReview],
    verdict: Callable[..., Verdict],
) -> Iterator[Log]:
    """A log of one scene: people saw a quarter, could not see a part of that, and some of it is cloud."""
    scene = scene_record(path="vault/apron-7.tif", acquired="2023-10-27")
    limits = {"resolution_m": 0.5, "shown_from_m": 5.0, "found_from_m": None, "cloud_share": 0.1}
    limits |= {"cloud_stated": None, "clouds": part(scene, 0, 0, 100, 100)}
    seen, hidden = part(scene, 0, 0, 600, 450), part(scene, 300, 300, 400, 400)
    path = tmp_path_factory.mktemp("looked") / "log.db"
    with open_log(str(path), create=True) as log:
        log.review(
            [review(scene=scene, tiles=4, tasks=1, reviewed=1, seen=seen, hidden=hidden, limits=limits)]
        )
        log.record([verdict(1, scene=scene)])
        yield log


def test_a_geopackage_has_each_area_with_its_scene_and_dates(looked: Log, tmp_path: Path) -> None:
    export(looked, tmp_path / "a.gpkg")
    areas = geopandas.read_file(tmp_path / "a.gpkg", layer="coverage")
    assert areas["kind"].tolist() == ["searched", "seen", "hidden", "cloud"]
    assert areas["coverage"].str.startswith("1 of 4 tiles seen by a person").all()
    assert set(areas["scene_path"]) == {"vault/apron-7.tif"}
    assert set(areas["begins"]) == {Timestamp("2023-10-27", tz="UTC")}
    searched, seen, *_ = areas.geometry.to_crs(32629).area.tolist()
    assert seen / searched == pytest.approx(0.25, abs=0.01)


def test_qgis_draws_each_kind_by_a_rule_of_its_own(looked: Log, tmp_path: Path) -> None:
    export(looked, tmp_path / "a.gpkg")
    with closing(sqlite3.connect(tmp_path / "a.gpkg")) as database:
        (text,) = database.execute(
            "SELECT styleQML FROM layer_styles WHERE f_table_name = 'coverage'"
        ).fetchone()
        rules = [rule.attrib["filter"] for rule in ET.fromstring(text).iter("rule")]
        counts = [
            database.execute(f"SELECT count(*) FROM coverage WHERE {rule}").fetchone()[0] for rule in rules
        ]
    assert counts == [1, 1, 1, 1]


def test_a_kmz_has_a_folder_of_areas(looked: Log, tmp_path: Path) -> None:
    export(looked, tmp_path / "a.kmz")
    with zipfile.ZipFile(tmp_path / "a.kmz") as archive:
        root = ET.fromstring(archive.read("doc.kml"))
    (folder,) = (one for one in root.iter(f"{KML}Folder") if one.findtext(f"{KML}name") == "Coverage")
    assert [one.findtext(f"{KML}name") for one in folder.iter(f"{KML}Placemark")] == [
        "searched by the machine, 2023-10-27",
        "seen by a person, 2023-10-27",
        "a person could not see there, 2023-10-27",
        "under cloud, 2023-10-27",
    ]
    assert len(list(folder.iter(f"{KML}Polygon"))) == 4
    assert {one.text for one in folder.iter(f"{KML}when")} == {"2023-10-27"}


@pytest.mark.parametrize("suffix", [".gpkg", ".kmz"])
def test_a_public_map_does_not_name_the_scenes_file(suffix: str, looked: Log, tmp_path: Path) -> None:
    path = tmp_path / f"public{suffix}"
    export(looked, path, public=True)
    content = path.read_bytes()
    if suffix == ".kmz":
        with zipfile.ZipFile(path) as archive:
            content = archive.read("doc.kml")
    assert b"apron-7" not in content
    assert b"1 of 4 tiles seen by a person" in content


def test_where_places_are_rounded_nothing_is_said_of_tiles(looked: Log, tmp_path: Path) -> None:
    """People are shown the tiles with candidates: these would give the places away."""
    export(looked, tmp_path / "a.gpkg", round_m=1000)
    assert len(geopandas.read_file(tmp_path / "a.gpkg", layer="coverage")) == 0
