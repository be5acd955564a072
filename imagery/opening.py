"""Opening a name as a dataset with a grid: files, images in files and archives, COGs on the web."""

from __future__ import annotations

import os
import re
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import numpy as np
import rasterio

from imagery.errors import NotAnImage, SceneError, UsageError
from imagery.gdal import (
    RASTER_DRIVERS,
    READ_ERRORS,
    find_overviews_and_masks,
    first_bytes,
    network_for,
    open_raster,
)
from imagery.grid import SAFE_PIXELS
from imagery.placing import Opened, check_place, located
from imagery.record import FileState
from imagery.references import NAMING_FORMATS, check_overviews, file_of, open_with_files, part_of
from imagery.remote import bounded_requests

SAFE_BLOCK_BYTES = 2**29  # GDAL must hold a whole block; a larger one is a bomb, or wants to be tiled
UNRECOGNIZED = "not recognized"  # what GDAL says of a file of no format that it was to try
LONGEST_SIDE_PX = 2**22  # over 1,000 km at 0.3 m; a kilobyte may claim more, and planning tiles would not end
REMOTE_DRIVERS = tuple(driver for driver in RASTER_DRIVERS if driver not in NAMING_FORMATS)
_NETWORK = re.compile(r"(?:^|[/{=])(/vsi(?:curl|s3|gs|az|adls|oss|swift|hdfs|webhdfs)(?:_streaming)?[/?])")
_ARCHIVE_END = re.compile(r"(?<=\.zip|\.kmz|\.tar|\.tgz)(?=/)|(?<=\.gz)(?=/|$)|\}", re.IGNORECASE)
MOST_BANDS = 1000  # hyperspectral images have some hundreds; each band of a warped one takes time
MOST_NAMED = 5  # images of a file in a message
_PRJ_SUFFIXES = (".prj", ".PRJ")
_PRJ_BYTES = 2**16  # of a coordinate reference system in words there are two thousand
# Formats that are left out on purpose, see `imagery.gdal`: how their files begin or are called, in words, and
# what to do.
_CONVERT = "convert its image to a GeoTIFF, for example: gdal_translate IN OUT.tif"
_LEFT_OUT = (
    (rb"%PDF-", "", "a PDF", _CONVERT),
    (rb"SQLite format 3\0", ".mbtiles", "MBTiles", _CONVERT),
    (rb"\x89HDF|CDF[\1\2\5]|\x0e\x03\x13\x01", "", "HDF or netCDF", _CONVERT),
    (rb"msid|[eE]\x02|\x00\x00\x00\x0cjP  \r\n.{8}ecw", "", "MrSID or ECW", _CONVERT),
    (rb"GRIB", "", "GRIB", _CONVERT),
    (rb"\s*(?:\xef\xbb\xbf)?(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<kml", "", "a KML overlay", ""),
    (rb"PK\x03\x04", ".kmz", "a KML overlay", ""),
)
_KML_ADVICE = (
    "an overlay can be turned by its rotation or bent to four corners, which image formats cannot say; "
    "georeference its picture by control points"
)
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


def is_remote(name: str) -> bool:
    """Check whether a name is read over a network."""
    name = file_of(name)
    return name.startswith(("http://", "https://", "s3://")) or (
        name.startswith("/vsi") and _NETWORK.search(name) is not None
    )


def without_key(name: str) -> str:
    """Return an address without what follows its ``?``, often a key that signs it; a path as it is."""
    return name.split("?", maxsplit=1)[0] if is_remote(name) else name


def archive_of(name: str) -> str:
    """Return the archive in which a ``/vsizip/``, ``/vsitar/`` or ``/vsigzip/`` name lies; else the file."""
    name = file_of(name)
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
    if file_of(name).startswith("/vsi"):
        return name
    try:
        Path(file_of(name)).stat()
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
        name: A path, a ``/vsi…`` name, an http(s) address, an ``s3://`` name, or GDAL's name of an image in a
            file (see `imagery.references.part_of`).
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
            prj = None if is_remote(path) or source.crs else _prj_beside(path)
            said = prj and (Path(prj[0]).name, prj[1])
            opened = located(source, name, crs=crs, prj=said, gsd_m=gsd_m, height_m=height_m)
            files = (*files, prj[0]) if prj else files
            opened = opened._replace(files=files, state=state)
        except UnicodeDecodeError as reason:  # GDAL passes on what a file says of its place as it is
            source.close()
            raise SceneError(
                f"{name}: says where it lies in text that is not UTF-8 ({reason.object[:40]!a}); "
                "write it again: gdal_translate IN OUT.tif"
            ) from None
        except BaseException:
            source.close()
            raise
        try:
            check_place(opened.grid, name)
        except BaseException:
            opened.pixels.close()
            source.close()
            raise
    return opened


def _prj_beside(path: str) -> tuple[str, str] | None:
    """Return the file beside an image, of its name, that says the CRS of its world file, and its content."""
    stem = file_of(path).rpartition(".")[0]
    for suffix in _PRJ_SUFFIXES:
        content = first_bytes(stem + suffix, _PRJ_BYTES)
        if content.strip():
            return stem + suffix, content.decode("utf-8-sig", errors="replace")
    return None


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
    except READ_ERRORS as reason:
        detail = str(reason).removeprefix(f"'{path}' ").removeprefix(f"{path}: ").rstrip(".")
        advice = "check the address" if is_remote(name) else "give a GeoTIFF or another raster file"
        if path.lower().endswith(".zip"):
            archive = path.removeprefix("/vsizip/")
            advice = f"name the image in it, for example /vsizip/{archive}/IMAGE.TIF"
        elif Path(path).is_dir():
            advice = f"name the images in the folder, for example {path}/*.tif"
        for begins, suffix, words, what_to_do in () if is_remote(path) else _LEFT_OUT:
            if path.lower().endswith(suffix) and re.match(begins, first_bytes(path, 1024), re.DOTALL):
                raise SceneError(
                    f"{name}: {words}, a format that hardstand does not open; {what_to_do or _KML_ADVICE}"
                ) from None
        error = NotAnImage if UNRECOGNIZED in detail or Path(path).is_dir() else SceneError
        raise error(f"{name}: not an image that GDAL can open ({detail}); {advice}") from None
    return source, ()


def _check_size(source: rasterio.DatasetReader, name: str) -> None:
    parts = [] if is_remote(source.name) or part_of(name) else [part_of(each) for each in source.subdatasets]
    if len(parts) > 1 and all(parts):
        names = [str(part._replace(file=name)) for part in parts if part]
        shown = ", ".join(names[:MOST_NAMED]) + (" and so on" if len(names) > MOST_NAMED else "")
        raise UsageError(f"{name}: holds {len(names)} images; name the one to open: {shown}")
    if source.count == 0:
        raise SceneError(
            f"{name}: holds several images but none at its top level; export one of them to a GeoTIFF"
        )
    if source.width * source.height > SAFE_PIXELS or max(source.width, source.height) > LONGEST_SIDE_PX:
        raise SceneError(
            f"{name}: claims {source.width} x {source.height} pixels, more than any airport needs; "
            "crop it to the airport"
        )
    if source.count > MOST_BANDS:
        raise SceneError(
            f"{name}: claims {source.count} bands; write some to a file: gdal_translate -b 1 -b 2 -b 3 IN "
            "OUT.tif"
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
