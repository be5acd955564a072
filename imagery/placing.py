"""Where an open image lies: by its transform, ground control points or RPCs, and what else it needs for that.

What has ground control points or RPCs only, or pixels that are not rectangles on the ground, is seen through
a warp to the UTM grid of its place (near the poles: UPS). What has no place is refused, unless the user says
how large a pixel is. Of two georeferences in one file, the coarser is not used without a word.
"""

from __future__ import annotations

import math
from typing import NamedTuple, cast

import numpy as np
import pyproj
import rasterio
from affine import Affine
from pyproj import Transformer
from pyproj.exceptions import ProjError
from rasterio._err import CPLE_BaseError
from rasterio.crs import CRS
from rasterio.enums import ColorInterp, Resampling
from rasterio.errors import CRSError, RasterioError
from rasterio.vrt import WarpedVRT

from imagery.bands import colors_of
from imagery.crs import crs_from_text
from imagery.errors import NoGeoreference, SceneError, UsageError
from imagery.gcp_misfit import gcp_misfit
from imagery.grid import COARSEST_M, SAFE_PIXELS, Grid, LonLat
from imagery.record import FileState

SHEAR_DEG = 0.5  # pixels' sides further from a right angle are warped: at 80 m that is 0.7 m
# To what a NITF file rounds the corners that it gives (MIL-STD-2500C, IGEOLO), by its ICORDS, in metres on
# the ground: seconds of arc, thousandths of a degree, metres of UTM.
_CORNER_STEP_M = {"G": 30.9, "D": 111.3, "N": 1.0, "S": 1.0}


class Opened(NamedTuple):
    """An open dataset and where it lies.

    Attributes:
        source: The dataset as it is, for its tags and files.
        pixels: The dataset to read from: the source, or a warp of it.
        grid: That of ``pixels``.
        warped_from: What the warp went by; None without one.
        files: Every file that it is made of, itself first; none where it is read over a network.
        state: That of the first file before it was opened; None where it is read over a network.
        position_error_m: How far off places may be (1 sigma, radial), where the georeference itself shows it.
        notes: What a person should know of where it lies, a line each.
    """

    source: rasterio.DatasetReader
    pixels: rasterio.DatasetReader
    grid: Grid
    warped_from: str | None
    files: tuple[str, ...] = ()
    state: FileState | None = None
    position_error_m: float | None = None
    notes: tuple[str, ...] = ()


def located(
    source: rasterio.DatasetReader,
    name: str,
    *,
    crs: str | None = None,
    prj: tuple[str, str] | None = None,
    gsd_m: float | None = None,
    height_m: float | None = None,
) -> Opened:
    """Find out where an open image lies.

    Args:
        source: The image.
        name: What messages call it.
        crs: The CRS of an image that has a transform but does not say in which.
        prj: The name of the file beside it that says the CRS, and what that file holds.
        gsd_m: Metres per pixel of an image without any georeference.
        height_m: Height of the ground above the ellipsoid, for an image with RPCs.

    Raises:
        UsageError: An option does not fit the image.
        NoGeoreference: It does not say where it lies.
    """
    if height_m is not None and not source.rpcs:
        raise UsageError(f"{name}: has no RPCs, so `height_m` means nothing; leave it out")
    wanted = _wanted_crs(source, name, crs, prj)
    if height_m is not None:
        return _by_rpcs(source, name, height_m)
    has_transform = not (source.transform.is_identity or source.transform.is_degenerate)
    if has_transform and (source.crs or wanted):
        step_m = _corner_step_m(source)
        grid = Grid(source.width, source.height, source.transform, source.crs or wanted)
        opened = _as_it_is(source, grid, name, gsd_m)
        if step_m is None:
            return opened
        note = f"it lies by corners that are rounded to {step_m:.0f} m"
        if source.rpcs:
            note += "; its RPCs place it better: give the height of the ground"
        # A corner is off by up to half a step in both directions, all places of the image alike.
        return opened._replace(position_error_m=step_m / math.sqrt(6), notes=(note,))
    if source.gcps[0] and (source.gcps[1] or wanted):
        if gsd_m is not None:
            raise UsageError(f"{name}: has ground control points; leave `gsd_m` out")
        return _by_gcps(source, name, cast(CRS, source.gcps[1] or wanted))
    if source.rpcs:
        raise NoGeoreference(
            f"{name}: has RPCs only; give `height_m`, the height of the ground above the ellipsoid in "
            f"metres (its RPCs are centred on {source.rpcs.height_off:.0f})"
        )
    if has_transform or source.gcps[0]:
        raise NoGeoreference(
            f"{name}: has a transform but no coordinate reference system, so nothing in it has a place; "
            "give its `crs`, such as EPSG:32629"
        )
    if gsd_m is None:
        raise NoGeoreference(
            f"{name}: has no georeference, so nothing in it has a place; georeference it by control "
            "points, or give `gsd_m` (metres per pixel) to search and measure it without"
        )
    return Opened(source, source, Grid(source.width, source.height, Affine.scale(gsd_m, -gsd_m), None), None)


