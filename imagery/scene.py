"""A scene: one georeferenced image acquired at one time, opened through rasterio and read by window."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import cached_property, partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self, Unpack, cast

import numpy as np
import rasterio
import shapely

from imagery.acquisition import Acquisition
from imagery.airfields import NearestAirfield, shown_airfield
from imagery.aoi import area_in_pixels, plan_area
from imagery.bands import Bands
from imagery.errors import SceneError, UsageError
from imagery.grid import PixelPoint
from imagery.opening import REMOTE_OPTIONS, archive_of, is_remote, open_dataset, without_key
from imagery.placing import Opened
from imagery.provenance import Provenance, reconcile, statements_of
from imagery.provenance.cloud_outlines import CloudOutlines, cloud_outlines
from imagery.provenance.statement import Statement
from imagery.radiometry import Stretch
from imagery.record import FileState, SceneRecord, hash_files, joined_hash
from imagery.references import file_of, part_of
from imagery.remote import RemoteState, remote_state
from imagery.scene_options import SceneOptions, acquired_of, checked_options, opened_with
from imagery.stac import StacAsset, is_stac, opened_asset, stac_asset
from imagery.tile_reader import TileReader, read_ahead
from imagery.tiling import Tile, TileImage, plan_tiles


class Scene:
    """An open scene. Use it as a context manager.

    Attributes:
        path: The name as it was given.
        grid: Shape, transform and CRS.
        provenance: When it was taken and by what, as far as that is known.
        aoi: Area of interest in lon/lat; None where all of it is of interest.
    """

    def __init__(
        self,
        opened: Opened,
        path: str,
        *,
        provenance: Provenance,
        options: SceneOptions,
        env: Mapping[str, Any],
        reopen: Callable[[], Opened],
    ) -> None:
        """Wrap an open dataset; `open_scene` is the way to get here."""
        self._source, self.grid, self._warped_from = opened.source, opened.grid, opened.warped_from
        self._names = opened.files
        self._placed = opened.position_error_m, opened.notes
        self._reader = TileReader(
            opened, path, env, sensor=provenance.sensor, band_order=provenance.band_order
        )
        self._reopen = reopen
        self._options = options
        self._read_hash = hashlib.sha256()
        self._state = self._state_now()
        self.path = path
        if isinstance(self._state, list) and opened.state != self._state[0]:
            raise self._changed()  # between opening and now
        self.provenance = provenance
        if options.get("airfield") is not None:
            _ = self.nearest  # a wrong code fails before the work
        self.aoi = cast("shapely.MultiPolygon | None", options.get("aoi"))
        self._aoi_px = None if self.aoi is None else area_in_pixels(self.grid, path, self.aoi)

    def __repr__(self) -> str:
        size = f"{self.grid.width} x {self.grid.height} px, GSD {self.grid.gsd_m():.3g} m"
        return f"<Scene {without_key(self.path)}: {size}, acquired {self.acquisition.text or 'unknown'}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._reader.close()

    @property
    def acquisition(self) -> Acquisition:
        """The acquisition time, as far as it is known."""
        return self.provenance.acquired

    @cached_property
    def nearest(self) -> NearestAirfield | None:
        """The airfield it shows: the one that was named, else the nearest, else None."""
        return shown_airfield(self.grid, self.path, self._options.get("airfield"))

    @cached_property
    def cloud_outlines(self) -> CloudOutlines | None:
        """The clouds that its provider outlines in a file beside it; None where there is none."""
        if self.remote or not self.grid.placed:
            return None
        return cloud_outlines(file_of(self._source.name), self._source.files, self.grid)

    @property
    def remote(self) -> bool:
        """True if it is read over a network."""
        return is_remote(self._source.name)

    @property
    def files(self) -> list[Path]:
        """Every file the scene is made of, the image first; none where it is read over a network.

        They are those that GDAL lists for it, for each of these again, and so on. What lies in an archive
        stands for the archive.
        """
        return [Path(name) for name in dict.fromkeys(map(archive_of, self._names))]

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know of where it lies and of its values, a line each."""
        return (*self._placed[1], *self._reader.notes)

    @property
    def rendered(self) -> bool:
        """True if the file says that it was rendered and is not a photograph."""
        return bool(self._source.tags().get("RENDERED", "").lower() == "true")

    @property
    def bands(self) -> Bands:
        """The bands to look at."""
        return self._reader.bands

    @property
    def stretch(self) -> Stretch:
        """The one stretch to 8 bit for the whole scene."""
        return self._reader.stretch

    def tiles(self, gsd_m: float, size_m: float) -> list[Tile]:
        """Plan tiles over the scene, or over its area of interest, row by row.

        What is centred in the area is whole in a tile; nothing further out is read.

        Args:
            gsd_m: Working resolution in metres.
            size_m: Greatest side of a tile on the ground, in metres.
        """
        if self._aoi_px is None:
            return plan_tiles(self.grid, gsd_m, size_m)
        return plan_area(self.grid, self._aoi_px, gsd_m, size_m)

    def of_interest(self, point: PixelPoint) -> bool:
        """Check whether a place, in scene pixels, lies in the area of interest."""
        return self._aoi_px is None or bool(shapely.intersects_xy(self._aoi_px, *point))

    def read(self, tile: Tile) -> TileImage:
        """Read one tile, averaged by area where it is coarser than the scene.

        Over a network, what is read goes into the hash of the scene's record: for each tile in the order of
        reading, a line ``col row width height`` and its 8-bit pixels.

        Raises:
            SceneError: The file is damaged there.
        """
        image = self._reader.read(tile)
        if self.remote:
            self._read_hash.update(f"{tile.col} {tile.row} {tile.width} {tile.height}\n".encode())
            self._read_hash.update(image.pixels.data)
        return image

    def read_all(self, tiles: Sequence[Tile], *, ahead: bool = True) -> Generator[TileImage, None, None]:
        """Read many tiles.

        Args:
            tiles: What to read.
            ahead: Two readers read ahead of who takes the tiles, each with the scene open for itself, and
                give them as they come. Otherwise, and over a network, where the hash of what is read
                depends on it, they come in their order.

        Raises:
            SceneError: The file is damaged.
        """
        if ahead and not self.remote and len(tiles) > 2:
            yield from read_ahead(self._reader, self._reopen, tiles)
        else:
            yield from map(self.read, tiles)

    def info(self, *, with_hash: bool = False) -> dict[str, Any]:
        """Return what this scene is, where it lies and when it was taken, as ``hardstand info --json`` does.

        Args:
            with_hash: Hash its files too, which reads all of them.

        Returns:
            The members of its `record`, and ``center`` (lon, lat), ``footprint`` (a GeoJSON geometry),
            ``airfield`` (ICAO code), ``airfield_distance_m`` and ``notes``; None where unknown.
        """
        return {
            **asdict(self.record(with_hash=with_hash)),
            "center": self.grid.lonlat(self.grid.center) if self.grid.placed else None,
            "footprint": self.grid.footprint(),
            "airfield": self.nearest and self.nearest.airfield.icao,
            "airfield_distance_m": self.nearest and self.nearest.distance_m,
            "notes": self.notes if with_hash else self._placed[1],
        }

    def record(self, *, with_hash: bool = True) -> SceneRecord:
        """Return what identifies and describes this scene.

        Args:
            with_hash: Hash its files and take its stretch too, which reads them; over a network, give the
                hash of what was read so far.

        Raises:
            SceneError: A file has changed since the scene was opened, or is gone.
        """
        self._check_unchanged()
        sha256 = self._sha256() if with_hash else None
        grid, provenance = self.grid, self.provenance
        return SceneRecord(
            path=without_key(self.path),
            sha256=sha256,
            sha256_covers="pixels read" if self.remote else "files",
            etag=self._state.etag if isinstance(self._state, RemoteState) else None,
            size_bytes=self._size_bytes(),
            crs=grid.crs_name,
            transform=tuple(grid.transform)[:6],
            width=grid.width,
            height=grid.height,
            gsd_m=grid.gsd_m(),
            gsd_xy_m=grid.gsd_xy_m(),
            acquired=provenance.acquired.text,
            acquired_precision=provenance.acquired.precision,
            acquired_from=provenance.acquired.source,
            sensor=provenance.sensor,
            off_nadir_deg=provenance.off_nadir_deg,
            image_id=provenance.image_id,
            source_url=self._options.get("source_url") or self._address,
            licence=self._options.get("licence"),
            position_error_m=_position_error_m(self._source.tags().get("POSITION_ERROR_M"))
            or self._placed[0],
            warped_from=self._warped_from,
            opened_with=opened_with(self._options),
            bands=self.bands.names,
            stretch=self.stretch if with_hash else None,
            rendered=self.rendered,
            software_version=version("hardstand"),
        )

    def _check_unchanged(self) -> None:
        if self._state_now() != self._state:
            raise self._changed()

    def _changed(self) -> SceneError:
        return SceneError(
            f"{self.path}: changed while it was being read; wait until it is complete, then repeat"
        )

    @cached_property
    def files_sha256(self) -> str:
        """Hash of the files, taken once; each record checks that no file has changed.

        Of an image among several in a file, it is the hash of the file's and of GDAL's prefix of its name.
        """
        part = part_of(self._source.name)
        try:
            sha256 = hash_files(self.files)
            if part is not None:
                prefix = f"{part.kind}:{part.number}:"
                sha256 = joined_hash([sha256, hashlib.sha256(prefix.encode()).hexdigest()])
        except OSError as reason:
            raise SceneError(f"{self.path}: cannot be read ({reason.strerror}); repeat") from None
        self._check_unchanged()  # so that what was hashed is what was opened, too
        return sha256

    def _sha256(self) -> str:
        return self._read_hash.hexdigest() if self.remote else self.files_sha256

    @property
    def _address(self) -> str | None:
        """Where it is read from over a network: the address that was given, or that of the asset."""
        if not self.remote:
            return None
        address = self.path if is_remote(self.path) else str(self._source.name).removeprefix("/vsicurl/")
        return without_key(address)

    def _size_bytes(self) -> int | None:
        if isinstance(self._state, RemoteState):
            return self._state.size_bytes
        return sum(file.size_bytes for file in self._state)

    def _state_now(self) -> RemoteState | list[FileState]:
        """Return the state of each file; over a network, what the server says.

        Raises:
            SceneError: One that the scene refers to is not there.
        """
        if self.remote:
            return remote_state(self._source.name)
        try:
            return [FileState.of(file) for file in self.files]
        except OSError as reason:
            raise SceneError(
                f"{self._source.name}: refers to {reason.filename}, which cannot be read "
                f"({reason.strerror}); put it back where it was"
            ) from None


