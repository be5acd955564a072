"""A scene: one georeferenced image acquired at one time, opened through rasterio and read by window."""

from __future__ import annotations

import hashlib
import os
import warnings
from dataclasses import asdict, dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from rasterio.crs import CRS
from rasterio.enums import ColorInterp, MaskFlags, Resampling
from rasterio.errors import NotGeoreferencedWarning, RasterioError

from imagery.acquisition import Acquisition, Precision, acquisition_from_tags, parse_acquired
from imagery.airfields import NearestAirfield, nearest_airfield
from imagery.errors import NoGeoreference, SceneError, UsageError
from imagery.grid import Grid, LonLat
from imagery.radiometry import Stretch, robust_stretch
from imagery.tiling import Tile, TileImage

SAMPLE_PX = 1024  # the thinned-out view that the stretch is taken from has at most this many pixels a side
SAFE_PIXELS = 2**36  # a scene of more claims than 68 gigapixels is a mistake or an attack


@dataclass(frozen=True)
class SceneRecord:
    """What identifies and describes a scene; the ``scene`` member of a candidates file.

    Attributes are those of the file format, in its order; None where unknown. ``sha256`` is the hash of the
    file, or for a scene of several files see `hash_files`. ``transform`` has six numbers in rasterio's order.
    """

    path: str
    sha256: str | None
    size_bytes: int
    crs: str
    transform: tuple[float, ...]
    width: int
    height: int
    gsd_m: float
    gsd_xy_m: tuple[float, float]
    acquired: str | None
    acquired_precision: Precision
    acquired_from: str | None
    sensor: str | None
    off_nadir_deg: float | None
    image_id: str | None
    source_url: str | None
    licence: str | None
    position_error_m: float | None
    bands: tuple[str, ...]
    rendered: bool
    software_version: str

    @classmethod
    def from_json(cls, members: dict[str, Any]) -> SceneRecord:
        """The record from a candidates file's ``scene`` member.

        Raises:
            ValueError: A member is missing or unknown.
        """
        try:
            record = cls(**members)
            lists = {name: tuple(getattr(record, name)) for name in ("transform", "gsd_xy_m", "bands")}
            return cls(**{**members, **lists})
        except TypeError as reason:
            raise ValueError(f"scene: {reason}") from None

    @property
    def grid(self) -> Grid:
        """The scene's grid, so that places can be computed without its pixels."""
        return Grid(self.width, self.height, Affine(*self.transform), CRS.from_user_input(self.crs))


class SceneInfo(NamedTuple):
    """What `hardstand info` tells.

    Attributes:
        record: What a candidates file says of the scene.
        center: Lon/lat of the middle.
        footprint: GeoJSON Polygon.
        nearest: The airfield it shows, as far as `airportsdata` knows.
    """

    record: SceneRecord
    center: LonLat
    footprint: dict[str, Any]
    nearest: NearestAirfield | None

    def to_json(self) -> dict[str, Any]:
        """The record's members, and ``center``, ``footprint``, ``airfield`` and ``airfield_distance_m``."""
        return {
            **asdict(self.record),
            "center": self.center,
            "footprint": self.footprint,
            "airfield": self.nearest and self.nearest.airfield.icao,
            "airfield_distance_m": self.nearest and self.nearest.distance_m,
        }


def hash_files(paths: list[Path]) -> str:
    """SHA-256 of a scene, streamed.

    One file: its own SHA-256, as ``sha256sum`` prints it. Several (a world file carries the position, so it
    counts): the SHA-256 of their hashes in hexadecimal, one a line, the image's first and the sidecars' in
    the order of their names: ``sha256sum a.jpg a.jgw a.jpg.aux.xml | cut -c-64 | sha256sum``.

    Args:
        paths: The image first.
    """
    digests = []
    for path in (paths[0], *sorted(paths[1:])):
        with path.open("rb") as file:
            digests.append(hashlib.file_digest(file, "sha256").hexdigest())
    if len(digests) == 1:
        return digests[0]
    return hashlib.sha256("".join(f"{digest}\n" for digest in digests).encode()).hexdigest()


