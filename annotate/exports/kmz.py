"""Sightings and movements as KML 2.2 in a KMZ, with time stamps, icons that show the heading, and chips.

Icons of seen aircraft are filled; those of reported and rendered ones are hollow, and their names say so. The
order of elements is the one OGC 12-007r2 demands.
"""

from __future__ import annotations

import re
from html import escape
from pathlib import Path
from typing import IO, NamedTuple
from xml.sax.saxutils import escape as xml_escape

import shapely

from annotate.exports.coverage_areas import KIND_WORDS, CoverageArea, coverage_areas
from annotate.exports.drawing import (
    COVERAGE_COLOURS,
    ICONS,
    RENDERED,
    colour_of,
    icon,
    point_is,
    title_of,
)
from annotate.exports.selection import ExportResult, Selection, picture_name
from annotate.exports.zip_archive import ZipArchive
from annotate.log.columns import text_of
from annotate.log.entries import Movement, Sighting
from annotate.log.features import route_of
from annotate.query.where_and_when import places_of

_REPLACEMENT = "\ufffd"
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# What a balloon shows; all fields are in the placemark's extended data.
_BALLOON = (
    *("evidence", "status", "point_is", "acquired", "since", "until", "airfield", "operator", "tail_number"),
    *("likelihood", "analyst", "sensor", "gsd_m", "length_m", "length_error_m", "wingspan_m"),
    *("wingspan_error_m", "size_disagrees", "heading_deg", "source"),
    *("source_url", "archive_url", "admiralty", "reasoning", "because", "note", "licence", "id"),
)


class _Picture(NamedTuple):
    """A chip that is still to be added: its name in the archive, and what the log says of it."""

    name: str
    chip: str | None
    sha256: str | None


def write_kmz(selection: Selection, path: Path) -> ExportResult:
    """Write ``doc.kml``, ``icons/`` and ``chips/``.

    Returns:
        How many entries there are, and how many pictures were left out because they have changed.
    """
    with ZipArchive(path) as archive:
        with archive.open("doc.kml") as file:
            file.write(
                b'<?xml version="1.0" encoding="UTF-8"?>\n'
                b'<kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>Sightings</name>\n'
                b"<Folder><name>Sightings</name>\n"
            )
            sightings, pictures = _write_sightings(selection, file)
            file.write(b"</Folder>\n<Folder><name>Movements</name>\n")
            movements = _write_movements(selection, file)
            file.write(b"</Folder>\n<Folder><name>Coverage</name>\n")
            for area in coverage_areas(selection):
                file.write(_coverage_placemark(area))
            file.write(b"</Folder>\n</Document></kml>\n")
        for name in ICONS:
            for hollow in (False, True):
                archive.add(_icon_name(name, hollow=hollow), icon(name, hollow=hollow))
        left_out = 0
        for name, chip_name, sha256 in pictures:
            chip = selection.chip(chip_name, sha256)
            if chip is None:
                left_out += 1
            else:
                archive.add_chip(name, selection.redacted(chip))
    return ExportResult(sightings, movements, left_out)


def _write_sightings(selection: Selection, file: IO[bytes]) -> tuple[int, list[_Picture]]:
    """Write the placemarks; return how many, and the pictures that they show."""
    count = 0
    pictures = []
    for sighting in selection.sightings():
        picture = f"chips/{picture_name(sighting)}" if selection.has_chip_file(sighting) else None
        if picture is not None:
            pictures.append(_Picture(picture, sighting.chip, sighting.chip_sha256))
        file.write(_placemark(sighting, picture))
        count += 1
    return count, pictures


def _write_movements(selection: Selection, file: IO[bytes]) -> int:
    count = 0
    for movement in selection.movements():
        file.write(_placemark(movement, None))
        count += 1
    return count


def _placemark(entry: Sighting | Movement, picture: str | None) -> bytes:
    texts = {name: text_of(value) for name, value in vars(entry).items() if value is not None}
    if isinstance(entry, Sighting):
        if (where := point_is(entry)) and entry.lon is None:
            texts["point_is"] = where
        parts = _time(entry.acquired, entry.acquired), _marker(entry)
        geometry = _point(entry)
    else:
        parts = _time(entry.since, entry.until), _line(entry)
        geometry = _lines(entry)
    placemark = (
        f'<Placemark id="entry-{entry.id}">{_element("name", title_of(entry))}'
        f"{_element('description', _balloon(texts, picture))}{''.join(parts)}"
        f"<ExtendedData>{_data(texts)}</ExtendedData>{geometry}</Placemark>\n"
    )
    return _NOT_XML.sub(_REPLACEMENT, placemark).encode()


