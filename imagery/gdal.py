"""GDAL itself, called for what neither rasterio nor pyogrio has a function for: what a file may make it do.

GDAL tries every format it knows on a file, and a file may name others, which GDAL opens when it needs them,
with every format again. Some formats then write to a file that they name (MRF's cache), ask a server, or take
any bytes for pixels. Naming drivers when opening a file binds that file only. So drivers that hardstand does
not use are switched off: each is taken from GDAL's list, and one of the same name that can do nothing is put
there in its place, so that GDAL, which registers its drivers anew whenever a thread begins to use it, finds
the name taken. A driver that was switched off is not destroyed: what was opened with it before stays open.

rasterio's GDAL opens what a file names when the pixels are read, in any thread, so there it is for as long as
the process runs; pyogrio's reads an area of interest in one go, so there it ends with that.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, Literal

from rasterio.errors import RasterioError

from imagery.errors import HardstandError

if TYPE_CHECKING:
    from rasterio import DatasetReader

# Formats of images. None writes when it is read, asks a server or reads pixels of another format from a file
# that it names, except those of `imagery.references.NAMING_FORMATS`, whose files are checked.
RASTER_DRIVERS = (
    *("GTiff", "COG", "JPEG", "PNG", "JP2OpenJPEG", "VRT", "HFA", "NITF", "DIMAP", "ENVI", "ERS", "EHdr"),
    *("WEBP", "BMP", "GIF", "TIL", "RPFTOC", "SENTINEL2", "SAFE", "GPKG"),
)
# Formats of areas of interest. GML is not among them, since GDAL writes a file beside one that it reads.
VECTOR_DRIVERS = (
    *("GeoJSON", "GeoJSONSeq", "TopoJSON", "ESRIJSON", "GPKG", "KML", "LIBKML", "ESRI Shapefile"),
    *("FlatGeobuf", "OpenFileGDB", "MapInfo File", "GPX", "DXF", "CSV"),
)
# One list for both, since rasterio and pyogrio share one GDAL where they were not installed as wheels.
DRIVERS = {*RASTER_DRIVERS, *VECTOR_DRIVERS, "MEM", "Memory"}  # the last two hold what has no file
SWITCHED_OFF = b"switched off by hardstand"  # instead of the format's name, for who lists the drivers

Package = Literal["rasterio", "pyogrio"]
_MODULES = {"rasterio": "rasterio._env", "pyogrio": "pyogrio._io"}
_POINTER, _TEXT, _INT = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
_RESULT_BYTES = 256  # more than the members of a CPLHTTPResult have
_NO_PROXY = b"socks5h://localhost/hardstand-has-asked-enough"  # a socket that is not there
_FETCH = ctypes.CFUNCTYPE(_POINTER, *[_POINTER] * 7)  # CPLHTTPFetchCallbackFunc of cpl_http.h
_FUNCTIONS: dict[
    str, tuple[Any, ...]
] = {  # what each returns and takes, as gdal.h and cpl_conv.h declare them
    "GDALGetDriverCount": (_INT,),
    "GDALGetDriver": (_POINTER, _INT),
    "GDALGetDriverShortName": (_TEXT, _POINTER),
    "GDALDeregisterDriver": (None, _POINTER),
    "GDALRegisterDriver": (_INT, _POINTER),
    "GDALCreateDriver": (_POINTER,),
    "GDALDestroyDriver": (None, _POINTER),
    "GDALSetDescription": (None, _POINTER, _TEXT),
    "GDALSetMetadataItem": (_INT, _POINTER, _TEXT, _TEXT, _TEXT),
    "CPLGetThreadLocalConfigOption": (_TEXT, _TEXT, _TEXT),
    "CPLSetThreadLocalConfigOption": (None, _TEXT, _TEXT),
    "CPLGetGlobalConfigOption": (_TEXT, _TEXT, _TEXT),
    "CPLSetConfigOption": (None, _TEXT, _TEXT),
    "CPLHTTPPushFetchCallback": (_INT, _FETCH, _POINTER),
    "CPLHTTPPopFetchCallback": (_INT,),
    "CPLCalloc": (_POINTER, ctypes.c_size_t, ctypes.c_size_t),
    "GDALGetOpenDatasets": (None, ctypes.POINTER(ctypes.POINTER(_POINTER)), ctypes.POINTER(_INT)),
    "GDALGetDescription": (_TEXT, _POINTER),
    "GDALGetRasterCount": (_INT, _POINTER),
    "GDALGetRasterBand": (_POINTER, _POINTER, _INT),
    "GDALGetMaskFlags": (_INT, _POINTER),
    "GDALGetOverviewCount": (_INT, _POINTER),
    "VSINetworkStatsReset": (None,),
    "VSINetworkStatsGetAsSerializedJSON": (_POINTER, _POINTER),
    "VSIFree": (None, _POINTER),
    "VSIFOpenL": (_POINTER, _TEXT, _TEXT),
    "VSIFReadL": (ctypes.c_size_t, _POINTER, ctypes.c_size_t, ctypes.c_size_t, _POINTER),
    "VSIFCloseL": (_INT, _POINTER),
}


# What rasterio raises where GDAL cannot read: the second where GDAL's message, which quotes the file, is not
# text in UTF-8.
READ_ERRORS = (RasterioError, UnicodeDecodeError)


class GdalOutOfReach(HardstandError):
    """A GDAL that cannot be kept from what a file may make it do, so that nothing is opened with it."""

    def __init__(self, package: Package, reason: object) -> None:
        super().__init__(
            f"{package}: its GDAL cannot be kept from formats that write files or ask servers ({reason}), so "
            f"no file is opened; install {package} as a wheel from PyPI"
        )


@cache
def library_of(package: Package) -> ctypes.CDLL:
    """Return the GDAL that rasterio or pyogrio uses; each wheel brings its own.

    Raises:
        GdalOutOfReach: It cannot be found, or lacks a function.
    """
    module = import_module(_MODULES[package])
    path = str(module.__file__)
    try:
        if sys.platform == "win32":  # where a function is looked for in one library, not in those it needs
            folder = Path(path).parents[1] / f"{package}.libs"
            path = str(next(folder.glob("gdal*.dll"), "gdal.dll"))
        library = ctypes.CDLL(path)
        for name, (returned, *taken) in _FUNCTIONS.items():
            function = getattr(library, name)
            function.restype, function.argtypes = returned, taken
    except (OSError, AttributeError) as reason:
        raise GdalOutOfReach(package, reason) from None
    return library


class _Drivers:
    """The drivers of one GDAL that were switched off."""

    def __init__(self, package: Package) -> None:
        self._gdal = library_of(package)
        self._lock = RLock()
        self._real: dict[int, int] = {}  # by the handle of what stands in its place
        self._users = 0

    def switch_off(self) -> None:
        """Switch off every driver that is not in `DRIVERS`, also one that was registered since."""
        gdal = self._gdal
        with self._lock:
            for index in reversed(range(gdal.GDALGetDriverCount())):
                driver = gdal.GDALGetDriver(index)
                if driver is None or driver in self._real:
                    continue
                name = gdal.GDALGetDriverShortName(driver)
                if name.decode() not in DRIVERS:
                    stand_in = gdal.GDALCreateDriver()
                    gdal.GDALSetDescription(stand_in, name)
                    gdal.GDALSetMetadataItem(stand_in, b"DMD_LONGNAME", SWITCHED_OFF, None)
                    gdal.GDALDeregisterDriver(driver)
                    gdal.GDALRegisterDriver(stand_in)
                    self._real[stand_in] = driver

    def _switch_on(self) -> None:
        for stand_in, driver in self._real.items():
            self._gdal.GDALDeregisterDriver(stand_in)
            self._gdal.GDALRegisterDriver(driver)
            self._gdal.GDALDestroyDriver(stand_in)
        self._real.clear()

    @contextmanager
    def switched_off(self) -> Iterator[None]:
        """Switch drivers off, and on again when the last user is done."""
        with self._lock:
            self._users += 1
            self.switch_off()
        try:
            yield
        finally:
            with self._lock:
                self._users -= 1
                if self._users == 0:
                    self._switch_on()


@cache
def _drivers_of(package: Package) -> _Drivers:
    return _Drivers(package)


@cache
def _check_rasterio() -> None:
    """Check by rasterio's own list that the drivers which were switched off are those it uses."""
    import rasterio

    _drivers_of("rasterio").switch_off()
    with rasterio.Env() as env:
        left = {name for name, meaning in env.drivers().items() if meaning != SWITCHED_OFF.decode()}
    if not left or left - DRIVERS:
        raise GdalOutOfReach("rasterio", "another one is in use")


