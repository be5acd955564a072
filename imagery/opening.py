"""Opening a name as a dataset with a grid: files, archives, COGs on the web; every kind of georeference.

What has ground control points or RPCs only, or pixels that are not rectangles on the ground, is seen through
a warp to the UTM grid of its place (near the poles: UPS). What has no place is refused, unless the user says
how large a pixel is.
"""

from __future__ import annotations

import os
import re
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import NamedTuple, cast

import numpy as np
import rasterio
from affine import Affine
from pyproj import Transformer
from pyproj.exceptions import ProjError
from rasterio._err import CPLE_BaseError
from rasterio.crs import CRS
from rasterio.enums import ColorInterp, Resampling
from rasterio.errors import CRSError, RasterioError
from rasterio.vrt import WarpedVRT

from imagery.errors import NoGeoreference, SceneError, UsageError
from imagery.gdal import RASTER_DRIVERS, find_overviews_and_masks, network_for, open_raster
from imagery.grid import COARSEST_M, SAFE_PIXELS, Grid, LonLat
from imagery.record import FileState
from imagery.references import NAMING_FORMATS, check_overviews, open_with_files
from imagery.remote import bounded_requests

SAFE_BLOCK_BYTES = 2**29  # GDAL must hold a whole block; a larger one is a bomb, or wants to be tiled
SHEAR_DEG = 0.5  # pixels' sides further from a right angle are warped: at 80 m that is 0.7 m
REMOTE_DRIVERS = tuple(driver for driver in RASTER_DRIVERS if driver not in NAMING_FORMATS)
_NETWORK = re.compile(r"(?:^|[/{=])(/vsi(?:curl|s3|gs|az|adls|oss|swift|hdfs|webhdfs)(?:_streaming)?[/?])")
_ARCHIVE_END = re.compile(r"(?<=\.zip|\.kmz|\.tar|\.tgz)(?=/)|(?<=\.gz)(?=/|$)|\}", re.IGNORECASE)
REMOTE_OPTIONS = {
    # A server has no folders to look for sidecars in; each try would be a request.
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_HTTP_TIMEOUT": 60,
    "GDAL_HTTP_CONNECTTIMEOUT": 15,
    "GDAL_HTTP_MAX_RETRY": 3,
    "GDAL_HTTP_RETRY_DELAY": 1,  # seconds, doubled each time; the default is 30
    "GDAL_HTTP_MERGE_CONSECUTIVE_RANGES": "YES",
    "VSI_CACHE": True,
}


class Opened(NamedTuple):
    """An open dataset and where it lies.

    Attributes:
        source: The dataset as it is, for its tags and files.
        pixels: The dataset to read from: the source, or a warp of it.
        grid: That of ``pixels``.
        warped_from: What the warp went by; None without one.
        files: Every file that it is made of, itself first; none where it is read over a network.
        state: That of the first file before it was opened; None where it is read over a network.
    """

    source: rasterio.DatasetReader
    pixels: rasterio.DatasetReader
    grid: Grid
    warped_from: str | None
    files: tuple[str, ...] = ()
    state: FileState | None = None


def is_remote(name: str) -> bool:
    """Check whether a name is read over a network."""
    return name.startswith(("http://", "https://", "s3://")) or (
        name.startswith("/vsi") and _NETWORK.search(name) is not None
    )


def without_key(name: str) -> str:
    """Return an address without what follows its ``?``, often a key that signs it; a path as it is."""
    return name.split("?", maxsplit=1)[0] if is_remote(name) else name


def archive_of(name: str) -> str:
    """Return the archive in which a ``/vsizip/``, ``/vsitar/`` or ``/vsigzip/`` name lies; else the name."""
    prefix = next((p for p in ("/vsizip/", "/vsitar/", "/vsigzip/") if name.startswith(p)), None)
    if prefix is None:
        return name
    inner = (
        Path("/" + name.removeprefix(prefix).lstrip("/"))
        if name.startswith(prefix + "/")
        else Path(name.removeprefix(prefix))
    )
    return str(next((folder for folder in (inner, *inner.parents) if folder.is_file()), inner))