class Scene:
    """An open scene. Use it as a context manager.

    Attributes:
        path: The path as it was given.
        grid: Shape, transform and CRS.
        acquisition: When it was taken, as far as anyone says.
    """

    def __init__(
        self, dataset: rasterio.DatasetReader, path: str, acquisition: Acquisition, **provenance: str | None
    ) -> None:
        """Wrap an open dataset; `open_scene` is the way to get here."""
        self._dataset = dataset
        self._provenance = provenance
        self.path = path
        self.acquisition = acquisition
        self.grid = Grid(dataset.width, dataset.height, dataset.transform, dataset.crs)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._dataset.close()

    @property
    def files(self) -> list[Path]:
        """Every file GDAL lists for the scene, the image first."""
        return [Path(name) for name in self._dataset.files]

    @property
    def rendered(self) -> bool:
        """Whether the file says that it was rendered and is no photograph."""
        return bool(self._dataset.tags().get("RENDERED", "").lower() == "true")

    @cached_property
    def bands(self) -> tuple[int, ...]:
        """The bands to look at: red, green, blue by colour interpretation, else the first three, else one."""
        by_color = {color: i for i, color in enumerate(self._dataset.colorinterp, start=1)}
        rgb = tuple(
            by_color.get(color, 0) for color in (ColorInterp.red, ColorInterp.green, ColorInterp.blue)
        )
        if all(rgb):
            return rgb
        return (1, 2, 3) if self._dataset.count >= 3 else (1,)

    @cached_property
    def stretch(self) -> Stretch:
        """The one stretch to 8 bit for the whole scene."""
        width, height = self.grid.width, self.grid.height
        factor = max(1.0, max(width, height) / SAMPLE_PX)
        tile = Tile(0, 0, width, height, max(1, round(width / factor)), max(1, round(height / factor)))
        if self._dataset.dtypes[0] == "uint8":
            return robust_stretch(np.zeros((1, 1, 1), np.uint8), np.ones((1, 1), bool))
        return robust_stretch(self._values(tile, Resampling.nearest), self._valid(tile))

    def read(self, tile: Tile) -> TileImage:
        """Read one tile, averaged by area where it is coarser than the scene.

        Raises:
            SceneError: The file is damaged there.
        """
        coarser = tile.width > tile.out_width or tile.height > tile.out_height
        values = self._values(tile, Resampling.average if coarser else Resampling.bilinear)
        size = self.grid.gsd_xy_m()
        gsd_m = float(np.sqrt(size.x * tile.scale[0] * size.y * tile.scale[1]))
        pixels = np.ascontiguousarray(np.moveaxis(self.stretch(values), 0, -1))
        valid = self._valid(tile)
        if values.dtype.kind == "f":  # NaN is no value, also where the file names no such value
            valid = valid & np.isfinite(values).all(axis=0)
        return TileImage(tile, pixels, valid, gsd_m)

    def _values(self, tile: Tile, resampling: Resampling) -> NDArray[Any]:
        shape = (len(self.bands), tile.out_height, tile.out_width)
        try:
            values: NDArray[Any] = self._dataset.read(
                self.bands, window=tile.window, out_shape=shape, resampling=resampling
            )
        except RasterioError as reason:
            raise self._unreadable(tile, reason) from None
        return values

    def _valid(self, tile: Tile) -> NDArray[np.bool_]:
        shape = (tile.out_height, tile.out_width)
        if all(MaskFlags.all_valid in flags for flags in self._dataset.mask_flag_enums):
            return np.ones(shape, bool)
        try:
            mask: NDArray[np.uint8] = self._dataset.dataset_mask(window=tile.window, out_shape=shape)
        except RasterioError as reason:
            raise self._unreadable(tile, reason) from None
        return mask > 0

    def _unreadable(self, tile: Tile, reason: RasterioError) -> SceneError:
        # rasterio's own words are "Read failed. See previous exception for details."
        return SceneError(
            f"{self.path}: damaged, cannot be read at column {tile.col}, row {tile.row} "
            f"({reason.__cause__ or reason}); get the whole file again"
        )

    def info(self, *, with_hash: bool = False) -> SceneInfo:
        """What this scene is, and where.

        Args:
            with_hash: Hash its files too, which reads all of them.
        """
        center = self.grid.lonlat(self.grid.center)
        record = self.record(with_hash=with_hash)
        return SceneInfo(record, center, self.grid.footprint(), nearest_airfield(center))

    def record(self, *, with_hash: bool = True) -> SceneRecord:
        """What identifies and describes this scene.

        Args:
            with_hash: Hash its files too, which reads all of them.
        """
        grid = self.grid
        try:
            sha256 = hash_files(self.files) if with_hash else None
            size_bytes = sum(file.stat().st_size for file in self.files)
        except OSError as reason:
            raise SceneError(
                f"{self.path}: refers to {reason.filename}, which cannot be read ({reason.strerror}); "
                "put it back where it was"
            ) from None
        return SceneRecord(
            path=self.path,
            sha256=sha256,
            size_bytes=size_bytes,
            crs=grid.crs_name,
            transform=tuple(grid.transform)[:6],
            width=grid.width,
            height=grid.height,
            gsd_m=grid.gsd_m(),
            gsd_xy_m=grid.gsd_xy_m(),
            acquired=self.acquisition.text,
            acquired_precision=self.acquisition.precision,
            acquired_from=self.acquisition.source,
            sensor=self._dataset.tags(ns="IMAGERY").get("SATELLITEID"),
            off_nadir_deg=None,
            image_id=self._provenance.get("image_id"),
            source_url=self._provenance.get("source_url"),
            licence=self._provenance.get("licence"),
            position_error_m=None,
            bands=tuple(self._dataset.colorinterp[band - 1].name for band in self.bands),
            rendered=self.rendered,
            software_version=version("hardstand"),
        )