def confine_rasterio() -> None:
    """Switch off every driver of rasterio's GDAL that hardstand does not use, until the process ends.

    Raises:
        GdalOutOfReach: That cannot be done.
    """
    from rasterio.env import env_ctx_if_needed

    with env_ctx_if_needed():  # registers the drivers
        _drivers_of("rasterio").switch_off()
        _check_rasterio()


def open_raster(path: str, drivers: Iterable[str]) -> DatasetReader:
    """Open an image with some of the formats, after every format that hardstand does not use is switched off.

    Args:
        path: A name that GDAL opens.
        drivers: Of `RASTER_DRIVERS`.

    Raises:
        GdalOutOfReach: They cannot be switched off.
        rasterio.errors.RasterioError: It is not an image of these formats.
    """
    import rasterio
    from rasterio.env import env_ctx_if_needed
    from rasterio.errors import CRSError, NotGeoreferencedWarning, RasterioIOError

    confine_rasterio()
    # rasterio.Env loses options where it is entered within another.
    with warnings.catch_warnings(), env_ctx_if_needed():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)  # whoever needs one says so in words
        # Not rasterio.open, which takes one driver or all.
        try:
            return rasterio.DatasetReader(path, driver=list(drivers))
        except (UnicodeDecodeError, CRSError) as reason:
            raise RasterioIOError(f"something in it cannot be read: {reason}") from None