def gdal_name(name: str) -> str:
    """Return the name that GDAL opens.

    Raises:
        UsageError: A local file that is not there.
    """
    if name.startswith(("http://", "https://")):
        return f"/vsicurl/{name}"
    if name.startswith("s3://"):
        return f"/vsis3/{name.removeprefix('s3://')}"
    if name.startswith("/vsi"):
        return name
    try:
        Path(name).stat()
        name.encode()
    except (FileNotFoundError, NotADirectoryError):
        raise UsageError(f"{name}: no such file; check the path") from None
    except OSError as reason:
        raise UsageError(f"{name}: cannot be opened ({reason.strerror}); check the path") from None
    except UnicodeEncodeError:
        raise UsageError(f"{name!a}: GDAL needs names in UTF-8; rename the file") from None
    return os.fspath(name)


def network_of(name: str) -> AbstractContextManager[None]:
    """Return a context in which GDAL reads what a name says over a network, if it does, and nothing else."""
    path = gdal_name(name) if is_remote(name) else name
    match = _NETWORK.search(path) if is_remote(path) else None
    if match is None:
        return network_for(None)
    remote = path[match.start(1) :]
    if match.start(1) > 0:  # an archive, or a part of a file
        remote = _ARCHIVE_END.split(remote, maxsplit=1)[0]
    # Only stores of objects have credentials to ask for.
    return network_for(remote, fetching=not remote.startswith("/vsicurl"))


def open_dataset(
    name: str, *, crs: str | None = None, gsd_m: float | None = None, height_m: float | None = None
) -> Opened:
    """Open an image and find out where it lies.

    Args:
        name: A path, a ``/vsi…`` name, an http(s) address or an ``s3://`` name.
        crs: The CRS of an image that has a transform but does not say in which.
        gsd_m: Metres per pixel of an image without any georeference.
        height_m: Height of the ground above the ellipsoid, for an image with RPCs.

    Raises:
        UsageError: There is no such file, or an option that does not fit it.
        SceneError: It is not a raster image, is damaged, or asks for more memory than is sane.
        NoGeoreference: It does not say where it lies.
    """
    path = gdal_name(name)
    state = None if is_remote(path) else _state_of(path)
    with network_of(path), bounded_requests(name) if is_remote(path) else nullcontext():
        source, files = _open(name, path)
        try:
            check_overviews(source, name)
            if is_remote(path):
                find_overviews_and_masks(path)
            _check_size(source, name)
            opened = _located(source, name, crs, gsd_m, height_m)._replace(files=files, state=state)
        except BaseException:
            source.close()
            raise
        try:
            _check_place(opened.grid, name)
        except BaseException:
            opened.pixels.close()
            source.close()
            raise
    return opened


def _state_of(path: str) -> FileState | None:
    try:
        return FileState.of(Path(archive_of(path)))
    except OSError:  # not in that archive, as GDAL says in words
        return None


def _open(name: str, path: str) -> tuple[rasterio.DatasetReader, tuple[str, ...]]:
    try:
        if not is_remote(path):
            return open_with_files(path, name, RASTER_DRIVERS)
        source = open_raster(path, REMOTE_DRIVERS)
    except RasterioError as reason:
        detail = str(reason).removeprefix(f"'{path}' ").removeprefix(f"{path}: ").rstrip(".")
        advice = "check the address" if is_remote(name) else "give a GeoTIFF or another raster file"
        if path.lower().endswith(".zip"):
            advice = f"name the image in it, for example /vsizip/{path}/IMAGE.TIF"
        elif Path(path).is_dir():
            advice = f"name the images in the folder, for example {path}/*.tif"
        raise SceneError(f"{name}: not an image that GDAL can open ({detail}); {advice}") from None
    return source, ()


