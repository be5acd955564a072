"""The area of interest: polygons out of a file, to which all work is limited."""

from __future__ import annotations

import json
import math
import os
import subprocess
from pathlib import Path
from typing import cast

import shapely
from affine import Affine
from shapely.errors import ShapelyError

from imagery.area_file import MOST_MEMORY, SIMPLER, united
from imagery.errors import HardstandError, UsageError
from imagery.grid import Grid
from imagery.own_process import run_module
from imagery.tiling import LARGEST_AIRCRAFT_M, Tile, plan_tiles

PATIENCE_S = 60.0  # of the reading of a file


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
        return united(
            [part for part in shapely.get_parts(value) if isinstance(part, shapely.Polygon)], "`aoi`"
        )
    except ShapelyError as reason:
        raise UsageError(f"`aoi`: is not an area ({reason})") from None


def read_aoi(path: str | os.PathLike[str]) -> shapely.MultiPolygon:
    """Read the polygons of a GeoJSON, GeoPackage, KML or other vector file, in lon/lat.

    A file with several layers is read as one. It is read in a process of its own, within bounds of time and
    memory: a GeoPackage can hold a query without an end, and a few thousand lines cross each other a million
    times.

    Raises:
        UsageError: There is no such file, it is not a vector file, holds no polygon, does not say where it
            lies, or is beyond those bounds.
        HardstandError: The formats that hardstand does not use cannot be switched off.
    """
    name = os.fspath(path)
    if not Path(name).exists():
        raise UsageError(f"{name}: no such file; check the path")
    try:
        reading = run_module("imagery.area_file", name, patience_s=PATIENCE_S)
    except subprocess.TimeoutExpired:
        raise UsageError(
            f"{name}: cannot be read as an area of interest in {PATIENCE_S:.0f} s; {SIMPLER}"
        ) from None
    if reading.returncode == 0:
        return cast(shapely.MultiPolygon, shapely.from_wkb(reading.stdout))
    refusal = reading.stdout.decode(errors="replace")
    if not refusal:
        raise UsageError(
            f"{name}: cannot be read as an area of interest: it takes more than {MOST_MEMORY >> 20} MB of "
            f"memory, or makes GDAL crash; {SIMPLER}"
        )
    raise (UsageError if reading.returncode == UsageError.exit_code else HardstandError)(refusal)


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