def first_bytes(path: str, count: int) -> bytes:
    """Return how a file begins, also one in an archive; nothing where it cannot be read.

    Args:
        path: A name that GDAL opens.
        count: As many bytes at most.
    """
    gdal = library_of("rasterio")
    file = gdal.VSIFOpenL(os.fsencode(path), b"rb")
    if not file:
        return b""
    try:
        buffer = ctypes.create_string_buffer(count)
        length = gdal.VSIFReadL(buffer, 1, count, file)
        return buffer.raw[:length]
    finally:
        gdal.VSIFCloseL(file)


@contextmanager
def confined_pyogrio() -> Iterator[None]:
    """Switch off every driver of pyogrio's GDAL that hardstand does not use, while the block runs.

    Raises:
        GdalOutOfReach: That cannot be done.
    """
    import pyogrio

    with _drivers_of("pyogrio").switched_off():
        if set(pyogrio.list_drivers()) - DRIVERS:
            raise GdalOutOfReach("pyogrio", "another one is in use")
        yield


# What GDAL never does for us, whatever the environment says: run a VRT's Python, open an address in memory.
_NEVER = {b"GDAL_VRT_ENABLE_PYTHON": b"NO", b"GDAL_MEM_ENABLE_OPEN": b"NO"}


@cache
def _no_fetch(package: Package) -> Any:
    """Return what answers CPLHTTPFetch in place of a server; GDAL calls it for a CRS that is an address."""
    gdal = library_of(package)

    def failed(*_: int | None) -> int:
        # A CPLHTTPResult without data, which GDAL frees; its first member is the status, 0 where it worked.
        result: int = gdal.CPLCalloc(1, _RESULT_BYTES)
        ctypes.c_int.from_address(result).value = 1
        return result

    return _FETCH(failed)