def _wanted_crs(
    source: rasterio.DatasetReader, name: str, crs: str | None, prj: tuple[str, str] | None
) -> CRS | None:
    """Return the CRS that the user or the file beside the image says; they and the image must agree."""
    wanted = _parsed_crs(crs) if crs else None
    if source.crs and wanted and source.crs != wanted:
        raise UsageError(f"{name}: has the CRS {source.crs.to_string()[:60]} already; leave `crs` out")
    if prj is None or source.crs:
        return wanted
    file, text = prj
    try:
        beside = crs_from_text(text)
    except CRSError:
        if wanted:
            return wanted
        raise NoGeoreference(
            f"{name}: {file} beside it is not a coordinate reference system; give its `crs`, such as "
            "EPSG:32629"
        ) from None
    if wanted and not _same_crs(wanted, beside):
        raise UsageError(
            f"{name}: {file} beside it says {_crs_words(beside)}; leave `crs` out, or move that file away"
        )
    return wanted or beside


def _same_crs(crs: CRS, other: CRS) -> bool:
    """Check whether two are the same map, also where one is written as ESRI does."""
    return bool(
        crs == other or pyproj.CRS(crs.to_wkt()).equals(pyproj.CRS(other.to_wkt()), ignore_axis_order=True)
    )


def _corner_step_m(source: rasterio.DatasetReader) -> float | None:
    """Return to what the corners of a NITF image are rounded; None where it lies by something else."""
    tags = source.tags()
    world_file = any(file.lower().endswith((".nfw", ".ntfw", ".wld")) for file in source.files)
    finer = world_file or any(tag.startswith("NITF_BLOCKA") for tag in tags)
    if source.driver != "NITF" or finer or not tags.get("NITF_IGEOLO", "").strip():
        return None
    return _CORNER_STEP_M.get(tags.get("NITF_ICORDS", ""))


def _by_gcps(source: rasterio.DatasetReader, name: str, crs: CRS) -> Opened:
    points = source.gcps[0]
    xy = np.array([(point.x, point.y) for point in points])
    if crs.is_geographic and np.ptp(xy[:, 0]) > 180:
        raise SceneError(
            f"{name}: its ground control points lie on both sides of the antimeridian; write them in "
            "UTM metres, or in longitudes from 0 to 360"
        )
    middle = _lonlat(crs, name, *xy.mean(axis=0))
    opened = _warped(source, name, "ground control points", middle, src_crs=crs)
    to_map = Transformer.from_crs(crs.to_wkt(), cast(CRS, opened.grid.crs).to_wkt(), always_xy=True)
    ground = np.column_stack(to_map.transform(xy[:, 0], xy[:, 1]))
    misfit = gcp_misfit(np.array([(point.col, point.row) for point in points]), ground)
    return opened._replace(position_error_m=misfit.error_m, notes=misfit.notes)


def _by_rpcs(source: rasterio.DatasetReader, name: str, height_m: float) -> Opened:
    if not np.isfinite(height_m):
        raise UsageError(f"`height_m`: {height_m} is not a height in metres")
    middle = LonLat(source.rpcs.long_off, source.rpcs.lat_off)
    options = {"rpcs": source.rpcs, "src_crs": "EPSG:4326", "RPC_HEIGHT": height_m}
    return _warped(source, name, f"RPCs at a height of {height_m:g} m", middle, **options)


