"""A file is taken for an export only if every line of it can be true."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from annotate.exports.csv import write_csv
from annotate.exports.export import export
from annotate.exports.selection import Selection
from annotate.intake.export_reading import read_export
from annotate.log.csv_dialects import EXCEL
from annotate.log.entries import Sighting
from imagery.errors import UsageError


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("id", "12", "'12' is not an identifier"),
        ("evidence", "inferred", "a sighting is seen or reported"),
        ("evidence", "observed", "'observed' is not one of seen, reported, inferred"),
        ("lon", "190", "is out of range"),
        ("lat", "", "one of lon and lat"),
        ("lat", "north", "lat: 'north' is not a number"),
        ("acquired", "27/10/2023", "write 2023-10-27"),
        ("acquired", "03/04/2023", "could mean several days"),
        ("acquired", "2093-10-27", "in the future"),
        ("acquired", "1993-10-27", "before 1999"),
        ("acquired", "2023-10", "not known to the day"),
        ("acquired", "", "not known to the day"),
        ("airfield", "GABX", "GABS"),
        ("type", "C131X", "not a known ICAO designator"),
        ("likelihood", "probable-ish", "not an expression of ICD 203"),
        ("admiralty", "G2", "not a grade"),
        ("source_url", "javascript:alert(1)", "not a web address"),
        ("archive_url", "https://[", "not a web address"),
        ("source_url", "https://ana:secret@example.org/", "a password"),
        ("scene_sha256", "abc", "not a SHA-256"),
        ("heading_deg", "400", "not between 0 and 360"),
        ("heading_deg", "nan", "not a number"),
        ("rendered", "perhaps", "not true or false"),
        ("rendered", "", "rendered is missing"),
        ("count", "1.5", "not a whole number"),
        ("count", "0", "0 is not a number of aircraft"),
        ("box_px", "60, 80", "not a list"),
        ("note", "\x1b[2J", "control characters"),
    ],
)
def test_what_cannot_be_is_refused_with_its_line_and_field(
    name: str, value: str, told: str, selection: Selection, tmp_path: Path
) -> None:
    text = io.StringIO(newline="")
    write_csv(selection.sightings(), text)
    rows = list(csv.DictReader(io.StringIO(text.getvalue(), newline="")))
    rows[1][name] = value
    with (tmp_path / "a.csv").open("w", newline="", encoding="utf-8") as text:
        writer = csv.DictWriter(text, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    with pytest.raises(UsageError, match=rf"a\.csv: line 3: .*{told}"):
        list(read_export(tmp_path / "a.csv"))


def test_an_image_in_a_bucket_has_an_address_too(reported: Callable[..., Sighting], tmp_path: Path) -> None:
    address = "s3://images/gabs.tif"
    with (tmp_path / "a.csv").open("w", newline="") as text:
        write_csv([reported(id="0" * 16, source_url=address)], text)
    (sighting,) = read_export(tmp_path / "a.csv")
    assert isinstance(sighting, Sighting)
    assert sighting.source_url == address


def test_longitude_and_latitude_that_were_swapped_are_refused(
    reported: Callable[..., Sighting], tmp_path: Path
) -> None:
    """Bamako's, the wrong way round, lie in Angola."""
    with (tmp_path / "a.csv").open("w", newline="") as text:
        write_csv([reported(id="0" * 16, airfield="GABS", lon=12.5335, lat=-7.9499)], text)
    with pytest.raises(UsageError, match="GABS if they are swapped"):
        list(read_export(tmp_path / "a.csv"))


def test_a_point_that_was_moved_on_a_map_is_not_taken_over_its_numbers(
    selection: Selection, tmp_path: Path
) -> None:
    """Which of the two is right, only the person who moved it knows."""
    export(selection.log, tmp_path / "a.geojson")
    document = json.loads((tmp_path / "a.geojson").read_text())
    document["features"][0]["geometry"]["coordinates"][0] += 0.001
    (tmp_path / "a.geojson").write_text(json.dumps(document))
    with pytest.raises(UsageError, match="feature 1: its point differs from its lon and lat"):
        list(read_export(tmp_path / "a.geojson"))


