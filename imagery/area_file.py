"""Reading the polygons of a vector file. Run as a module, this is the process that reads one.

It prints the polygons as WKB, or what is wrong and ends with the exit code of that error.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import Any

import shapely
from pyproj import Transformer
from pyproj.exceptions import ProjError
from shapely.errors import ShapelyError

from imagery.crs import crs_from_text
from imagery.errors import HardstandError, UsageError
from imagery.gdal import confined_pyogrio, network_for
from imagery.grid import Floats

MOST_MEMORY = 2**30  # bytes
MOST_POLYGONS = 10_000  # of one layer
MOST_POINTS = 500_000  # of a country in full detail there are 100,000
SIMPLER = "draw the area of interest with fewer points"
_TURN_DEG, _POLE_DEG = 360.5, 90.5  # a little more than there is on Earth, as people draw the whole of it


def polygons_in_file(name: str) -> shapely.MultiPolygon:
    """Read the polygons of a vector file, all layers as one, in lon/lat.

    Raises:
        UsageError: It is not a vector file, holds no polygon, or does not say where it lies.
        GdalOutOfReach: The formats that hardstand does not use cannot be switched off.
    """
    # Here, since pyogrio imports GeoPandas and pandas where they are installed: a second.
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError

    try:
        with confined_pyogrio(), network_for(None, package="pyogrio"):
            polygons = [polygon for layer, _ in pyogrio.list_layers(name) for polygon in _layer(name, layer)]
        return united(polygons, name)
    except (DataSourceError, DataLayerError, ValueError, ProjError, ShapelyError) as reason:
        text = " ".join(str(reason).split())
        raise UsageError(f"{name}: cannot be read as an area of interest ({text})") from None


def united(polygons: list[shapely.Geometry], name: str) -> shapely.MultiPolygon:
    """Return all that some polygons in lon/lat cover.

    Args:
        polygons: They may overlap, and cross themselves.
        name: What messages call them.

    Raises:
        UsageError: There are none, or they enclose nothing, or lie elsewhere than on Earth.
        ShapelyError: They make no sense.
    """
    if not polygons:
        raise UsageError(f"{name}: holds no polygon; draw the area of interest as one")
    west, south, east, north = shapely.total_bounds(polygons).tolist()
    if not (-_TURN_DEG < west <= east < _TURN_DEG and -_POLE_DEG < south <= north < _POLE_DEG):
        raise UsageError(
            f"{name}: has places that are not on Earth, such as {west:g} {south:g}; "
            "save it again in lon/lat (WGS 84)"
        )
    union = shapely.union_all(shapely.make_valid(polygons))
    parts = [part for part in shapely.get_parts(union) if isinstance(part, shapely.Polygon) and part.area > 0]
    if not parts:
        raise UsageError(f"{name}: its polygons enclose nothing; draw the area of interest again")
    return shapely.MultiPolygon(parts)


def _layer(name: str, layer: str) -> list[shapely.Geometry]:
    """Return the polygons of one layer, in lon/lat."""
    import pyogrio.raw

    try:
        meta, _, geometries, _ = pyogrio.raw.read(
            name, layer=layer, columns=[], force_2d=True, max_features=MOST_POLYGONS + 1
        )
    except UnboundLocalError:  # pyogrio's own, of a CRS that GDAL cannot write
        raise ValueError(f"layer '{layer}' has a coordinate reference system without sense") from None
    if geometries is None:
        return []
    if len(geometries) > MOST_POLYGONS:
        raise ValueError(f"layer '{layer}' has more than {MOST_POLYGONS:,} shapes; {SIMPLER}")
    parts = shapely.get_parts(shapely.from_wkb(geometries))
    polygons = [part for part in parts if isinstance(part, shapely.Polygon)]
    if not polygons:
        return []
    if shapely.get_num_coordinates(polygons).sum() > MOST_POINTS:
        raise ValueError(f"layer '{layer}' has more than {MOST_POINTS:,} points; {SIMPLER}")
    if not meta["crs"]:
        raise ValueError(f"layer '{layer}' has no coordinate reference system")
    to_lonlat = Transformer.from_crs(crs_from_text(meta["crs"]), "EPSG:4326", always_xy=True)

    def transformed(points: Floats) -> Floats:
        lon, lat = to_lonlat.transform(points[:, 0].tolist(), points[:, 1].tolist())
        return shapely.get_coordinates(shapely.points(lon, lat))

    return [shapely.transform(polygon, transformed) for polygon in polygons]


def _bound_memory() -> None:
    with suppress(ImportError, ValueError, OSError):  # not on Windows; not where less is allowed already
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))


def _main(name: str) -> int:
    _bound_memory()
    try:
        area: Any = shapely.to_wkb(polygons_in_file(name))
    except HardstandError as error:
        sys.stdout.buffer.write(str(error).encode(errors="replace"))
        return error.exit_code
    sys.stdout.buffer.write(area)
    return 0


if __name__ == "__main__":
    sys.exit(_main(*sys.argv[1:]))
