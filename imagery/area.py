"""Areas on Earth: RFC 7946 MultiPolygons of what was cut out of a scene's pixels, and back to JSON."""

from __future__ import annotations

import json
from typing import Any

import antimeridian
import numpy as np
import shapely

from imagery.grid import WGS84, Grid, LonLat, geojson_polygon

PRECISION_DEG = 1e-7  # about a centimetre
EDGE_PARTS = 8  # an edge as long as the scene carries so many points, as it may be curved in lon/lat


def area_on_earth(grid: Grid, shape: shapely.Geometry) -> shapely.MultiPolygon | None:
    """Return an area of a scene in lon/lat, cut at the antimeridian; None where the scene has no place.

    Args:
        grid: The scene's.
        shape: Polygons in scene pixels; may be empty.
    """
    if not grid.placed:
        return None
    curved = shapely.segmentize(shape, max(grid.width, grid.height) / EDGE_PARTS)
    parts = [part for part in shapely.get_parts(curved) if isinstance(part, shapely.Polygon)]
    return polygons_of(shapely.union_all([_cut(shapely.transform(part, grid.lonlats)) for part in parts]))


def square_around(place: LonLat, side_m: float) -> shapely.MultiPolygon:
    """Return a square on the ground with north up, in lon/lat, cut at the antimeridian.

    Args:
        place: Its middle.
        side_m: Its side in metres.
    """
    azimuths, reach = np.array([225.0, 135.0, 45.0, 315.0]), np.full(4, side_m / 2**0.5)
    lon, lat, _ = WGS84.fwd(np.full(4, place.lon), np.full(4, place.lat), azimuths, reach)
    return polygons_of(shapely.from_geojson(json.dumps(geojson_polygon(np.column_stack([lon, lat])))))


def polygons_of(shape: shapely.Geometry) -> shapely.MultiPolygon:
    """Return the polygons of a geometry in lon/lat, outer rings anticlockwise, without what has no area."""
    rounded = shapely.set_precision(shape, PRECISION_DEG)
    parts = [part for part in shapely.get_parts(rounded) if isinstance(part, shapely.Polygon) and part.area]
    area: shapely.MultiPolygon = shapely.orient_polygons(shapely.MultiPolygon(parts))
    return area


def _cut(polygon: shapely.Polygon) -> shapely.Geometry:
    if max(np.abs(np.diff(ring.coords.xy[0])).max() for ring in (polygon.exterior, *polygon.interiors)) < 180:
        return polygon
    return antimeridian.fix_polygon(polygon, fix_winding=True)


def area_to_json(area: shapely.MultiPolygon | None) -> dict[str, Any] | None:
    """Return an area as a GeoJSON geometry."""
    if area is None:
        return None
    geometry: dict[str, Any] = json.loads(shapely.to_geojson(shapely.orient_polygons(area)))
    return geometry


def area_from_json(member: Any) -> shapely.MultiPolygon | None:
    """Read what `area_to_json` returns.

    Raises:
        TypeError: It is not a valid MultiPolygon.
    """
    if member is None:
        return None
    area = _polygons(member)
    if not isinstance(area, shapely.MultiPolygon):
        raise TypeError("an area is not a valid MultiPolygon")
    return area


def is_area(member: Any) -> bool:
    """Check whether a JSON member is a GeoJSON Polygon or MultiPolygon that can be calculated with."""
    return _polygons(member) is not None


def _polygons(member: Any) -> shapely.Geometry | None:
    try:
        shape = shapely.from_geojson(json.dumps(member))
    except shapely.errors.ShapelyError:
        return None
    if not isinstance(shape, shapely.Polygon | shapely.MultiPolygon) or not shapely.is_valid(shape):
        return None
    west, south, east, north = shapely.bounds(shape)
    on_earth = -180 <= west <= east <= 180 and -90 <= south <= north <= 90
    return shape if on_earth or shapely.is_empty(shape) else None
