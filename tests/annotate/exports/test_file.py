"""Every format holds the same fields of the same entries, in a file that is whole or not there."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas
import pandas as pd
import pyarrow.parquet as pq
import pytest

from annotate.exports import geojson
from annotate.exports.export import export, movements_path
from annotate.exports.formats import FORMATS, SUFFIXES
from annotate.exports.selection import ExportResult, Selection
from annotate.log.columns import columns, text_of
from annotate.log.entries import Movement, Sighting
from annotate.log.store import Log, open_log
from imagery.errors import OutputExists, OutputIncomplete, OutputUnwritable, UsageError

Rows = list[dict[str, Any]]
SUFFIX = {form: suffix for suffix, form in SUFFIXES.items()} | {"excel": ".csv"}


def of_csv(path: Path, encoding: str = "utf-8") -> Rows:
    with path.open(newline="", encoding=encoding) as text:
        return list(csv.DictReader(text))


def of_excel(path: Path) -> Rows:
    rows = of_csv(path, "utf-8-sig")
    return [{name: cell.removeprefix("'") for name, cell in row.items()} for row in rows]


def of_geojson(path: Path) -> Rows:
    rows = [feature["properties"] for feature in json.loads(path.read_bytes())["features"]]
    return [row for row in rows if "places" not in row]  # the movements come after them


def of_gpkg(path: Path) -> Rows:
    frame = geopandas.read_file(path, layer="sightings", engine="pyogrio").drop(columns="geometry")
    return [
        {name: None if pd.isna(value) else value for name, value in row.items()}
        for row in frame.to_dict("records")
    ]


def of_geoparquet(path: Path) -> Rows:
    return pq.read_table(path).drop_columns("geometry").to_pylist()


def of_kmz(path: Path) -> Rows:
    from xml.etree import ElementTree as ET

    with zipfile.ZipFile(path) as archive:
        root = ET.fromstring(archive.read("doc.kml"))
    space = "{http://www.opengis.net/kml/2.2}"
    folder = root.find(f".//{space}Folder")
    assert folder is not None
    return [
        {data.attrib["name"]: data.findtext(f"{space}value") for data in placemark.iter(f"{space}Data")}
        for placemark in folder.iter(f"{space}Placemark")
    ]


def of_coco(path: Path) -> Rows:
    with zipfile.ZipFile(path) as archive:
        return [image["sighting"] for image in json.loads(archive.read("annotations.json"))["images"]]


def of_yolo(path: Path) -> Rows:
    with zipfile.ZipFile(path) as archive:
        return list(csv.DictReader(io.StringIO(archive.read("sightings.csv").decode(), newline="")))


READERS: dict[str, Callable[[Path], Rows]] = {
    "csv": of_csv,
    "excel": of_excel,
    "geojson": of_geojson,
    "gpkg": of_gpkg,
    "kmz": of_kmz,
    "geoparquet": of_geoparquet,
    "coco": of_coco,
    "yolo": of_yolo,
}


# What only a map needs, besides the log's fields.
DERIVED = {
    "gpkg": ("begins", "ends", "point_is"),
    **dict.fromkeys(("kmz", "geojson", "geoparquet"), ("point_is",)),
}


def as_text(row: dict[str, Any], kinds: dict[str, str]) -> dict[str, str]:
    """What a format says, not how it says it: text for all, nothing for what is unknown."""
    texts = {}
    for name, value in row.items():
        if value is None or value == "":
            continue
        if kinds[name] == "number":
            texts[name] = repr(float(value))
        elif kinds[name] == "integer":
            texts[name] = str(int(value))
        elif kinds[name] in ("numbers", "texts"):
            held = json.loads(value) if isinstance(value, str) else list(value)
            texts[name] = repr([float(one) if kinds[name] == "numbers" else one for one in held])
        else:
            texts[name] = (
                text_of(bool(value)) if kinds[name] == "flag" and not isinstance(value, str) else str(value)
            )
    return texts


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_has_every_field_under_its_own_name(
    form: str, selection: Selection, tmp_path: Path
) -> None:
    """Read by another program: what a colleague opens is what the evidence says."""
    path = tmp_path / f"out{SUFFIX[form]}"
    written = export(selection.log, path, format=form)
    kinds = {column.name: column.kind for column in columns(Sighting)}
    held = [as_text(vars(sighting), kinds) for sighting in selection.sightings()]
    if form in ("coco", "yolo"):
        held = held[:-1]  # the one that was reported has no picture
        assert written.left_out == 1
    rows = [
        {name: value for name, value in row.items() if name not in DERIVED.get(form, ())}
        for row in READERS[form](path)
    ]
    if form not in ("kmz",):  # which leaves out what is unknown
        assert all(list(row) == list(kinds) for row in rows)
    assert [as_text(row, kinds) for row in rows] == held


def test_the_formats_of_this_test_are_all_there_are() -> None:
    assert READERS.keys() == set(FORMATS)


@pytest.mark.parametrize("form", ["csv", "excel", "geoparquet"])
def test_the_movements_of_a_table_are_in_a_second_file(
    form: str, selection: Selection, tmp_path: Path
) -> None:
    path = tmp_path / f"out{SUFFIX[form]}"
    assert export(selection.log, path, format=form) == ExportResult(6, 2, files=(path, movements_path(path)))
    rows = READERS[form](tmp_path / f"out-movements{SUFFIX[form]}")
    kinds = {column.name: column.kind for column in columns(Movement)}
    assert [as_text(row, kinds) for row in rows] == [
        as_text(vars(one), kinds) for one in selection.movements()
    ]
    assert [row["evidence"] for row in rows] == ["reported", "inferred"]


def test_a_log_without_movements_needs_no_second_file(tmp_path: Path) -> None:
    with open_log(str(tmp_path / "log.db"), create=True) as log:
        export(log, tmp_path / "a.csv")
    assert not movements_path(tmp_path / "a.csv").exists()


def test_an_older_second_file_does_not_stay_beside_a_new_export(log: Log, tmp_path: Path) -> None:
    """Its routes would pass for those of the new one."""
    export(log, tmp_path / "a.csv")
    with open_log(str(tmp_path / "empty.db"), create=True) as empty:
        export(empty, tmp_path / "a.csv", overwrite=True)
        assert of_csv(movements_path(tmp_path / "a.csv")) == []
        (tmp_path / "a.csv").unlink()
        with pytest.raises(OutputExists, match=r"a-movements\.csv"):
            export(empty, tmp_path / "a.csv")


@pytest.mark.parametrize("form", FORMATS)
def test_a_log_that_holds_nothing_is_an_empty_file_of_its_kind(form: str, tmp_path: Path) -> None:
    path = tmp_path / f"out{SUFFIX[form]}"
    with open_log(str(tmp_path / "log.db"), create=True) as log:
        assert export(log, path, format=form) == ExportResult(0, files=(path,))
    assert READERS[form](path) == []


@pytest.mark.parametrize("form", [form for form in FORMATS if form != "gpkg"])
def test_the_same_log_has_the_same_bytes(form: str, selection: Selection, tmp_path: Path) -> None:
    """So that two exports can be compared by their hashes; a GeoPackage keeps the time it was made."""
    first, second = tmp_path / f"a{SUFFIX[form]}", tmp_path / f"b{SUFFIX[form]}"
    for path in (first, second):
        export(selection.log, path, format=form)
    assert first.read_bytes() == second.read_bytes()


def test_what_was_withdrawn_is_in_no_export(log: Log, tmp_path: Path) -> None:
    """The sixth aircraft was confirmed and then rejected."""
    export(log, tmp_path / "a.csv")
    assert {line["annotation_id"] for line in of_csv(tmp_path / "a.csv")} == {"1", "2", "3", "4", "5", ""}


@pytest.mark.parametrize("name", ["log.xlsx", "log", "log.csv.gz", ".csv", "log.zip"])
def test_a_suffix_that_names_no_format_is_refused_with_those_that_do(
    name: str, selection: Selection, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=r"\.csv, \.geojson"):
        export(selection.log, tmp_path / name)
    assert not (tmp_path / name).exists()


def test_a_named_format_counts_more_than_the_suffix(selection: Selection, tmp_path: Path) -> None:
    export(selection.log, tmp_path / "a.zip", format="kmz")
    assert len(of_kmz(tmp_path / "a.zip")) == 6


def test_a_file_that_is_there_is_kept_unless_it_may_be_replaced(selection: Selection, tmp_path: Path) -> None:
    (tmp_path / "a.gpkg").write_text("mine")
    with pytest.raises(OutputExists):
        export(selection.log, tmp_path / "a.gpkg")
    assert (tmp_path / "a.gpkg").read_text() == "mine"
    export(selection.log, tmp_path / "a.gpkg", overwrite=True)
    assert len(of_gpkg(tmp_path / "a.gpkg")) == 6


def test_a_folder_that_is_not_there_is_told_as_one(selection: Selection, tmp_path: Path) -> None:
    with pytest.raises(OutputUnwritable, match="nowhere"):
        export(selection.log, tmp_path / "nowhere" / "a.csv")


def test_what_fails_midway_leaves_the_old_file_and_no_part_of_a_new_one(
    selection: Selection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Selection, path: Path) -> ExportResult:
        path.write_text("half a fea")
        raise OSError(28, "No space left on device")

    (tmp_path / "a.geojson").write_text("old")
    before = sorted(path.name for path in tmp_path.iterdir())
    monkeypatch.setattr(geojson, "write_geojson", broken)
    with pytest.raises(OutputIncomplete, match="No space"):
        export(selection.log, tmp_path / "a.geojson", overwrite=True)
    assert (tmp_path / "a.geojson").read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_a_format_that_does_not_exist_is_refused_with_those_that_do(log: Log, tmp_path: Path) -> None:
    unknown: Any = "shapefile"
    with pytest.raises(UsageError, match="`format`: 'shapefile' is not one of csv, excel"):
        export(log, tmp_path / "a.csv", format=unknown)


@pytest.mark.parametrize("round_m", [0, -500, float("nan")])
def test_positions_are_rounded_to_a_distance_above_0(round_m: float, log: Log, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="`round_m`"):
        export(log, tmp_path / "a.csv", round_m=round_m)
    assert list(tmp_path.iterdir()) == []