def open_scene(path: str | os.PathLike[str], **options: Unpack[SceneOptions]) -> Scene:
    """Open an image of an airfield.

    Args:
        path: A file that GDAL reads, a ``/vsizip/`` or other GDAL name, the address of a COG, an ``s3://``
            name where GDAL has credentials, or a STAC item (file or address).
        **options: What you know of it that the file does not say, see `SceneOptions`.

    Raises:
        UsageError: There is no such file, or an option is wrong or does not fit it.
        SceneError: It is not a raster image, or it is damaged.
        NoGeoreference: It does not say where it lies.
    """
    name = os.fspath(path)
    options = checked_options(options)
    item = stac_asset(name, options.get("asset")) if is_stac(name) else None
    if item is None and options.get("asset") is not None:
        raise UsageError(f"{name}: not a STAC item, so `asset` means nothing; leave it out")
    place: dict[str, Any] = {option: options.get(option) for option in ("crs", "gsd_m", "height_m")}
    if item and options.get("source_url") is None:
        options["source_url"] = item.origin
    env = REMOTE_OPTIONS if is_remote(item.href if item else name) else {}
    with rasterio.Env(**env):
        if item:
            item, opened = opened_asset(item, **place)
        else:
            opened = open_dataset(name, **place)
        reopen = partial(open_dataset, item.href if item else name, **place)
        try:
            provenance = provenance_of(opened.source, name, options, item)
            return Scene(opened, name, provenance=provenance, options=options, env=env, reopen=reopen)
        except BaseException:
            opened.pixels.close()
            opened.source.close()
            raise