def open_scene(
    path: str | os.PathLike[str],
    *,
    acquired: str | None = None,
    image_id: str | None = None,
    source_url: str | None = None,
    licence: str | None = None,
) -> Scene:
    """Open a georeferenced image.

    Args:
        path: A file that GDAL reads: GeoTIFF, JPEG with a world file and a CRS, and so on.
        acquired: ISO 8601 acquisition time; overrides what the file says.
        image_id: The provider's identifier of the image.
        source_url: Where the image came from.
        licence: Terms of the image.

    Raises:
        UsageError: There is no such file, or the acquisition time is none.
        SceneError: It is not a raster image, or it is damaged.
        NoGeoreference: It does not say where it lies.
    """
    name = os.fspath(path)
    try:
        Path(name).stat()
        name.encode()
    except (FileNotFoundError, NotADirectoryError):
        raise UsageError(f"{name}: no such file; check the path") from None
    except OSError as reason:
        raise UsageError(f"{name}: cannot be opened ({reason.strerror}); check the path") from None
    except UnicodeEncodeError:
        raise UsageError(f"{name!a}: GDAL needs names in UTF-8; rename the file") from None
    try:
        with warnings.catch_warnings():
            # The lack of a georeference is found below and said in words.
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            dataset = rasterio.open(name)
    except RasterioError as reason:
        detail = str(reason).removeprefix(f"'{name}' ").removeprefix(f"{name}: ")
        raise SceneError(
            f"{name}: not an image that GDAL can open ({detail}); give a GeoTIFF or another raster file"
        ) from None
    try:
        _check(dataset, name)
        acquisition = (
            parse_acquired(acquired, "--acquired") if acquired is not None else _acquisition_of(dataset, name)
        )
    except Exception:
        dataset.close()
        raise
    return Scene(dataset, name, acquisition, image_id=image_id, source_url=source_url, licence=licence)


def _acquisition_of(dataset: rasterio.DatasetReader, name: str) -> Acquisition:
    try:
        return acquisition_from_tags(dataset.tags(ns="IMAGERY"))
    except UsageError as reason:
        raise SceneError(f"{name}: {reason}, or say --acquired, which goes before the tag") from None


def _check(dataset: rasterio.DatasetReader, name: str) -> None:
    if dataset.count == 0:
        raise SceneError(f"{name}: holds several images and none of its own; export one of them to a GeoTIFF")
    if dataset.width * dataset.height > SAFE_PIXELS:
        raise SceneError(
            f"{name}: claims {dataset.width} x {dataset.height} pixels, more than any airport has; "
            "cut the airport out of it"
        )
    if not dataset.crs:
        raise NoGeoreference(
            f"{name}: no coordinate reference system, so nothing in it has a place; "
            "give it one, for example: rio edit-info --crs EPSG:32629 FILE"
        )
    if dataset.transform.is_identity or dataset.transform.is_degenerate:
        raise NoGeoreference(
            f"{name}: no georeference; add a world file or georeference it, for example in QGIS"
        )
    grid = Grid(dataset.width, dataset.height, dataset.transform, dataset.crs)
    center = grid.lonlat(grid.center)
    if not (np.isfinite(grid.gsd_m()) and abs(center.lat) <= 90):
        raise NoGeoreference(
            f"{name}: lies nowhere on Earth: its coordinates and its coordinate reference system "
            f"({grid.crs_name[:60]}) do not fit; correct one of them, for example with rio edit-info"
        )
