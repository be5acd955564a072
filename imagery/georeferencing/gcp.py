"""Ground control points: places in an image whose longitude and latitude are known, typed or from a file."""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyproj
from pyproj.exceptions import ProjError
from rasterio.errors import CRSError

from imagery.crs import crs_from_text
from imagery.errors import UsageError
from imagery.grid import Floats, LonLat, PixelPoint

MAX_POINTS = 1000  # no person sets more; it is a file of something else
REACH_M = 100_000.0  # no airport is as large; a point farther away has a digit or a sign wrong
_SAME_PX, _SAME_M = 0.5, 0.01
_EARTH_M = 6_371_000
CSV_COLUMNS = ("col", "row", "lon", "lat")
# QGIS renamed its source columns in 3.26; both names are about.
_QGIS_COLUMNS = ({"mapx", "mapy", "sourcex", "sourcey"}, {"mapx", "mapy", "pixelx", "pixely"})


class GroundControlPoint(NamedTuple):
    """A place in the image and on Earth.

    Attributes:
        pixel: Continuous (col, row), (0, 0) is the outer corner of the first pixel.
        lonlat: WGS 84 degrees.
    """

    pixel: PixelPoint
    lonlat: LonLat


def parse_gcp(text: str) -> GroundControlPoint:
    """Read ``COL,ROW,LON,LAT``.

    Raises:
        ValueError: It is something else, or not a place on Earth; the message says what is wrong.
    """
    parts = text.split(",")
    if len(parts) != 4:
        raise ValueError(
            f"'{text}' has {len(parts)} numbers; write COL,ROW,LON,LAT, for example 512.5,300,-7.9499,12.5335"
        )
    return gcp_of(*parts)


def gcp_of(col: str, row: str, lon: str, lat: str) -> GroundControlPoint:
    """Return a point from its four numbers as text.

    Raises:
        ValueError: One is not a number, or lon/lat are not a place on Earth.
    """
    numbers = []
    for name, text in zip(CSV_COLUMNS, (col, row, lon, lat), strict=True):
        try:
            numbers.append(float(text))
        except ValueError:
            raise ValueError(f"{name} '{text.strip()}' is not a number; write it as 12.5335") from None
        if not math.isfinite(numbers[-1]):
            raise ValueError(f"{name} '{text.strip()}' is not a place")
    point = GroundControlPoint(PixelPoint(*numbers[:2]), LonLat(*numbers[2:]))
    check_lonlat(point.lonlat)
    return point


def check_lonlat(place: LonLat) -> None:
    """Check that a longitude and latitude are a place on Earth.

    Raises:
        ValueError: Longitude or latitude is out of range.
    """
    if abs(place.lat) > 90:
        hint = "; longitude comes first" if abs(place.lon) <= 90 and abs(place.lat) <= 180 else ""
        raise ValueError(
            f"latitude {place.lat:g} is beyond a pole: give decimal degrees from -90 to 90{hint}"
        )
    if abs(place.lon) > 180:
        raise ValueError(f"longitude {place.lon:g} is out of range: give decimal degrees from -180 to 180")


def read_gcp_file(path: str | os.PathLike[str]) -> list[GroundControlPoint]:
    """Read control points from CSV or from QGIS's georeferencer.

    CSV has a header with the columns ``col``, ``row``, ``lon`` and ``lat``; others are passed over. A QGIS
    ``.points`` file says its CRS in the first line, ``#CRS: EPSG:4326``, or in a column ``crs`` of each row;
    its rows count downwards as negative numbers, and a point that is not enabled is left out.

    Raises:
        UsageError: The file is missing or is neither; the message names the line.
    """
    name = os.fspath(path)
    try:
        text = Path(name).read_text(encoding="utf-8-sig")
    except OSError as reason:
        raise UsageError(f"{name}: cannot be read ({reason.strerror}); check the path") from None
    except UnicodeDecodeError:
        raise UsageError(f"{name}: not text in UTF-8; give a CSV file or QGIS's .points file") from None
    lines = text.splitlines()
    crs_text = None
    first = 0
    if lines and lines[0].startswith("#"):
        crs_text = lines[0].lstrip("# ").removeprefix("CRS:").strip()
        first = 1
    rows = csv.reader(lines[first:], skipinitialspace=True)
    header = [column.strip().lower() for column in next(rows, [])]
    columns_there = set(header)
    from_qgis = any(columns <= columns_there for columns in _QGIS_COLUMNS)
    if not from_qgis and not set(CSV_COLUMNS) <= columns_there:
        raise UsageError(
            f"{name}: not a file of control points; give a CSV with the columns col,row,lon,lat or "
            "QGIS's .points file"
        )
    if from_qgis and (crs_text or "crs" not in columns_there):
        _check_crs(crs_text, name)
    points = []
    for number, row in enumerate(rows, start=first + 2):
        if not any(cell.strip() for cell in row):
            continue
        cells = dict(zip(header, row, strict=False))
        try:
            point = _from_qgis(cells, crs_text) if from_qgis else gcp_of(*(cells[c] for c in CSV_COLUMNS))
        except KeyError as column:
            raise UsageError(
                f"{name}, line {number}: the column {column.args[0]} is missing; fill it in"
            ) from None
        except ValueError as reason:
            raise UsageError(f"{name}, line {number}: {reason}") from None
        if point:
            points.append(point)
        if len(points) > MAX_POINTS:
            raise UsageError(
                f"{name}: more than {MAX_POINTS} points; give some that are spread over the image"
            )
    return points


