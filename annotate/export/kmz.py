"""Sightings and movements as KML 2.2 in a KMZ, with time stamps, icons that show the heading, and chips.

What was seen is filled; what was reported or is rendered is hollow, and its name says so. The order of
elements is the one OGC 12-007r2 demands.
"""

from __future__ import annotations

import re
from html import escape
from pathlib import Path
from typing import IO
from xml.etree import ElementTree as ET

import shapely

from annotate.export.appearance import colour_of, title_of
from annotate.export.archive import Archive
from annotate.export.columns import text_of
from annotate.export.contents import Contents, Written, picture_name
from annotate.export.kml_icons import ICONS, icon
from annotate.export.route import route_of
from annotate.log.entry import Movement, Sighting

_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# What a balloon tells first; everything is in the placemark's extended data.
_TOLD = (
    *("evidence", "status", "acquired", "since", "until", "airfield", "operator", "tail_number"),
    *("likelihood", "analyst", "sensor", "gsd_m", "length_m", "wingspan_m", "heading_deg", "source"),
    *("source_url", "archive_url", "admiralty", "reasoning", "because", "note", "licence", "id"),
)


def write_kmz(contents: Contents, path: Path) -> Written:
    """Write ``doc.kml``, ``icons/`` and ``chips/``."""
    with Archive(path) as archive:
        with archive.open("doc.kml") as file:
            file.write(
                b'<?xml version="1.0" encoding="UTF-8"?>\n'
                b'<kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>Sightings</name>\n'
                b"<Folder><name>Sightings</name>\n"
            )
            sightings, pictures = _write_sightings(contents, file)
            file.write(b"</Folder>\n<Folder><name>Movements</name>\n")
            movements = _write_movements(contents, file)
            file.write(b"</Folder>\n</Document></kml>\n")
        for name in ICONS:
            for hollow in (False, True):
                archive.add_picture(_icon_name(name, hollow=hollow), icon(name, hollow=hollow))
        for name, source in pictures:
            archive.add_chip(name, contents.picture(source), contents.world_file(source))
    return Written(sightings, movements)


def _write_sightings(contents: Contents, file: IO[bytes]) -> tuple[int, list[tuple[str, Path]]]:
    """Write their placemarks; gives how many, and the pictures that they show."""
    count = 0
    pictures = []
    for sighting in contents.sightings():
        source = contents.chip_path(sighting)
        picture = None if source is None else f"chips/{picture_name(sighting)}"
        if source is not None and picture is not None:
            pictures.append((picture, source))
        file.write(_placemark(sighting, picture))
        count += 1
    return count, pictures


def _write_movements(contents: Contents, file: IO[bytes]) -> int:
    count = 0
    for movement in contents.movements():
        file.write(_placemark(movement, None))
        count += 1
    return count


def _placemark(entry: Sighting | Movement, picture: str | None) -> bytes:
    placemark = ET.Element("Placemark", id=f"entry-{entry.id}")
    _text(placemark, "name", title_of(entry))
    _text(placemark, "description", _balloon(entry, picture))
    if isinstance(entry, Sighting):
        _add_time(placemark, entry.acquired, entry.acquired)
    else:
        _add_time(placemark, entry.since, entry.until)
    _add_style(ET.SubElement(placemark, "Style"), entry)
    data = ET.SubElement(placemark, "ExtendedData")
    for name, value in vars(entry).items():
        if value is not None:
            _text(ET.SubElement(data, "Data", name=name), "value", text_of(value))
    _add_geometry(placemark, entry)
    return f"{ET.tostring(placemark, encoding='unicode')}\n".encode()


def _balloon(entry: Sighting | Movement, picture: str | None) -> str:
    lines = [f'<img src="{escape(picture)}" width="320"/>'] if picture else []
    known = [(name, getattr(entry, name, None)) for name in _TOLD]
    lines += [f"{name}: {escape(text_of(value))}" for name, value in known if value is not None]
    return "<br/>".join(lines)


def _add_time(placemark: ET.Element, first: str | None, last: str | None) -> None:
    """When it was, as KML writes it: a day or a month as a stamp, what is known to the minute as a span."""
    if first is None and last is None:
        return
    if first == last and first is not None and not _to_the_minute(first):
        _text(ET.SubElement(placemark, "TimeStamp"), "when", first)
        return
    span = ET.SubElement(placemark, "TimeSpan")
    if first is not None:
        _text(span, "begin", f"{first[:-1]}:00Z" if _to_the_minute(first) else first)
    if last is not None:
        _text(span, "end", f"{last[:-1]}:59Z" if _to_the_minute(last) else last)


def _to_the_minute(time: str) -> bool:
    """Whether it is such as 2023-10-27T10:36Z, which XML Schema's dateTime does not know."""
    return len(time) == len("2023-10-27T10:36Z")


def _add_style(style: ET.Element, entry: Sighting | Movement) -> None:
    if isinstance(entry, Movement):
        line = ET.SubElement(style, "LineStyle")
        _text(line, "color", _kml_colour(colour_of(entry)))
        _text(line, "width", "2")
        return
    marker = ET.SubElement(style, "IconStyle")
    _text(marker, "color", _kml_colour(colour_of(entry)))
    if entry.heading_deg is not None:
        _text(marker, "heading", f"{entry.heading_deg:.1f}")
    hollow = entry.rendered or entry.evidence != "seen"
    _text(ET.SubElement(marker, "Icon"), "href", _icon_name(_shape(entry), hollow=hollow))


def _shape(sighting: Sighting) -> str:
    """An arrow points to the nose; where nose and tail could be swapped a bar has no point."""
    if sighting.evidence != "seen":
        return "diamond"
    if sighting.heading_deg is None:
        return "dot"
    return "arrow" if sighting.heading_sure else "bar"


def _add_geometry(placemark: ET.Element, entry: Sighting | Movement) -> None:
    if isinstance(entry, Sighting):
        if entry.lon is not None and entry.lat is not None:
            _text(ET.SubElement(placemark, "Point"), "coordinates", f"{entry.lon},{entry.lat}")
        return
    lines = route_of(entry)
    if lines is None:
        return
    several = ET.SubElement(placemark, "MultiGeometry")
    for line in lines.geoms:
        string = ET.SubElement(several, "LineString")
        _text(string, "tessellate", "1")
        _text(string, "coordinates", " ".join(f"{lon},{lat}" for lon, lat in shapely.get_coordinates(line)))


def _text(parent: ET.Element, tag: str, text: str) -> None:
    ET.SubElement(parent, tag).text = _NO_XML.sub("\ufffd", text)


def _kml_colour(colour: str) -> str:
    """KML's aabbggrr from #rrggbb."""
    return f"ff{colour[5:7]}{colour[3:5]}{colour[1:3]}"


def _icon_name(name: str, *, hollow: bool) -> str:
    return f"icons/{name}{'-hollow' if hollow else ''}.png"