def provenance_of(
    source: rasterio.DatasetReader, name: str, options: SceneOptions, item: StacAsset | None
) -> Provenance:
    """Return time and sensor from the first that speaks: the user, the STAC item, the scene's own files.

    Args:
        source: The open image.
        name: What messages call the scene.
        options: What the user knows.
        item: The item that names the image; None without one.

    Raises:
        ContradictingSources: Two of them cannot both be true.
        SceneError: One cannot be read, and none before it gives the time.
    """
    statements = list(_statements_of_user(options))
    if item:
        statements.append(item.statement)
    # The names of a file on a server count, but nothing beside it can be looked for.
    files = [] if is_remote(source.name) else source.files
    tags = {**source.tags(ns="EXIF"), **source.tags()}
    statements += statements_of(file_of(source.name), files, tags, source.tags(ns="IMAGERY"))
    return reconcile(name, statements)


def _statements_of_user(options: SceneOptions) -> Iterator[Statement]:
    acquired = options.get("acquired")
    if acquired is not None:
        yield Statement("`acquired`", acquired_of(acquired), remedy="correct `acquired`")
    yield Statement("`sensor`", sensor=options.get("sensor"), remedy="correct `sensor`")
    yield Statement("`image_id`", image_id=options.get("image_id"))


def _position_error_m(tag: str | None) -> float | None:
    """Read the error that `imagery.georeference` has written; any other file may hold anything there."""
    try:
        error = float(tag or "nan")
    except ValueError:
        return None
    return error if 0 < error < np.inf else None