def _check_crs(crs_text: str | None, name: str) -> None:
    try:
        _lonlat_from(crs_text)
    except ValueError as reason:
        raise UsageError(f"{name}: {reason}") from None


@cache
def _lonlat_from(crs_text: str | None) -> pyproj.Transformer:
    if not crs_text:
        raise ValueError("does not say its CRS; put it into a first line, for example: #CRS: EPSG:4326")
    try:
        crs = crs_from_text(crs_text)
        return pyproj.Transformer.from_crs(pyproj.CRS(crs.to_wkt()), "EPSG:4326", always_xy=True)
    except (ProjError, CRSError):
        raise ValueError(
            f"names no CRS that PROJ knows ('{crs_text[:60]}'); write, for example: #CRS: EPSG:4326"
        ) from None


def _from_qgis(cells: dict[str, str], crs_text: str | None) -> GroundControlPoint | None:
    if cells.get("enable", "1").strip() == "0":
        return None
    kind = "source" if "sourcex" in cells else "pixel"
    pixel_x, pixel_y = cells[f"{kind}x"], cells[f"{kind}y"]
    given = gcp_of(pixel_x, pixel_y, "0", "0").pixel
    try:
        x, y = float(cells["mapx"]), float(cells["mapy"])
    except ValueError:
        raise ValueError(f"mapX '{cells['mapx']}', mapY '{cells['mapy']}' are not numbers") from None
    lon, lat = _lonlat_from(crs_text or cells["crs"].strip()).transform(x, y)
    if not (math.isfinite(lon) and math.isfinite(lat)):
        raise ValueError(
            f"mapX {x:g}, mapY {y:g} lie nowhere on Earth in the file's CRS; correct one of them"
        )
    place = LonLat(float(lon), float(lat))
    check_lonlat(place)
    return GroundControlPoint(PixelPoint(given.col, -given.row), place)


def check_points(points: Sequence[GroundControlPoint], width: int, height: int) -> None:
    """Refuse points that cannot be right.

    Raises:
        UsageError: One is outside the image, given twice, or far from all others.
    """
    for number, ((col, row), _) in enumerate(points, 1):
        if not (0 <= col <= width and 0 <= row <= height):
            raise UsageError(
                f"point {number} at {col:g},{row:g} is outside the image of {width} x {height} pixels; "
                "columns count to the right and rows downwards from the upper left corner"
            )
    places = _unit_vectors(points)
    middle = np.median(places, axis=0)
    away = np.linalg.norm(places - middle / np.linalg.norm(middle), axis=1) * _EARTH_M
    farthest = int(np.argmax(away))
    if away[farthest] > REACH_M:
        raise UsageError(
            f"point {farthest + 1} lies {away[farthest] / 1000:,.0f} km from the middle of the points; "
            "check the signs and the order of its longitude and latitude, longitude first"
        )
    for second, (pixel, _) in enumerate(points):
        for first in range(second):
            same_pixel = math.dist(pixel, points[first].pixel) < _SAME_PX
            if same_pixel or np.linalg.norm(places[first] - places[second]) * _EARTH_M < _SAME_M:
                where = "in the image" if same_pixel else "on the ground"
                raise UsageError(
                    f"points {first + 1} and {second + 1} are at one place {where}; leave one out"
                )


def mean_place(points: Sequence[GroundControlPoint]) -> LonLat:
    """Return the middle of points, from their directions from the Earth's centre (antimeridian included)."""
    x, y, z = _unit_vectors(points).mean(axis=0)
    return LonLat(math.degrees(math.atan2(y, x)), math.degrees(math.atan2(z, math.hypot(x, y))))


def _unit_vectors(points: Sequence[GroundControlPoint]) -> Floats:
    """Return the (N, 3) directions from the Earth's centre, continuous at the antimeridian and the poles."""
    lon, lat = np.radians([point.lonlat for point in points]).T
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
