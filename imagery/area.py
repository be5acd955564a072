"""An area of interest on a scene's grid."""

from __future__ import annotations

import json
import math

import shapely
from affine import Affine

from imagery.errors import UsageError
from imagery.grid import Grid
from imagery.tiling import LARGEST_AIRCRAFT_M, Tile, plan_tiles


def area_in_pixels(grid: Grid, name: str, aoi: shapely.MultiPolygon) -> shapely.Geometry:
    """The area of interest in scene pixels.

    Raises:
        UsageError: The scene has no place, or the area lies outside it.
    """
    if not grid.placed:
        raise UsageError(f"{name}: has no place, so no --aoi can lie in it")
    # What is far away may have no pixel at all, and an edge is straight in lon/lat, not in pixels.
    around: shapely.Geometry = shapely.from_geojson(json.dumps(grid.footprint()))
    boxes = [shapely.box(*shapely.bounds(part)) for part in shapely.get_parts(around)]
    near = shapely.intersection(aoi, shapely.union_all(boxes))
    if shapely.is_empty(near):
        raise UsageError(f"{name}: the area of interest lies outside it; check --aoi")
    west, south, east, north = shapely.bounds(around)
    near = shapely.segmentize(near, max(east - west, north - south) / 64)
    shape: shapely.Geometry = shapely.make_valid(shapely.transform(near, grid.pixels))
    if not shapely.intersects(shape, shapely.box(0, 0, grid.width, grid.height)):
        raise UsageError(f"{name}: the area of interest lies outside it; check --aoi")
    return shape


def plan_area(grid: Grid, area: shapely.Geometry, gsd_m: float, size_m: float) -> list[Tile]:
    """Tiles that cover an area and half of the largest aircraft around it, row by row.

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
    """First column and row and the grid of what is around a shape by half of the largest aircraft."""
    west, north, east, south = shapely.bounds(shape)
    across, down = (LARGEST_AIRCRAFT_M / 2 / metres for metres in grid.gsd_xy_m())
    col, row = max(0, math.floor(west - across)), max(0, math.floor(north - down))
    right, bottom = min(grid.width, math.ceil(east + across)), min(grid.height, math.ceil(south + down))
    a, b, c, d, e, f = tuple(grid.transform)[:6]
    moved = Affine(a, b, a * col + b * row + c, d, e, d * col + e * row + f)
    return col, row, Grid(right - col, bottom - row, moved, grid.crs)