def _coverage_placemark(area: CoverageArea) -> bytes:
    """Return a part of a scene; what lies under it shows through."""
    texts = {
        name: text_of(value) for name, value in vars(area).items() if name != "area" and value is not None
    }
    rendered = f" ({RENDERED})" if area.rendered else ""
    name = f"{KIND_WORDS[area.kind]}, {area.acquired or 'time unknown'}{rendered}"
    colour = _kml_colour(COVERAGE_COLOURS[area.kind])
    style = (
        f"<LineStyle><color>ff{colour}</color></LineStyle><PolyStyle><color>30{colour}</color></PolyStyle>"
    )
    parts = "".join(map(_polygon, shapely.get_parts(area.area)))
    placemark = (
        f"<Placemark>{_element('name', name)}{_element('description', escape(area.coverage))}"
        f"{_time(area.acquired, area.acquired)}<Style>{style}</Style>"
        f"<ExtendedData>{_data(texts)}</ExtendedData><MultiGeometry>{parts}</MultiGeometry></Placemark>\n"
    )
    return _NOT_XML.sub(_REPLACEMENT, placemark).encode()


def _polygon(polygon: shapely.Polygon) -> str:
    outer, *holes = map(_ring, (polygon.exterior, *polygon.interiors))
    inner = "".join(f"<innerBoundaryIs>{ring}</innerBoundaryIs>" for ring in holes)
    return f"<Polygon><tessellate>1</tessellate><outerBoundaryIs>{outer}</outerBoundaryIs>{inner}</Polygon>"


def _ring(ring: shapely.LinearRing) -> str:
    places = " ".join(f"{lon},{lat}" for lon, lat in ring.coords)
    return f"<LinearRing>{_element('coordinates', places)}</LinearRing>"


def _data(texts: dict[str, str]) -> str:
    return "".join(f'<Data name="{name}">{_element("value", text)}</Data>' for name, text in texts.items())


def _balloon(texts: dict[str, str], picture: str | None) -> str:
    """Return the HTML of a balloon."""
    lines = [f'<img src="{picture}" width="320"/>'] if picture else []
    lines += [f"{name}: {escape(texts[name])}" for name in _BALLOON if name in texts]
    return "<br/>".join(lines)


def _time(first: str | None, last: str | None) -> str:
    """Return a time in KML: a stamp for a day or a month, a span for one known to the minute."""
    if first == last and first is not None and not _to_the_minute(first):
        return f"<TimeStamp>{_element('when', first)}</TimeStamp>"
    begin = "" if first is None else _element("begin", _with_seconds(first, "00"))
    end = "" if last is None else _element("end", _with_seconds(last, "59"))
    return f"<TimeSpan>{begin}{end}</TimeSpan>" if begin or end else ""


def _with_seconds(time: str, seconds: str) -> str:
    return f"{time[:-1]}:{seconds}Z" if _to_the_minute(time) else time


def _to_the_minute(time: str) -> bool:
    """Check for a time such as 2023-10-27T10:36Z, which XML Schema's dateTime does not allow."""
    return len(time) == len("2023-10-27T10:36Z")


def _marker(sighting: Sighting) -> str:
    heading = "" if sighting.heading_deg is None else _element("heading", f"{sighting.heading_deg:.1f}")
    hollow = sighting.rendered or sighting.evidence != "seen"
    href = _element("href", _icon_name(_shape(sighting), hollow=hollow))
    return f"<Style><IconStyle>{_colour(sighting)}{heading}<Icon>{href}</Icon></IconStyle></Style>"


def _shape(sighting: Sighting) -> str:
    """Return the icon: an arrow to the nose, or a bar where nose and tail could be swapped."""
    if sighting.evidence != "seen":
        return "diamond"
    if sighting.heading_deg is None:
        return "dot"
    return "arrow" if sighting.heading_sure else "bar"


def _line(movement: Movement) -> str:
    return f"<Style><LineStyle>{_colour(movement)}<width>2</width></LineStyle></Style>"


def _colour(entry: Sighting | Movement) -> str:
    """Return the colour of an entry in KML's aabbggrr."""
    return _element("color", f"ff{_kml_colour(colour_of(entry))}")


def _kml_colour(colour: str) -> str:
    """Return ``#rrggbb`` as KML's bbggrr."""
    return f"{colour[5:7]}{colour[3:5]}{colour[1:3]}"


def _point(sighting: Sighting) -> str:
    return "".join(
        f"<Point>{_element('coordinates', f'{lon},{lat}')}</Point>" for lon, lat in places_of(sighting)
    )


def _lines(movement: Movement) -> str:
    route = route_of(movement.places)
    if route is None:
        return ""
    lines = [" ".join(f"{lon},{lat}" for lon, lat in line.coords) for line in route.geoms]
    strings = (
        f"<LineString><tessellate>1</tessellate>{_element('coordinates', line)}</LineString>"
        for line in lines
    )
    return f"<MultiGeometry>{''.join(strings)}</MultiGeometry>"


def _element(tag: str, text: str) -> str:
    """Return an element with text."""
    return f"<{tag}>{xml_escape(text)}</{tag}>"


def _icon_name(name: str, *, hollow: bool) -> str:
    return f"icons/{name}{'-hollow' if hollow else ''}.png"
