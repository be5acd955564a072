"""Exports carry every field to other programs, and nothing that those would run."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import pytest

from annotate.export import file as export_file
from annotate.export.csv import write_csv
from annotate.export.file import export_log
from annotate.export.geojson import write_geojson
from annotate.log.entry import Sighting, Verdict
from annotate.log.store import Log, open_log
from imagery.errors import OutputExists, OutputUnwritable, UsageError

NAMES = [field.name for field in fields(Sighting)]


@pytest.fixture
def log(tmp_path: Path, verdict: Callable[..., Verdict]) -> Iterator[Log]:
    """Three sightings, one of them withdrawn; one from an image of an unknown time."""
    undated = replace(verdict().scene, acquired=None, acquired_precision="unknown", acquired_from=None)
    with open_log(str(tmp_path / "log.db"), create=True) as opened:
        opened.record([verdict(1), verdict(2, scene=undated, type=None, heading_sure=False), verdict(3)])
        opened.record([verdict(3, verdict="rejected", annotated="2026-02-03T04:05:06Z")])
        yield opened


def csv_rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as text:
        return list(csv.DictReader(text))


def test_csv_and_geojson_carry_the_same_fields_and_values(log: Log, tmp_path: Path) -> None:
    """As the log has them, in its order: what a colleague opens is what the evidence says."""
    assert export_log(log, tmp_path / "a.csv") == 2
    assert export_log(log, tmp_path / "a.geojson") == 2
    lines = csv_rows(tmp_path / "a.csv")
    features = json.loads((tmp_path / "a.geojson").read_text(encoding="utf-8"))["features"]
    assert [list(line) for line in lines] == [NAMES, NAMES]
    assert [feature["properties"] for feature in features] == [asdict(held) for held in log.sightings()]
    for line, feature in zip(lines, features, strict=True):
        written = {name: value for name, value in feature["properties"].items() if value is not None}
        assert {name for name, cell in line.items() if cell} == written.keys()
        for name, value in written.items():
            expected = str(value).lower() if isinstance(value, bool) else str(value)
            assert line[name] == expected


def test_what_is_unknown_is_empty_in_csv_and_null_in_geojson(log: Log, tmp_path: Path) -> None:
    """Neither 0 nor a made-up date nor the word None."""
    export_log(log, tmp_path / "a.csv")
    export_log(log, tmp_path / "a.geojson")
    line = csv_rows(tmp_path / "a.csv")[1]
    assert (line["acquired"], line["acquired_precision"], line["type"]) == ("", "unknown", "")
    members = json.loads((tmp_path / "a.geojson").read_text(encoding="utf-8"))["features"][1]["properties"]
    assert (members["acquired"], members["type"]) == (None, None)


def test_what_was_withdrawn_is_in_no_export(log: Log, tmp_path: Path) -> None:
    export_log(log, tmp_path / "a.csv")
    assert {line["annotation_id"] for line in csv_rows(tmp_path / "a.csv")} == {"1", "2"}


def test_a_geojson_feature_is_a_point_longitude_first_with_the_entrys_id(log: Log, tmp_path: Path) -> None:
    export_log(log, tmp_path / "a.GeoJSON")
    document = json.loads((tmp_path / "a.GeoJSON").read_text(encoding="utf-8"))
    assert document["type"] == "FeatureCollection"
    for feature, held in zip(document["features"], log.sightings(), strict=True):
        assert feature["geometry"] == {"type": "Point", "coordinates": [held.lon, held.lat]}
        assert feature["id"] == held.id


def test_a_log_that_holds_nothing_is_a_table_of_its_names_and_an_empty_collection(tmp_path: Path) -> None:
    with open_log(str(tmp_path / "log.db"), create=True) as log:
        assert export_log(log, tmp_path / "a.csv") == 0
        assert export_log(log, tmp_path / "a.geojson") == 0
    assert (tmp_path / "a.csv").read_bytes() == ",".join(NAMES).encode() + b"\r\n"
    assert json.loads((tmp_path / "a.geojson").read_text())["features"] == []


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_text_that_a_spreadsheet_would_run_is_defused(start: str, log: Log) -> None:
    """The type and the analyst's name come from a server; OWASP lists what begins a formula."""
    hostile = f'{start}HYPERLINK("http://example.org";"x"),1\r\n"'
    text = io.StringIO(newline="")
    write_csv([replace(log.sightings()[0], type=hostile, analyst=hostile)], text)
    (line,) = csv.DictReader(io.StringIO(text.getvalue(), newline=""))
    assert line["type"] == line["analyst"] == f"'{hostile}"


def test_a_negative_number_is_no_formula(log: Log) -> None:
    """A longitude in the west with an apostrophe before it would be text to every reader."""
    text = io.StringIO(newline="")
    write_csv(log.sightings(), text)
    assert {line["lon"] for line in csv.DictReader(io.StringIO(text.getvalue()))} == {"-7.9512345"}


def test_text_with_quotes_lines_and_other_scripts_comes_back_as_it_was(log: Log) -> None:
    licence = 'CC-BY-4.0, "© Ľuboš"\n衛星 صورة'
    sightings = [replace(log.sightings()[0], licence=licence)]
    for write, read in ((write_csv, _licence_of_csv), (write_geojson, _licence_of_geojson)):
        text = io.StringIO(newline="")
        write(sightings, text)
        assert read(text.getvalue()) == licence


def _licence_of_csv(text: str) -> str:
    return next(csv.DictReader(io.StringIO(text, newline="")))["licence"]


def _licence_of_geojson(text: str) -> Any:
    return json.loads(text)["features"][0]["properties"]["licence"]


@pytest.mark.parametrize("name", ["log.xlsx", "log", "log.csv.gz", ".csv"])
def test_a_suffix_that_names_no_format_is_refused_with_those_that_do(
    name: str, log: Log, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=r"\.csv, \.geojson"):
        export_log(log, tmp_path / name)
    assert not (tmp_path / name).exists()


def test_a_file_that_is_there_is_kept_unless_it_may_be_replaced(log: Log, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("mine")
    with pytest.raises(OutputExists):
        export_log(log, tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text() == "mine"
    export_log(log, tmp_path / "a.csv", overwrite=True)
    assert len(csv_rows(tmp_path / "a.csv")) == 2


def test_a_folder_that_is_not_there_is_told_as_one(log: Log, tmp_path: Path) -> None:
    with pytest.raises(OutputUnwritable, match="nowhere"):
        export_log(log, tmp_path / "nowhere" / "a.csv")


def test_what_fails_midway_leaves_the_old_file_and_no_part_of_a_new_one(
    log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(sightings: Any, text: Any) -> int:
        text.write("half a li")
        raise OSError(28, "No space left on device")

    (tmp_path / "a.csv").write_text("old")
    monkeypatch.setitem(export_file.WRITERS, ".csv", broken)
    with pytest.raises(OSError, match="No space"):
        export_log(log, tmp_path / "a.csv", overwrite=True)
    assert (tmp_path / "a.csv").read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "log.db"]
