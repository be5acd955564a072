"""A KMZ shows in a globe what was seen when, with its chip and without a network."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pyogrio
import pytest
from PIL import Image

from annotate.exports.export import export
from annotate.exports.selection import Selection
from annotate.log.entries import Sighting
from annotate.log.store import open_log

KML = {"": "http://www.opengis.net/kml/2.2"}
# OGC 12-007r2, 9.1.3 and 9.11: the elements of a Placemark that are used here, in the order it demands.
ORDER = ["name", "description", "TimeStamp", "TimeSpan", "Style", "ExtendedData", "Point", "MultiGeometry"]


@pytest.fixture
def archive(selection: Selection, tmp_path: Path) -> zipfile.ZipFile:
    export(selection.log, tmp_path / "a.kmz")
    with zipfile.ZipFile(tmp_path / "a.kmz") as archive:
        assert archive.testzip() is None
        yield archive


def placemarks(archive: zipfile.ZipFile) -> list[ET.Element]:
    return list(ET.fromstring(archive.read("doc.kml")).iter(f"{{{KML['']}}}Placemark"))


def test_the_document_comes_first_and_nothing_it_shows_is_missing(archive: zipfile.ZipFile) -> None:
    """Google Earth opens the first KML there is; and a link into the web would not work offline."""
    assert archive.namelist()[0] == "doc.kml"
    root = ET.fromstring(archive.read("doc.kml"))
    icons = {one.text for one in root.iterfind(".//Icon/href", KML)}
    pictures = {
        description.split('src="')[1].split('"')[0]
        for one in placemarks(archive)
        if "<img" in (description := one.findtext("description", "", KML))
    }
    assert len(pictures) == 5
    for name in icons | pictures:
        with Image.open(io.BytesIO(archive.read(name or ""))) as image:
            image.verify()


def test_what_is_rendered_or_only_reported_says_so_in_its_name(archive: zipfile.ZipFile) -> None:
    assert [one.findtext("name", "", KML) for one in placemarks(archive)] == [
        "C130",
        "B737",
        "C130 (RENDERED)",
        "unknown type (disputed)",
        "unknown type",
        "2 x B737 (reported)",
        "C130 GABS-GAGO-GATS-DRRN-GABS (reported)",
        "C130 NZAA-PHNL (inferred)",
    ]
    rendered = [name for name in archive.namelist() if name.startswith("chips/rendered-")]
    assert [name[-4:] for name in rendered] == [".png", ".pgw"]


def test_seen_reported_and_rendered_are_drawn_apart(archive: zipfile.ZipFile) -> None:
    looks = [
        (one.findtext(".//Icon/href", None, KML), one.findtext(".//Style/*/color", None, KML))
        for one in placemarks(archive)
    ]
    seen, unsure, rendered, disputed, no_heading, reported, reported_route, inferred_route = looks
    assert len({seen, unsure, rendered, no_heading, reported, reported_route, inferred_route}) == 7
    assert disputed == seen
    assert "hollow" in str(rendered[0])
    assert "hollow" in str(reported[0])


def test_an_icon_is_turned_to_the_heading(archive: zipfile.ZipFile) -> None:
    turned = [one.findtext(".//heading", None, KML) for one in placemarks(archive)]
    assert turned == ["61.5"] * 4 + [None] * 4


def test_elements_stand_in_the_order_that_the_schema_demands(archive: zipfile.ZipFile) -> None:
    for one in placemarks(archive):
        names = [child.tag.partition("}")[2] for child in one]
        assert names == sorted(names, key=ORDER.index)


@pytest.mark.parametrize(
    ("acquired", "precision", "expected"),
    [
        ("2023-10", "month", {"when": "2023-10"}),
        ("2023-10-27", "day", {"when": "2023-10-27"}),
        ("2023-10-27T10:36:11Z", "second", {"when": "2023-10-27T10:36:11Z"}),
        ("2023-10-27T10:36Z", "minute", {"begin": "2023-10-27T10:36:00Z", "end": "2023-10-27T10:36:59Z"}),
        (None, "unknown", {}),
    ],
)
def test_a_time_is_as_precise_as_it_is_known(
    acquired: str | None,
    precision: str,
    expected: dict[str, str],
    reported: Callable[..., Sighting],
    tmp_path: Path,
) -> None:
    """What is known to the minute becomes a span, since XML's times have seconds; none becomes a midnight."""
    with open_log(str(tmp_path / "log.db"), create=True) as log:
        log.add(reported(acquired=acquired, acquired_precision=precision))
        export(log, tmp_path / "a.kmz")
    with zipfile.ZipFile(tmp_path / "a.kmz") as archive:
        (placemark,) = placemarks(archive)
    times = [*placemark.iterfind("TimeStamp/*", KML), *placemark.iterfind("TimeSpan/*", KML)]
    assert {one.tag.partition("}")[2]: one.text for one in times} == expected


def test_words_from_elsewhere_are_text_and_nothing_else(
    reported: Callable[..., Sighting], tmp_path: Path
) -> None:
    """A balloon is HTML in XML: a script, a broken entity and what XML cannot hold at all."""
    with open_log(str(tmp_path / "log.db"), create=True) as log:
        log.add(reported(note="<script>alert(1)</script> & ]]> \x0b", type="<b>"))
        export(log, tmp_path / "a.kmz")
    with zipfile.ZipFile(tmp_path / "a.kmz") as archive:
        (placemark,) = placemarks(archive)
    balloon = placemark.findtext("description", "", KML)
    assert "&lt;script&gt;" in balloon
    assert "<script" not in balloon
    assert placemark.findtext("name", "", KML) == "2 x <b> (reported)"


def test_other_programs_read_it(archive: zipfile.ZipFile, tmp_path: Path) -> None:
    """GDAL's reader of KML, which shares nothing with what wrote it."""
    frame = pyogrio.read_dataframe(f"/vsizip/{archive.filename}/doc.kml", layer="Sightings")
    assert frame["evidence"].tolist() == ["seen"] * 5 + ["reported"]
    assert frame.geometry.iloc[0].coords[0][:2] == (-7.95123, 12.53499)
    lines = pyogrio.read_dataframe(f"/vsizip/{archive.filename}/doc.kml", layer="Movements")
    assert lines["places"].iloc[1] == '["NZAA", "PHNL"]'
