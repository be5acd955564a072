"""Sightings and movements as KML 2.2 in a KMZ, with time stamps, icons that show the heading, and chips.

What was seen is filled; what was reported or is rendered is hollow, and its name says so. The order of
elements is the one OGC 12-007r2 demands.
"""

from __future__ import annotations

import re
from html import escape
from pathlib import Path
from typing import IO, NamedTuple
from xml.sax.saxutils import escape as xml_escape

from annotate.exports.drawing import ICONS, colour_of, icon, route_of, title_of
from annotate.exports.selection import Contents, Written, picture_name
from annotate.exports.zip_archive import Archive
from annotate.log.columns import text_of
from annotate.log.entries import Movement, Sighting

_NO_CHARACTER = "\ufffd"
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# What a balloon tells first; everything is in the placemark's extended data.
_TOLD = (
    *("evidence", "status", "acquired", "since", "until", "airfield", "operator", "tail_number"),
    *("likelihood", "analyst", "sensor", "gsd_m", "length_m", "wingspan_m", "heading_deg", "source"),
    *("source_url", "archive_url", "admiralty", "reasoning", "because", "note", "licence", "id"),
)


class _Picture(NamedTuple):
    """A chip that is still to be added: its name in the archive, and what the log says of it."""

    name: str
    chip: str | None
    sha256: str | None


def write_kmz(contents: Contents, path: Path) -> Written:
    """Write ``doc.kml``, ``icons/`` and ``chips/``.

    Returns:
        How many entries there are, and how many of them lack their picture since it was changed.
    """
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
                archive.add(_icon_name(name, hollow=hollow), icon(name, hollow=hollow))
        left_out = 0
        for name, *logged in pictures:
            chip = contents.chip(*logged)
            if chip is None:
                left_out += 1
            else:
                archive.add_chip(name, contents.told(chip))
    return Written(sightings, movements, left_out)


def _write_sightings(contents: Contents, file: IO[bytes]) -> tuple[int, list[_Picture]]:
    """Write their placemarks; gives how many, and the pictures that they show."""
    count = 0
    pictures = []
    for sighting in contents.sightings():
        picture = f"chips/{picture_name(sighting)}" if contents.chip_at_hand(sighting) else None
        if picture is not None:
            pictures.append(_Picture(picture, sighting.chip, sighting.chip_sha256))
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
    known = {name: text_of(value) for name, value in vars(entry).items() if value is not None}
    if isinstance(entry, Sighting):
        parts = _time(entry.acquired, entry.acquired), _marker(entry)
        geometry = _point(entry)
    else:
        parts = _time(entry.since, entry.until), _line(entry)
        geometry = _lines(entry)
    data = "".join(f'<Data name="{name}">{_element("value", text)}</Data>' for name, text in known.items())
    placemark = (
        f'<Placemark id="entry-{entry.id}">{_element("name", title_of(entry))}'
        f"{_element('description', _balloon(known, picture))}{''.join(parts)}"
        f"<ExtendedData>{data}</ExtendedData>{geometry}</Placemark>\n"
    )
    return _NO_XML.sub(_NO_CHARACTER, placemark).encode()


def _balloon(known: dict[str, str], picture: str | None) -> str:
    """HTML."""
    lines = [f'<img src="{picture}" width="320"/>'] if picture else []
    lines += [f"{name}: {escape(known[name])}" for name in _TOLD if name in known]
    return "<br/>".join(lines)


def _time(first: str | None, last: str | None) -> str:
    """When it was, as KML writes it: a day or a month as a stamp, what is known to the minute as a span."""
    if first == last and first is not None and not _to_the_minute(first):
        return f"<TimeStamp>{_element('when', first)}</TimeStamp>"
    begin = "" if first is None else _element("begin", _with_seconds(first, "00"))
    end = "" if last is None else _element("end", _with_seconds(last, "59"))
    return f"<TimeSpan>{begin}{end}</TimeSpan>" if begin or end else ""


def _with_seconds(time: str, seconds: str) -> str:
    return f"{time[:-1]}:{seconds}Z" if _to_the_minute(time) else time


def _to_the_minute(time: str) -> bool:
    """Whether it is such as 2023-10-27T10:36Z, which XML Schema's dateTime does not know."""
    return len(time) == len("2023-10-27T10:36Z")


def _marker(sighting: Sighting) -> str:
    heading = "" if sighting.heading_deg is None else _element("heading", f"{sighting.heading_deg:.1f}")
    hollow = sighting.rendered or sighting.evidence != "seen"
    href = _element("href", _icon_name(_shape(sighting), hollow=hollow))
    return f"<Style><IconStyle>{_colour(sighting)}{heading}<Icon>{href}</Icon></IconStyle></Style>"


def _shape(sighting: Sighting) -> str:
    """An arrow points to the nose; where nose and tail could be swapped a bar has no point."""
    if sighting.evidence != "seen":
        return "diamond"
    if sighting.heading_deg is None:
        return "dot"
    return "arrow" if sighting.heading_sure else "bar"


def _line(movement: Movement) -> str:
    return f"<Style><LineStyle>{_colour(movement)}<width>2</width></LineStyle></Style>"


def _colour(entry: Sighting | Movement) -> str:
    """KML's aabbggrr from #rrggbb."""
    colour = colour_of(entry)
    return _element("color", f"ff{colour[5:7]}{colour[3:5]}{colour[1:3]}")


def _point(sighting: Sighting) -> str:
    if sighting.lon is None or sighting.lat is None:
        return ""
    return f"<Point>{_element('coordinates', f'{sighting.lon},{sighting.lat}')}</Point>"


def _lines(movement: Movement) -> str:
    route = route_of(movement)
    if route is None:
        return ""
    lines = [" ".join(f"{lon},{lat}" for lon, lat in line.coords) for line in route.geoms]
    strings = (
        f"<LineString><tessellate>1</tessellate>{_element('coordinates', line)}</LineString>"
        for line in lines
    )
    return f"<MultiGeometry>{''.join(strings)}</MultiGeometry>"


def _element(tag: str, text: str) -> str:
    """An element with text."""
    return f"<{tag}>{xml_escape(text)}</{tag}>"


def _icon_name(name: str, *, hollow: bool) -> str:
    return f"icons/{name}{'-hollow' if hollow else ''}.png"
