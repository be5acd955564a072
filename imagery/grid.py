"""The grid: a scene's shape, affine transform and CRS as one value that converts pixel ↔ map ↔ lon/lat.

Pixel coordinates are continuous (col, row): (0, 0) is the outer corner of the first pixel and (0.5, 0.5) its
centre. Longitude comes first, as in GeoJSON; lon/lat are WGS 84 degrees.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import antimeridian
import numpy as np
import shapely
from affine import Affine
from numpy.typing import ArrayLike, NDArray
from pyproj import Geod, Transformer
from pyproj.exceptions import ProjError
from rasterio.crs import CRS
from shapely.errors import ShapelyError

WGS84 = Geod(ellps="WGS84")
SAFE_PIXELS = 2**36  # a scene of more claims than 68 gigapixels is a mistake or an attack
COARSEST_M = 1000.0  # pixels of a kilometre show no airport: a mistake in the georeference

Floats = NDArray[np.float64]


class PixelPoint(NamedTuple):
    """A place in an image: column to the right, row downwards, in pixels, continuous."""

    col: float
    row: float


class LonLat(NamedTuple):
    """A place on Earth in WGS 84 degrees, longitude first."""

    lon: float
    lat: float


class GroundSize(NamedTuple):
    """Ground size of one pixel in metres along a row (x) and along a column (y)."""

    x: float
    y: float


@lru_cache(maxsize=32)
def _to_lonlat(wkt: str) -> Transformer:
    return Transformer.from_crs(wkt, "EPSG:4326", always_xy=True)


def _apply(transform: Affine, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    a, b, c, d, e, f = tuple(transform)[:6]
    return a * x + b * y + c, d * x + e * y + f


@dataclass(frozen=True, repr=False)
class Grid:
    """A scene's shape, transform and CRS.

    Args:
        width: Columns.
        height: Rows.
        transform: From (col, row) to map coordinates, rasterio's order.
        crs: The map coordinates' reference system; None where the image has no place on Earth, and the
            transform only gives the size of a pixel in metres.
    """

    width: int
    height: int
    transform: Affine
    crs: CRS | None

    def __repr__(self) -> str:
        try:
            gsd = f"{self.gsd_m():.3g} m"
        except ProjError:
            gsd = "unknown"
        name = self.crs_name or "no place on Earth"
        crs = name if self.crs is None or name.startswith("EPSG:") else "a CRS without a code"
        return f"<Grid {self.width} x {self.height} px, GSD {gsd}, {crs}>"

    @property
    def placed(self) -> bool:
        """True if its pixels have a place on Earth."""
        return self.crs is not None

    @property
    def center(self) -> PixelPoint:
        """The middle of the image."""
        return PixelPoint(self.width / 2, self.height / 2)

    @property
    def crs_name(self) -> str | None:
        """``EPSG:n`` where the CRS has a code, otherwise its WKT2 text; None without one."""
        if self.crs is None:
            return None
        code = self.crs.to_epsg()
        # GDAL also names the code of a CRS that is merely alike: one with another datum shift, for example.
        if code and CRS.from_epsg(code) == self.crs:
            return f"EPSG:{code}"
        return str(self.crs.to_wkt(version="WKT2_2019"))

    def lonlats(self, pixels: ArrayLike) -> Floats:
        """Return the lon/lat of pixel points.

        Args:
            pixels: (N, 2) of (col, row).

        Returns:
            (N, 2) float64 of (lon, lat) in degrees, -180 <= lon <= 180; NaN where the grid has no place.
        """
        points = np.asarray(pixels, dtype=np.float64).reshape(-1, 2)
        if self.crs is None:
            return np.full_like(points, np.nan)
        x, y = _apply(self.transform, points[:, 0], points[:, 1])
        # Lists, since pyproj takes an array of one element for a scalar, which numpy deprecates.
        lon, lat = _to_lonlat(self.crs.to_wkt()).transform(x.tolist(), y.tolist())
        return np.column_stack([_turned_into(np.asarray(lon), 0.0), lat])

    def pixels(self, lonlats: ArrayLike) -> Floats:
        """Return the pixel points of places on Earth, which may lie outside the image.

        Args:
            lonlats: (N, 2) of (lon, lat) in degrees.

        Returns:
            (N, 2) float64 of (col, row); NaN where the grid has no place.
        """
        points = np.asarray(lonlats, dtype=np.float64).reshape(-1, 2)
        if self.crs is None:
            return np.full_like(points, np.nan)
        lon, lat = points[:, 0].tolist(), points[:, 1].tolist()
        x, y = _to_lonlat(self.crs.to_wkt()).transform(lon, lat, direction="INVERSE")
        x, y = np.asarray(x), np.asarray(y)
        if self.crs.is_geographic:  # a file may count its longitudes from 0 to 360, or past the antimeridian
            middle, _ = _apply(self.transform, *np.asarray(self.center).reshape(2, 1))
            x = _turned_into(x, float(middle[0]))
        return np.column_stack(_apply(~self.transform, x, y))

    def lonlat(self, pixel: PixelPoint) -> LonLat:
        """Return the lon/lat of one pixel point."""
        return LonLat(*map(float, self.lonlats([pixel])[0]))

    def pixel(self, lonlat: LonLat) -> PixelPoint:
        """Return the pixel point of one place on Earth."""
        return PixelPoint(*map(float, self.pixels([lonlat])[0]))

    def ground_matrix(self, at: PixelPoint) -> Floats:
        """Return the metres east and north of one pixel to the right and of one pixel down, at a place.

        It is measured on the WGS 84 ellipsoid over a few pixels around ``at``, so it is right for geographic
        CRSs and for rotated or sheared transforms, and "north" is true north, not the grid's.

        Args:
            at: Where to measure; scale and north vary over a scene.

        Returns:
            (2, 2) float64 ``M`` with ``M @ (dcol, drow) = (east_m, north_m)``.
        """
        if self.crs is None:
            a, b, _, d, e, _ = tuple(self.transform)[:6]
            return np.array([[a, b], [d, e]])
        reach = 4.0
        col, row = at
        ends = [(col - reach, row), (col + reach, row), (col, row - reach), (col, row + reach)]
        (lon, lat), *around = self.lonlats([at, *ends])
        # From the place itself, so that all azimuths are of its own meridian, also next to a pole.
        azimuth, _, distance = WGS84.inv([lon] * 4, [lat] * 4, *np.transpose(around).tolist())
        angle = np.radians(azimuth)
        ways = np.vstack([np.sin(angle), np.cos(angle)]) * np.asarray(distance)
        matrix: Floats = (ways[:, 1::2] - ways[:, ::2]) / (2 * reach)
        return matrix

    def gsd_xy_m(self, at: PixelPoint | None = None) -> GroundSize:
        """Return the GSD in metres along rows and along columns, at a place (default: the middle)."""
        matrix = self.ground_matrix(at or self.center)
        return GroundSize(*map(float, np.hypot(matrix[0], matrix[1])))

    def gsd_m(self) -> float:
        """Return the GSD in the middle in metres, the geometric mean of the two directions."""
        size = self.gsd_xy_m()
        return float(np.sqrt(size.x * size.y))

    def footprint(self) -> dict[str, Any] | None:
        """Return the image's outline in lon/lat as RFC 7946 wants it, None where it has no place.

        Each edge carries eight points, so that it stays true to the image where it is curved in lon/lat.

        Returns:
            A Polygon; a MultiPolygon where it crosses the antimeridian.
        """
        if self.crs is None:
            return None
        steps = np.arange(8) / 8
        w, h = self.width, self.height
        edges = [
            np.column_stack([np.zeros(8), steps * h]),
            np.column_stack([steps * w, np.full(8, h)]),
            np.column_stack([np.full(8, w), h - steps * h]),
            np.column_stack([w - steps * w, np.zeros(8)]),
        ]
        ring = self.lonlats(np.vstack(edges))
        # South-up, the image is a mirror image, so the ring runs the other way.
        return geojson_polygon(ring[::-1] if self.transform.determinant > 0 else ring)


@lru_cache(maxsize=256)
def implausible(grid: Grid) -> str | None:
    """Return why no image of an airport has such a grid, or None if one may: for grids out of a file."""
    if min(grid.width, grid.height) < 1 or grid.width * grid.height > SAFE_PIXELS:
        return f"{grid.width} x {grid.height} pixels are not those of an image"
    if not np.isfinite(tuple(grid.transform)).all():
        return "its transform gives no place"
    try:
        matrix = grid.ground_matrix(grid.center)
        grid.footprint()
    except (ProjError, ShapelyError, ValueError):  # what lies nowhere has no outline
        return "its transform gives no place on Earth"
    size = np.hypot(*matrix)
    if not (np.isfinite(matrix).all() and (size > 0).all() and np.linalg.det(matrix)):
        return "its transform gives no place on Earth"
    if np.sqrt(size.prod()) > COARSEST_M:
        return f"its pixels would be {np.sqrt(size.prod()):,.0f} m"
    return None


def geojson_polygon(ring: Floats) -> dict[str, Any]:
    """Return a ring as a GeoJSON geometry, cut at the antimeridian and closed over a pole as RFC 7946 says.

    Args:
        ring: (N, 2) of (lon, lat), counter-clockwise on the ground, not closed.

    Returns:
        A Polygon that begins where the ring does, or a MultiPolygon where it had to be cut.
    """
    closed = np.vstack([ring, ring[:1]])
    if np.abs(np.diff(closed[:, 0])).max() < 180:
        return {"type": "Polygon", "coordinates": [closed.tolist()]}
    cut = antimeridian.fix_polygon(shapely.Polygon(closed), fix_winding=False)
    geometry: dict[str, Any] = json.loads(shapely.to_geojson(cut))
    return geometry


def _turned_into(lon: Floats, center: float) -> Floats:
    """Return longitudes as those of the same places within 180 degrees of a centre."""
    with np.errstate(invalid="ignore"):  # what lies nowhere is infinite
        return np.asarray(lon - 360 * np.round((lon - center) / 360))
