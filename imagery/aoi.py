"""The area of interest: polygons out of a file, to which all work is limited."""

from __future__ import annotations

import os
from pathlib import Path

import pyogrio
import pyogrio.raw
import shapely
from pyogrio.errors import DataLayerError, DataSourceError
from pyproj import CRS, Transformer
from pyproj.exceptions import ProjError
from shapely.errors import ShapelyError

from imagery.errors import UsageError
from imagery.grid import Floats


def read_aoi(path: str | os.PathLike[str]) -> shapely.MultiPolygon:
    """The polygons of a GeoJSON, GeoPackage, KML or other vector file, in lon/lat.

    A file with several layers is read as one.

    Raises:
        UsageError: It is not there, is no vector file, holds no polygon, or does not say where it lies.
    """
    name = os.fspath(path)
    if not Path(name).exists():
        raise UsageError(f"{name}: no such file; check the path")
    try:
        polygons = [polygon for layer, _ in pyogrio.list_layers(name) for polygon in _layer(name, layer)]
    except (DataSourceError, DataLayerError, ValueError, ProjError, ShapelyError) as reason:
        text = " ".join(str(reason).split())
        raise UsageError(f"{name}: cannot be read as an area of interest ({text})") from None
    if not polygons:
        raise UsageError(f"{name}: holds no polygon; draw the area of interest as one")
    union = shapely.union_all(shapely.make_valid(polygons))
    parts = [part for part in shapely.get_parts(union) if isinstance(part, shapely.Polygon) and part.area > 0]
    if not parts:
        raise UsageError(f"{name}: its polygons enclose nothing; draw the area of interest anew")
    return shapely.MultiPolygon(parts)


def _layer(name: str, layer: str) -> list[shapely.Geometry]:
    """The polygons of one layer, in lon/lat."""
    meta, _, geometries, _ = pyogrio.raw.read(name, layer=layer, columns=[], force_2d=True)
    if geometries is None:
        return []
    found = shapely.get_parts(shapely.from_wkb(geometries))
    polygons = [part for part in found if isinstance(part, shapely.Polygon)]
    if not polygons:
        return []
    if not meta["crs"]:
        raise ValueError(f"layer '{layer}' has no coordinate reference system")
    to_lonlat = Transformer.from_crs(CRS.from_user_input(meta["crs"]), "EPSG:4326", always_xy=True)

    def transformed(points: Floats) -> Floats:
        lon, lat = to_lonlat.transform(points[:, 0].tolist(), points[:, 1].tolist())
        return shapely.get_coordinates(shapely.points(lon, lat))

    return [shapely.transform(polygon, transformed) for polygon in polygons]