@pytest.mark.parametrize("coordinates", [[], [1], None, "ab", {"a": 1}, 7])
def test_a_point_without_two_numbers_is_refused_in_one_line(
    selection: Selection, tmp_path: Path, coordinates: object
) -> None:
    export(selection.log, tmp_path / "a.geojson")
    document = json.loads((tmp_path / "a.geojson").read_text())
    document["features"][0]["geometry"]["coordinates"] = coordinates
    (tmp_path / "a.geojson").write_text(json.dumps(document))
    with pytest.raises(UsageError, match="feature 1: its point differs from"):
        list(read_export(tmp_path / "a.geojson"))


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.kmz", b"", "not a format that can be imported"),
        ("a.csv", b"", "first line"),
        ("a.csv", b"lon;lat;evidence\n1;2;seen\n", "line 2: id is missing"),
        ("a.csv", b"id,evidence\n1\n", "line 2: has 1 cell, the first line has 2"),
        ("a.csv", b"id,evidence,colour\n1,seen,red\n", "'colour' is not a field"),
        ("a.csv", "id,evidence\né,seen\n".encode("latin-1"), "not UTF-8"),
        ("a.csv", b'id,evidence\n"1,seen\n', "not CSV"),
        ("a.geojson", b"{", "not JSON"),
        ("a.geojson", b"[]", "not a GeoJSON"),
        ("a.geojson", b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
        ("a.geojson", b'{"features": [{"type": "Feature"}]}', "feature 1: does not have the properties"),
    ],
)
def test_a_file_that_is_no_export_is_told_as_none(
    name: str, content: bytes, told: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError, match=told):
        list(read_export(tmp_path / name))


@pytest.fixture
def exported(reported: Callable[..., Sighting], tmp_path: Path) -> tuple[Path, Sighting]:
    """An export for Excel, and the sighting in it."""
    sighting = reported(
        id="96dcb8796126efe7",
        acquired="2023-10-27",
        acquired_precision="day",
        airfield="GABS",
        lon=-7.9499,
        lat=12.5335,
        note="à Bamako",
        tail_number="012",
    )
    path = tmp_path / "export.csv"
    with path.open("w", newline="", encoding=EXCEL.encoding) as text:
        write_csv([sighting], text, dialect=EXCEL)
    return path, sighting


def saved_again(path: Path, delimiter: str, encoding: str, flags: tuple[str, str], *, commas: bool) -> Path:
    """Save an export as a spreadsheet does."""
    with path.open(encoding="utf-8-sig", newline="") as text:
        names, *rows = list(csv.reader(text))
    words = {"true": flags[0], "false": flags[1]}
    with path.open("w", newline="", encoding=encoding) as text:
        writer = csv.writer(text, delimiter=delimiter)
        writer.writerow(names)
        for row in rows:
            cells = [words.get(cell, cell) for cell in row]
            if commas:
                cells = [
                    cell.replace(".", ",") if name in ("lon", "lat") else cell
                    for name, cell in zip(names, cells, strict=True)
                ]
            writer.writerow(cells)
    return path


@pytest.mark.parametrize(
    ("delimiter", "encoding", "flags", "commas"),
    [
        (",", "utf-8-sig", ("TRUE", "FALSE"), False),
        (";", "utf-8-sig", ("WAHR", "FALSCH"), True),
        (";", "utf-8-sig", ("VRAI", "FAUX"), True),
        ("\t", "utf-16", ("ИСТИНА", "ЛОЖЬ"), True),
    ],
)
def test_an_export_that_a_spreadsheet_has_saved_is_read_as_it_was(
    exported: tuple[Path, Sighting], delimiter: str, encoding: str, flags: tuple[str, str], *, commas: bool
) -> None:
    path, sighting = exported
    before = list(read_export(path))
    assert list(read_export(saved_again(path, delimiter, encoding, flags, commas=commas))) == before
    assert before == [sighting]


def test_a_day_with_points_is_that_day_and_a_mangled_identifier_is_refused(
    exported: tuple[Path, Sighting],
) -> None:
    path, sighting = exported
    text = path.read_text(encoding="utf-8-sig")
    day = str(sighting.acquired)
    year, month, number = day.split("-")
    path.write_text(text.replace(day, f"{number}.{month}.{year}"), encoding="utf-8-sig")
    (read,) = read_export(path)
    assert isinstance(read, Sighting)
    assert read.acquired == day
    path.write_text(text.replace(sighting.id, "1.23E+15"), encoding="utf-8-sig")
    with pytest.raises(UsageError, match=r"has turned the identifier into the number '1.23E"):
        list(read_export(path))
