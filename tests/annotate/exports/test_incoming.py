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
from annotate.log.entries import Sighting
from imagery.errors import UsageError


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("id", "12", "'12' is no identifier"),
        ("evidence", "inferred", "a sighting is seen or reported"),
        ("evidence", "observed", "'observed' is none of seen, reported, inferred"),
        ("lon", "190", "off the globe"),
        ("lat", "", "one of lon and lat"),
        ("lat", "north", "lat: 'north' is no number"),
        ("acquired", "27/10/2023", "write 2023-10-27"),
        ("acquired", "03/04/2023", "could be several days"),
        ("acquired", "2093-10-27", "still to come"),
        ("acquired", "1993-10-27", "before 1999"),
        ("acquired", "2023-10", "not known to the day"),
        ("acquired", "", "not known to the day"),
        ("airfield", "GABX", "GABS"),
        ("type", "C131X", "no ICAO designator"),
        ("likelihood", "probable-ish", "no word of ICD 203"),
        ("admiralty", "G2", "no grade"),
        ("source_url", "javascript:alert(1)", "no address"),
        ("archive_url", "https://[", "no address"),
        ("source_url", "https://ana:secret@example.org/", "a password"),
        ("scene_sha256", "abc", "no SHA-256"),
        ("heading_deg", "400", "not between 0 and 360"),
        ("heading_deg", "nan", "no number"),
        ("rendered", "perhaps", "no true or false"),
        ("rendered", "", "rendered is missing"),
        ("count", "1.5", "no whole number"),
        ("count", "0", "0 aircraft"),
        ("box_px", "60, 80", "no list"),
        ("note", "\x1b[2J", "no text"),
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
    with pytest.raises(UsageError, match="feature 1: its point lies elsewhere"):
        list(read_export(tmp_path / "a.geojson"))


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.kmz", b"", "no format that is taken back"),
        ("a.csv", b"", "first line"),
        ("a.csv", b"lon;lat;evidence\n1;2;seen\n", "first line"),
        ("a.csv", b"id,evidence\n1\n", "line 2: has 1 cells, not 2"),
        ("a.csv", b"id,evidence,colour\n1,seen,red\n", "'colour' is no field"),
        ("a.csv", "id,evidence\né,seen\n".encode("latin-1"), "not UTF-8"),
        ("a.csv", b'id,evidence\n"1,seen\n', "no CSV"),
        ("a.geojson", b"{", "no JSON"),
        ("a.geojson", b"[]", "no GeoJSON"),
        ("a.geojson", b'{"features": [{"type": "Feature"}]}', "feature 1: has not the properties"),
    ],
)
def test_a_file_that_is_no_export_is_told_as_none(
    name: str, content: bytes, told: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError, match=told):
        list(read_export(tmp_path / name))
