"""The grid: a scene's shape, affine transform and CRS as one value that converts pixel ↔ map ↔ lon/lat.

Pixel coordinates are continuous (col, row): (0, 0) is the outer corner of the first pixel and (0.5, 0.5) its
centre. Longitude comes first, as in GeoJSON; lon/lat are WGS 84 degrees.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from affine import Affine
from numpy.typing import ArrayLike, NDArray
from pyproj import Geod, Transformer
from rasterio.crs import CRS

WGS84 = Geod(ellps="WGS84")

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


@dataclass(frozen=True)
class Grid:
    """A scene's shape, transform and CRS.

    Args:
        width: Columns.
        height: Rows.
        transform: From (col, row) to map coordinates, rasterio's order.
        crs: The map coordinates' reference system.
    """

    width: int
    height: int
    transform: Affine
    crs: CRS

    @property
    def center(self) -> PixelPoint:
        """The middle of the image."""
        return PixelPoint(self.width / 2, self.height / 2)

    @property
    def crs_name(self) -> str:
        """``EPSG:n`` where the CRS has a code, otherwise its WKT2 text."""
        code = self.crs.to_epsg()
        # GDAL also names the code of a CRS that is merely alike: one with another datum shift, for example.
        if code and CRS.from_epsg(code) == self.crs:
            return f"EPSG:{code}"
        return str(self.crs.to_wkt(version="WKT2_2019"))

    def lonlats(self, pixels: ArrayLike) -> Floats:
        """Lon/lat of pixel points.

        Args:
            pixels: (N, 2) of (col, row).

        Returns:
            (N, 2) float64 of (lon, lat) in degrees.
        """
        points = np.asarray(pixels, dtype=np.float64).reshape(-1, 2)
        x, y = _apply(self.transform, points[:, 0], points[:, 1])
        # Lists, since pyproj takes an array of one element for a scalar, which numpy deprecates.
        return np.column_stack(_to_lonlat(self.crs.to_wkt()).transform(x.tolist(), y.tolist()))

    def pixels(self, lonlats: ArrayLike) -> Floats:
        """Pixel points of places on Earth, which may lie outside the image.

        Args:
            lonlats: (N, 2) of (lon, lat) in degrees.

        Returns:
            (N, 2) float64 of (col, row).
        """
        points = np.asarray(lonlats, dtype=np.float64).reshape(-1, 2)
        lon, lat = points[:, 0].tolist(), points[:, 1].tolist()
        x, y = _to_lonlat(self.crs.to_wkt()).transform(lon, lat, direction="INVERSE")
        return np.column_stack(_apply(~self.transform, np.asarray(x), np.asarray(y)))

    def lonlat(self, pixel: PixelPoint) -> LonLat:
        """Lon/lat of one pixel point."""
        return LonLat(*map(float, self.lonlats([pixel])[0]))

    def pixel(self, lonlat: LonLat) -> PixelPoint:
        """Pixel point of one place on Earth."""
        return PixelPoint(*map(float, self.pixels([lonlat])[0]))

    def ground_matrix(self, at: PixelPoint) -> Floats:
        """Metres east and north that one pixel to the right and one pixel down amount to at a place.

        It is measured on the WGS 84 ellipsoid over a few pixels around ``at``, so it is right for geographic
        CRSs and for rotated or sheared transforms, and "north" is true north, not the grid's.

        Args:
            at: Where to measure; scale and north vary over a scene.

        Returns:
            (2, 2) float64 ``M`` with ``M @ (dcol, drow) = (east_m, north_m)``.
        """
        reach = 4.0
        col, row = at
        ends = self.lonlats([(col - reach, row), (col + reach, row), (col, row - reach), (col, row + reach)])
        azimuth, _, distance = WGS84.inv(ends[::2, 0], ends[::2, 1], ends[1::2, 0], ends[1::2, 1])
        angle = np.radians(azimuth)
        matrix: Floats = np.vstack([np.sin(angle), np.cos(angle)]) * np.asarray(distance) / (2 * reach)
        return matrix

    def gsd_xy_m(self, at: PixelPoint | None = None) -> GroundSize:
        """Ground sampling distance in metres along rows and columns, at a place (default: the middle)."""
        matrix = self.ground_matrix(at or self.center)
        return GroundSize(*map(float, np.hypot(matrix[0], matrix[1])))

    def gsd_m(self) -> float:
        """Ground sampling distance at the middle: the geometric mean of the two directions, in metres."""
        size = self.gsd_xy_m()
        return float(np.sqrt(size.x * size.y))

    def footprint(self) -> dict[str, Any]:
        """The image's outline as a GeoJSON Polygon (RFC 7946: lon/lat, exterior ring counter-clockwise).

        Each edge carries eight points, so that it stays true to the image where it is curved in lon/lat.
        """
        steps = np.arange(8) / 8
        w, h = self.width, self.height
        edges = [
            np.column_stack([np.zeros(8), steps * h]),
            np.column_stack([steps * w, np.full(8, h)]),
            np.column_stack([np.full(8, w), h - steps * h]),
            np.column_stack([w - steps * w, np.zeros(8)]),
        ]
        ring = self.lonlats(np.vstack(edges))
        if (
            self.transform.determinant > 0
        ):  # south-up: the image is a mirror image, so the ring runs the other way
            ring = ring[::-1]
        return {"type": "Polygon", "coordinates": [[*ring.tolist(), ring[0].tolist()]]}