@contextmanager
def network_for(name: str | None, *, package: Package = "rasterio", fetching: bool = False) -> Iterator[None]:
    """Keep GDAL from every server, in this thread and while the block runs, but for one file.

    Args:
        name: What GDAL may read over a network (``/vsicurl/http://...``); None for nothing.
        package: Whose GDAL.
        fetching: Allow requests for anything but files, such as for the credentials of ``/vsis3/``.
    """
    gdal = library_of(package)
    options: Mapping[bytes, bytes] = {
        **_NEVER,
        b"CPL_VSIL_CURL_ALLOWED_FILENAME": (name or "nothing").encode(),  # of every network handler
    }
    before = {option: gdal.CPLGetThreadLocalConfigOption(option, None) for option in options}
    for option, value in options.items():
        gdal.CPLSetThreadLocalConfigOption(option, value)
    if not fetching:
        gdal.CPLHTTPPushFetchCallback(_no_fetch(package), None)
    try:
        yield
    finally:
        if not fetching:
            gdal.CPLHTTPPopFetchCallback()
        for option, value in before.items():
            gdal.CPLSetThreadLocalConfigOption(option, value)


def network_use() -> tuple[int, int]:
    """Return how many requests rasterio's GDAL has made since a reset, and how many bytes it got."""
    gdal = library_of("rasterio")
    address = gdal.VSINetworkStatsGetAsSerializedJSON(None)
    if not address:
        return 0, 0
    try:
        methods = json.loads(ctypes.string_at(address)).get("methods", {})
    finally:
        gdal.VSIFree(address)
    return (
        sum(int(method.get("count", 0)) for method in methods.values()),
        sum(int(method.get("downloaded_bytes", 0)) for method in methods.values()),
    )


@contextmanager
def counted_network_use() -> Iterator[Callable[[], None]]:
    """Count what this thread asks of servers from now on.

    Yields:
        A function that ends it, from any thread: whatever rasterio's GDAL asks then, until the block ends,
        fails at once and without a connection.
    """
    gdal = library_of("rasterio")
    counting, proxy = b"CPL_VSIL_NETWORK_STATS_ENABLED", b"GDAL_HTTP_PROXY"
    before = gdal.CPLGetThreadLocalConfigOption(counting, None), gdal.CPLGetGlobalConfigOption(proxy, None)
    gdal.CPLSetThreadLocalConfigOption(counting, b"YES")
    gdal.VSINetworkStatsReset()
    try:
        yield lambda: gdal.CPLSetConfigOption(proxy, _NO_PROXY)
    finally:
        gdal.CPLSetThreadLocalConfigOption(counting, before[0])
        gdal.CPLSetConfigOption(proxy, before[1])


def find_overviews_and_masks(path: str) -> None:
    """Make GDAL look now for the overviews and masks of an open dataset.

    It would do so later, when rasterio asks it for them, and rasterio keeps Python's lock meanwhile: while a
    server does not answer, no thread could stop it and no signal be handled.
    """
    gdal = library_of("rasterio")
    datasets, count = ctypes.POINTER(_POINTER)(), _INT()
    gdal.GDALGetOpenDatasets(ctypes.byref(datasets), ctypes.byref(count))
    for dataset in datasets[: count.value]:
        if gdal.GDALGetDescription(dataset) == os.fsencode(path):
            for index in range(1, gdal.GDALGetRasterCount(dataset) + 1):
                band = gdal.GDALGetRasterBand(dataset, index)
                gdal.GDALGetMaskFlags(band)
                gdal.GDALGetOverviewCount(band)
