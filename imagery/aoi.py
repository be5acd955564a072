"""The area of interest: polygons out of a file, to which all work is limited."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path

import shapely
from affine import Affine
from pyproj import Transformer
from pyproj.exceptions import ProjError
from shapely.errors import ShapelyError

from imagery.crs import crs_from_text
from imagery.errors import UsageError
from imagery.gdal import confined_pyogrio, network_for
from imagery.grid import Floats, Grid
from imagery.tiling import LARGEST_AIRCRAFT_M, Tile, plan_tiles


def aoi_of(value: str | os.PathLike[str] | shapely.Geometry) -> shapely.MultiPolygon:
    """Return an area of interest given as a vector file or as a geometry in lon/lat.

    Raises:
        UsageError: It holds no polygon, or the file cannot be read.
    """
    if not isinstance(value, shapely.Geometry):
        return read_aoi(value)
    if isinstance(value, shapely.MultiPolygon) and value.is_valid and not value.is_empty:
        return value
    try:
        return _united(
            [part for part in shapely.get_parts(value) if isinstance(part, shapely.Polygon)], "`aoi`"
        )
    except ShapelyError as reason:
        raise UsageError(f"`aoi`: is not an area ({reason})") from None


def read_aoi(path: str | os.PathLike[str]) -> shapely.MultiPolygon:
    """Read the polygons of a GeoJSON, GeoPackage, KML or other vector file, in lon/lat.

    A file with several layers is read as one.

    Raises:
        UsageError: There is no such file, it is not a vector file, holds no polygon, or does not say where it
            lies.
    """
    # Here, since pyogrio imports GeoPandas and pandas where they are installed: a second.
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError

    name = os.fspath(path)
    if not Path(name).exists():
        raise UsageError(f"{name}: no such file; check the path")
    try:
        with confined_pyogrio(), network_for(None, package="pyogrio"):
            polygons = [polygon for layer, _ in pyogrio.list_layers(name) for polygon in _layer(name, layer)]
        return _united(polygons, name)
    except (DataSourceError, DataLayerError, ValueError, ProjError, ShapelyError) as reason:
        text = " ".join(str(reason).split())
        raise UsageError(f"{name}: cannot be read as an area of interest ({text})") from None


def _united(polygons: list[shapely.Geometry], name: str) -> shapely.MultiPolygon:
    if not polygons:
        raise UsageError(f"{name}: holds no polygon; draw the area of interest as one")
    union = shapely.union_all(shapely.make_valid(polygons))
    parts = [part for part in shapely.get_parts(union) if isinstance(part, shapely.Polygon) and part.area > 0]
    if not parts:
        raise UsageError(f"{name}: its polygons enclose nothing; draw the area of interest again")
    return shapely.MultiPolygon(parts)


def _layer(name: str, layer: str) -> list[shapely.Geometry]:
    """Return the polygons of one layer, in lon/lat."""
    import pyogrio.raw

    try:
        meta, _, geometries, _ = pyogrio.raw.read(name, layer=layer, columns=[], force_2d=True)
    except UnboundLocalError:  # pyogrio's own, of a CRS that GDAL cannot write
        raise ValueError(f"layer '{layer}' has a coordinate reference system without sense") from None
    if geometries is None:
        return []
    parts = shapely.get_parts(shapely.from_wkb(geometries))
    polygons = [part for part in parts if isinstance(part, shapely.Polygon)]
    if not polygons:
        return []
    if not meta["crs"]:
        raise ValueError(f"layer '{layer}' has no coordinate reference system")
    to_lonlat = Transformer.from_crs(crs_from_text(meta["crs"]), "EPSG:4326", always_xy=True)

    def transformed(points: Floats) -> Floats:
        lon, lat = to_lonlat.transform(points[:, 0].tolist(), points[:, 1].tolist())
        return shapely.get_coordinates(shapely.points(lon, lat))

    return [shapely.transform(polygon, transformed) for polygon in polygons]


def area_in_pixels(grid: Grid, name: str, aoi: shapely.MultiPolygon) -> shapely.Geometry:
    """Return the area of interest in scene pixels.

    Raises:
        UsageError: The scene has no place, or the area lies outside it.
    """
    if not grid.placed:
        raise UsageError(
            f"{name}: has no place on Earth, so it cannot be limited to an area; leave `aoi` out"
        )
    # What is far away may have no pixel at all, and an edge is straight in lon/lat, not in pixels.
    around: shapely.Geometry = shapely.from_geojson(json.dumps(grid.footprint()))
    boxes = [shapely.box(*shapely.bounds(part)) for part in shapely.get_parts(around)]
    near = shapely.intersection(aoi, shapely.union_all(boxes))
    if shapely.is_empty(near):
        raise UsageError(f"{name}: the area of interest lies outside it; check `aoi`")
    west, south, east, north = shapely.bounds(around)
    near = shapely.segmentize(near, max(east - west, north - south) / 64)
    shape: shapely.Geometry = shapely.make_valid(shapely.transform(near, grid.pixels))
    if not shapely.intersects(shape, shapely.box(0, 0, grid.width, grid.height)):
        raise UsageError(f"{name}: the area of interest lies outside it; check `aoi`")
    return shape


def plan_area(grid: Grid, area: shapely.Geometry, gsd_m: float, size_m: float) -> list[Tile]:
    """Plan the tiles that cover an area and half of the largest aircraft around it, row by row.

    Args:
        grid: The scene's.
        area: In scene pixels.
        gsd_m: Working resolution in metres.
        size_m: Greatest side of a tile on the ground, in metres.
    """
    col, row, part = _part(grid, area)
    plan = [tile._replace(col=tile.col + col, row=tile.row + row) for tile in plan_tiles(part, gsd_m, size_m)]
    boxes = [shapely.box(t.col, t.row, t.col + t.width, t.row + t.height) for t in plan]
    touched = shapely.intersects(boxes, area)
    return [tile for tile, touches in zip(plan, touched, strict=True) if touches]


def _part(grid: Grid, shape: shapely.Geometry) -> tuple[int, int, Grid]:
    """Return first column and row and the grid of what is around a shape by half of the largest aircraft."""
    west, north, east, south = shapely.bounds(shape)
    across, down = (LARGEST_AIRCRAFT_M / 2 / metres for metres in grid.gsd_xy_m())
    col, row = max(0, math.floor(west - across)), max(0, math.floor(north - down))
    right, bottom = min(grid.width, math.ceil(east + across)), min(grid.height, math.ceil(south + down))
    a, b, c, d, e, f = tuple(grid.transform)[:6]
    moved = Affine(a, b, a * col + b * row + c, d, e, d * col + e * row + f)
    return col, row, Grid(right - col, bottom - row, moved, grid.crs)