def _check_size(source: rasterio.DatasetReader, name: str) -> None:
    if source.count == 0:
        raise SceneError(
            f"{name}: holds several images but none at its top level; export one of them to a GeoTIFF"
        )
    if source.width * source.height > SAFE_PIXELS:
        raise SceneError(
            f"{name}: claims {source.width} x {source.height} pixels, more than any airport needs; "
            "crop it to the airport"
        )
    if any(dtype.startswith("complex") for dtype in source.dtypes):
        raise SceneError(f"{name}: holds complex numbers, as radar data do; convert them to amplitudes first")
    rows, cols = source.block_shapes[0]
    block = rows * cols * np.dtype(source.dtypes[0]).itemsize * source.count
    if block > SAFE_BLOCK_BYTES:
        raise SceneError(
            f"{name}: one block of it takes {block / 2**20:.0f} MB of memory; "
            "rewrite it in tiles: rio convert --co TILED=YES IN OUT.tif"
        )


def _located(
    source: rasterio.DatasetReader, name: str, crs: str | None, gsd_m: float | None, height_m: float | None
) -> Opened:
    if height_m is not None and not source.rpcs:
        raise UsageError(f"{name}: has no RPCs, so `height_m` means nothing; leave it out")
    wanted = _parsed_crs(crs) if crs else None
    has_transform = not (source.transform.is_identity or source.transform.is_degenerate)
    if source.crs and wanted and source.crs != wanted:
        raise UsageError(f"{name}: has the CRS {source.crs.to_string()[:60]} already; leave `crs` out")
    if has_transform and (source.crs or wanted):
        grid = Grid(source.width, source.height, source.transform, source.crs or wanted)
        return _as_it_is(source, grid, name, gsd_m)
    if source.gcps[0] and (source.gcps[1] or wanted):
        if gsd_m is not None:
            raise UsageError(f"{name}: has ground control points; leave `gsd_m` out")
        points, points_crs = source.gcps[0], cast(CRS, source.gcps[1] or wanted)
        xy = np.array([(point.x, point.y) for point in points])
        if points_crs.is_geographic and np.ptp(xy[:, 0]) > 180:
            raise SceneError(
                f"{name}: its ground control points lie on both sides of the antimeridian; write them in "
                "UTM metres, or in longitudes from 0 to 360"
            )
        middle = _lonlat(points_crs, name, *xy.mean(axis=0))
        return _warped(source, name, "ground control points", middle, src_crs=points_crs)
    if source.rpcs:
        if height_m is None:
            raise NoGeoreference(
                f"{name}: has RPCs only; give `height_m`, the height of the ground above the ellipsoid in "
                f"metres (its RPCs are centred on {source.rpcs.height_off:.0f})"
            )
        if not np.isfinite(height_m):
            raise UsageError(f"`height_m`: {height_m} is not a height in metres")
        middle = LonLat(source.rpcs.long_off, source.rpcs.lat_off)
        how = f"RPCs at a height of {height_m:g} m"
        options = {"rpcs": source.rpcs, "src_crs": "EPSG:4326", "RPC_HEIGHT": height_m}
        return _warped(source, name, how, middle, **options)
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


def _as_it_is(source: rasterio.DatasetReader, grid: Grid, name: str, gsd_m: float | None) -> Opened:
    _check_place(grid, name)
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
    alpha = ColorInterp.alpha not in source.colorinterp  # GDAL refuses to add a second one
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
        return CRS.from_user_input(text)
    except CRSError:
        raise UsageError(f"`crs`: '{text}' is not a coordinate reference system; write EPSG:32629") from None


def _no_map(name: str, crs: str) -> NoGeoreference:
    return NoGeoreference(
        f"{name}: its coordinate reference system ({crs[:60]}) is not of a map, so nothing in it has a "
        "place; georeference it by control points"
    )


def _check_place(grid: Grid, name: str) -> None:
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
