"""Coordinates as people have them: degrees with letters, MGRS, geo: URIs and links to maps.

Each function returns a place only where the text can be read in one way, so that nothing is guessed: a pair
of plain numbers is not read here, since nobody knows which of them is the longitude.
"""
# ruff: noqa: RUF001 # what people write

from __future__ import annotations

import math
import re
from urllib.parse import parse_qs, unquote, urlsplit

from pyproj import Transformer

from imagery.grid import LonLat

_NUMBER = r"[-+]?\d{1,3}(?:\.\d+)?"
_PAIR = re.compile(rf"({_NUMBER})\s*[,~]\s*({_NUMBER})")
_SIGNS = str.maketrans(
    {"º": "°", "˚": "°", "’": "'", "′": "'", "‘": "'", "ʹ": "'", "”": '"', "″": '"', "“": '"'}
)
# Hemispheres in letters; O is west in French and Spanish, east in German, and so is not read.
_HEMISPHERES = (
    ("с.ш.", "N"),
    ("ю.ш.", "S"),
    ("в.д.", "E"),
    ("з.д.", "W"),
    ("с", "N"),
    ("ю", "S"),
    ("в", "E"),
    ("з", "W"),
)
_ANGLE = (
    r"(\d{1,3}(?:[.,]\d+)?)(?:\s*[°dD]\s*|\s+(?=\d)|\s*)"
    r"(?:(\d{1,2}(?:[.,]\d+)?)(?:\s*'(?!')\s*|\s+(?=\d)|\s*))?"
    r"(?:(\d{1,2}(?:[.,]\d+)?)\s*(?:\"|'')?\s*)?"
)
_LETTERED = (
    re.compile(rf"{_ANGLE}([NSEW])[\s,;/]*{_ANGLE}([NSEW])"),
    re.compile(rf"([NSEW])\s*{_ANGLE}[\s,;/]*([NSEW])\s*{_ANGLE}"),
)
_PACKED = re.compile(r"(\d{2})(\d{2})(\d{2}(?:\.\d+)?)?([NS])[\s,/]*(\d{3})(\d{2})(\d{2}(?:\.\d+)?)?([EW])")
_MGRS = re.compile(r"(\d{1,2})\s*([C-HJ-NP-X])\s*([A-HJ-NP-Z])([A-HJ-NP-V])\s*(\d+)\s*(\d*)")
_COARSEST_DIGITS = 3  # of MGRS for each axis: a square of 100 m
# Where maps have the place itself, then where they have the middle of what they show, latitude first.
_PINS = (
    r"!3d(-?[\d.]+)!4d(-?[\d.]+)",
    r"/(?:place|search|dir)/(?:[^/]*/)*?(-?\d[\d.]*),\+?(-?\d[\d.]*)(?:[/?@]|$)",
)
_VIEWS = (r"/@(-?[\d.]+),(-?[\d.]+)", r"#(?:.*&)?map=\d+(?:\.\d+)?/(-?[\d.]+)/(-?[\d.]+)")
_PIN_FIELDS = ("q", "query", "destination", "daddr", "sp", "mlat,mlon", "lat,lon", "lat,lng")
_VIEW_FIELDS = ("ll", "center", "cp", "view")
_HOSTS = re.compile(
    r"(?:^|\.)(?:google\.[a-z.]{2,6}|openstreetmap\.org|osm\.org|bing\.com|apple\.com|zoom\.earth|wikimapia\.org|"
    r"copernicus\.eu|sentinel-hub\.com)$"
)
_LON_FIRST_HOSTS = re.compile(r"(?:^|\.)(?:yandex\.[a-z.]{2,6})$")


def read_coordinates(text: str) -> LonLat | None:
    """Return the place that a text names without doubt; None where it is something else or could be two.

    Args:
        text: Such as ``12°32'01"N 7°57'00"W``, ``12.5335N, 7.9499W``, ``29PPP1390085900``,
            ``geo:12.5335,-7.9499`` or ``https://www.google.com/maps/@12.5335,-7.9499,17z``.
    """
    text = text.strip()
    if text.casefold().startswith(("http://", "https://")):
        return _from_link(text)
    if text.casefold().startswith("geo:"):
        return _from_geo(text[4:])
    return _from_letters(text) or _from_mgrs(text.upper())


def _on_earth(lon: float, lat: float) -> LonLat | None:
    return LonLat(lon, lat) if abs(lon) <= 180 and abs(lat) <= 90 else None


def _from_letters(text: str) -> LonLat | None:
    text = text.translate(_SIGNS).replace("''", '"').casefold()
    for word, letter in _HEMISPHERES:
        text = text.replace(word, letter)
    text = text.upper()
    packed = _PACKED.fullmatch(text)
    if packed:
        return _from_angles([packed.groups()[:4], packed.groups()[4:]])
    for number, pattern in enumerate(_LETTERED):
        match = pattern.fullmatch(text)
        if match:
            groups = [match.groups()[:4], match.groups()[4:]]
            return _from_angles([(*group[1:], group[0]) for group in groups] if number else groups)
    return None