def _as_it_is(source: rasterio.DatasetReader, grid: Grid, name: str, gsd_m: float | None) -> Opened:
    check_place(grid, name)
    if gsd_m is not None:
        raise UsageError(f"{name}: is georeferenced, its GSD is {grid.gsd_m():.3f} m; leave `gsd_m` out")
    right, down = grid.ground_matrix(grid.center).T
    sine = np.dot(right, down) / (np.hypot(*right) * np.hypot(*down))
    if abs(np.degrees(np.arcsin(sine))) > SHEAR_DEG:
        return _warped(source, name, "a sheared transform", grid.lonlat(grid.center), src_crs=grid.crs)
    return Opened(source, source, grid, None)


def _warped(source: rasterio.DatasetReader, name: str, how: str, middle: LonLat, **options: object) -> Opened:
    """Return a view of the source in metres, north up in the grid of its place."""
    nowhere = f"{name}: its place cannot be worked out from {how}"
    if not (np.isfinite(middle).all() and abs(middle.lat) <= 90):
        raise NoGeoreference(f"{nowhere}, whose middle is not on Earth; correct them")
    target = local_crs(middle)
    alpha = ColorInterp.alpha not in colors_of(source)  # GDAL refuses to add a second one
    if source.dtypes[0] not in ("uint8", "uint16"):  # GDAL takes no alpha band of another type for a mask
        hollow = np.nan if source.dtypes[0].startswith("float") else np.iinfo(source.dtypes[0]).min
        nodata = hollow if source.nodata is None else source.nodata
        options |= {"src_nodata": nodata, "nodata": nodata}
        alpha = False
    try:
        warp = WarpedVRT(source, crs=target, resampling=Resampling.bilinear, add_alpha=alpha, **options)
    except (RasterioError, CPLE_BaseError) as reason:
        raise NoGeoreference(f"{nowhere} ({reason}); georeference it by control points") from None
    if warp.width * warp.height > SAFE_PIXELS:
        warp.close()
        raise NoGeoreference(f"{nowhere}: it would be {warp.width} x {warp.height} pixels; correct them")
    return Opened(source, warp, Grid(warp.width, warp.height, warp.transform, target), how)


def local_crs(place: LonLat) -> CRS:
    """Return the UTM zone of a place, or UPS beyond 84° N and 80° S, on WGS 84."""
    if place.lat > 84:
        return CRS.from_epsg(32661)
    if place.lat < -80:
        return CRS.from_epsg(32761)
    zone = int((place.lon + 180) // 6) % 60 + 1
    return CRS.from_epsg((32600 if place.lat >= 0 else 32700) + zone)


def _lonlat(crs: CRS, name: str, x: float, y: float) -> LonLat:
    try:
        return LonLat(*Transformer.from_crs(crs.to_wkt(), "EPSG:4326", always_xy=True).transform(x, y))
    except ProjError:
        raise _no_map(name, crs.to_wkt()) from None


def _parsed_crs(text: str) -> CRS:
    try:
        return crs_from_text(text)
    except CRSError:
        raise UsageError(f"`crs`: '{text}' is not a coordinate reference system; write EPSG:32629") from None


def _crs_words(crs: CRS) -> str:
    return str(pyproj.CRS(crs.to_wkt()).name)[:60]


def _no_map(name: str, crs: str) -> NoGeoreference:
    return NoGeoreference(
        f"{name}: its coordinate reference system ({crs[:60]}) is not of a map, so nothing in it has a "
        "place; georeference it by control points"
    )


def check_place(grid: Grid, name: str) -> None:
    """Check that a grid lies somewhere on Earth and is fine enough to show an aircraft.

    Raises:
        NoGeoreference: It does not, or is not.
    """
    if grid.crs is None:
        return
    if not (grid.crs.is_projected or grid.crs.is_geographic):
        raise _no_map(name, str(grid.crs_name))
    try:
        center, size = grid.lonlat(grid.center), grid.gsd_xy_m()
    except ProjError:
        raise _no_map(name, str(grid.crs_name)) from None
    gsd_m = float(np.sqrt(size.x * size.y))
    if gsd_m > COARSEST_M:
        raise NoGeoreference(
            f"{name}: its pixels would be {gsd_m:,.0f} m, which shows no aircraft; its georeference is "
            "wrong: georeference it by control points"
        )
    if not (np.isfinite(gsd_m) and min(size) > 0 and abs(center.lat) <= 90):
        raise NoGeoreference(
            f"{name}: lies nowhere on Earth: its coordinates and its coordinate reference system "
            f"({str(grid.crs_name)[:60]}) do not match; correct one of them, for example with rio edit-info"
        )