def _from_angles(angles: list[tuple[str | None, ...]]) -> LonLat | None:
    """Return a place by two angles, each of degrees, minutes, seconds and a letter."""
    degrees: dict[str, float] = {}
    for *texts, letter in angles:
        given = [text.replace(",", ".") for text in texts if text is not None]
        parts = [float(text) for text in given]
        # Only the last part has a fraction, and a minute has 60 seconds.
        if any("." in text for text in given[:-1]) or any(part >= 60 for part in parts[1:]) or letter is None:
            return None
        value = sum(part / 60**power for power, part in enumerate(parts))
        degrees["lat" if letter in "NS" else "lon"] = -value if letter in "SW" else value
    return _on_earth(degrees["lon"], degrees["lat"]) if len(degrees) == len(angles) else None


def _from_mgrs(text: str) -> LonLat | None:
    """Return the middle of a square of the Military Grid Reference System of 100 m or less.

    Rules: NGA.STND.0037 (Universal Grids and Grid Reference Systems), 2014, chapter 3. Not near the poles,
    where the grid is UPS.
    """
    match = _MGRS.fullmatch(text)
    if not match or not 1 <= int(match[1]) <= 60:
        return None
    zone, band, column, row = int(match[1]), match[2], match[3], match[4]
    digits = match[5] + match[6]
    half = len(digits) // 2
    if len(digits) % 2 or not _COARSEST_DIGITS <= half <= 5 or (match[6] and len(match[5]) != half):
        return None
    columns = ("ABCDEFGH", "JKLMNPQR", "STUVWXYZ")[(zone - 1) % 3]
    if column not in columns:
        return None
    rows = "ABCDEFGHJKLMNPQRSTUV"
    step = 10.0 ** (5 - half)
    easting = (columns.index(column) + 1) * 1e5 + int(digits[:half]) * step + step / 2
    row_number = (rows.index(row) - (5 if zone % 2 == 0 else 0)) % 20
    northing = row_number * 1e5 + int(digits[half:]) * step + step / 2
    south = band < "N"
    low = -80 + 8 * "CDEFGHJKLMNPQRSTUVWX".index(band)
    high = low + (12 if band == "X" else 8)
    to_lonlat = Transformer.from_crs((32700 if south else 32600) + zone, 4326, always_xy=True)
    for repeat in range(5):  # rows have the same letter every 2,000 km
        lon, lat = to_lonlat.transform(easting, northing + repeat * 2e6)
        if math.isfinite(lat) and low - 0.01 <= lat <= high + 0.01:
            return _on_earth(float(lon), float(lat))
    return None


def _from_geo(text: str) -> LonLat | None:
    """Read a geo: URI (RFC 5870), latitude first; Android writes ``geo:0,0?q=12.5,-7.9(label)``."""
    path, _, query = text.partition("?")
    fields = re.sub(r"\(.*\)$", "", unquote(parse_qs(query).get("q", [""])[0]))
    if ";crs=" in path.casefold() and ";crs=wgs84" not in path.casefold():
        return None
    for written in (fields, path.partition(";")[0]):
        match = re.fullmatch(rf"({_NUMBER}),({_NUMBER})(?:,{_NUMBER})?", written.strip())
        if match and (float(match[1]) or float(match[2])):
            return _on_earth(float(match[2]), float(match[1]))
    return None


def _from_link(text: str) -> LonLat | None:
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
    except ValueError:
        return None
    fields = {name: values[0] for name, values in parse_qs(f"{parts.query}&{parts.fragment}").items()}
    if _LON_FIRST_HOSTS.search(host):
        match = _PAIR.match(fields.get("pt", fields.get("ll", "")))
        return _on_earth(float(match[1]), float(match[2])) if match else None
    return _latitude_first(unquote(text), fields) if _HOSTS.search(host) else None


def _latitude_first(address: str, fields: dict[str, str]) -> LonLat | None:
    """Return the place that an address points at, else the middle of what it shows."""
    for patterns, names in ((_PINS, _PIN_FIELDS), (_VIEWS, _VIEW_FIELDS)):
        places = {place for pattern in patterns for place in _places_by(pattern, address)}
        written = [",".join(fields.get(part, "") for part in name.split(",")) for name in names]
        pairs = [_PAIR.search(each.replace("_", ",")) for each in written]
        places |= {(float(pair[1]), float(pair[2])) for pair in pairs if pair}
        if places:
            return _on_earth(*next(iter(places))[::-1]) if len(places) == 1 else None
        named = re.search(r"/place/([^/@]+)", address)
        if named:  # the middle of what is shown then lies beside the place
            return _from_letters(named[1].replace("+", " "))
    return None


def _places_by(pattern: str, address: str) -> list[tuple[float, float]]:
    try:
        return [(float(lat), float(lon)) for lat, lon in re.findall(pattern, address)]
    except ValueError:
        return []
