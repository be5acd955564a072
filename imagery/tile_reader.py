"""Reading an open dataset, one tile at a time or many ahead."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from functools import cached_property
from queue import Full, Queue
from threading import Event, Thread
from typing import Any

import cv2
import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.enums import MaskFlags, Resampling

from imagery.bands import Bands, alpha_is_nir, bands_of
from imagery.block_cache import bounded_block_cache
from imagery.errors import SceneError
from imagery.gdal import READ_ERRORS
from imagery.opening import is_remote, network_of
from imagery.placing import Opened
from imagery.radiometry import EVERYTHING, IDENTITY, DataRange, Stretch, data_range, robust_stretch
from imagery.remote import bounded_requests
from imagery.tiling import Tile, TileImage

SAMPLE_PX = 1024  # the thinned-out view that the stretch is taken from has at most this many pixels a side
STRIP_PX = 8192  # a strip's row of blocks takes some 40 MB, a third of `imagery.block_cache.LIMIT_BYTES`
MOST_PX = 2**26  # of a tile: 340 m at 4 cm, 200 MB of colours
MOST_LOOKED_UP_PX = 2**25  # of a palette's numbers for a tile: numpy takes 12 bytes for each
AHEAD = 2  # tiles that a reader may be ahead
STOP_CHECK_S = 0.1  # how soon a reader notices that nobody wants its tiles


class TileReader:
    """Reads tiles from one open dataset. A thread needs one of its own."""

    def __init__(
        self,
        opened: Opened,
        name: str,
        env: Mapping[str, Any],
        *,
        sensor: str | None = None,
        band_order: Sequence[str] | None = None,
        levels: tuple[Stretch, DataRange] | None = None,
    ) -> None:
        """Wrap an open dataset.

        Args:
            opened: The dataset, which is closed with the reader.
            name: Of the scene, for messages.
            env: GDAL's options while reading.
            sensor: Satellite or camera, if known.
            band_order: What each band shows, see `imagery.bands.bands_of`; None where nobody says.
            levels: Those of another reader of the same scene, so that they are not taken again.
        """
        self._source, self._pixels, self._grid = opened.source, opened.pixels, opened.grid
        self._name = name
        self._env = env
        self._sensor, self._band_order = sensor, band_order
        if levels is not None:
            self._levels = levels

    def close(self) -> None:
        """Close the dataset."""
        self._pixels.close()
        self._source.close()

    def another(self, opened: Opened) -> TileReader:
        """Return a reader of the same scene, opened once more."""
        return TileReader(
            opened,
            self._name,
            self._env,
            sensor=self._sensor,
            band_order=self._band_order,
            levels=self._levels,
        )

    @contextmanager
    def _environment(self) -> Iterator[None]:
        """Bound GDAL's cache, keep it from the network and set the scene's own options, if it has any."""
        options = rasterio.Env(**self._env) if self._env else nullcontext()
        bounds = bounded_requests(self._name) if is_remote(self._source.name) else nullcontext()
        with bounded_block_cache, network_of(self._source.name), options, bounds:
            yield

    @cached_property
    def bands(self) -> Bands:
        """The bands to look at."""
        return bands_of(self._source, self._band_order, self._sensor)

    @property
    def stretch(self) -> Stretch:
        """The one stretch to 8 bit for the whole scene, from a thinned-out view of it (its overviews)."""
        return self._levels[0]

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know of the values, a line each."""
        return tuple(
            f"pixels of the value {fill:g} are taken for no data, although the file does not declare it"
            for fill in self._levels[1].fills
        )

    @cached_property
    def _levels(self) -> tuple[Stretch, DataRange]:
        if self._pixels.dtypes[0] == "uint8":
            return IDENTITY, EVERYTHING
        width, height = self._grid.width, self._grid.height
        factor = max(1.0, max(width, height) / SAMPLE_PX)
        tile = Tile(0, 0, width, height, max(1, round(width / factor)), max(1, round(height / factor)))
        with self._environment():
            sample, valid = self._values(tile, Resampling.nearest), self._valid(tile)
        data = data_range(sample, valid)
        return robust_stretch(sample, valid & data.holds(sample)), data

    @cached_property
    def _gsd_m(self) -> float:
        return self._grid.gsd_m()

    def read(self, tile: Tile) -> TileImage:
        """Read one tile, averaged by area where it is coarser than the scene.

        Raises:
            SceneError: The file is damaged there.
        """
        across, down = tile.scale
        gsd_m = self._gsd_m * float(np.sqrt(across * down))
        with self._environment():
            if self.bands.palette is not None:
                return TileImage(tile, *self._looked_up(tile, self.bands.palette), gsd_m)
            coarser = across > 1 or down > 1
            values = self._values(tile, Resampling.average if coarser else Resampling.bilinear)
            valid = self._valid(tile)
        if values.dtype.kind == "f":  # NaN is no value, also where the file names no such value
            valid = valid & np.isfinite(values).all(axis=0)
        stretch, data = self._levels
        if data.fills:
            valid = valid & data.holds(values)
        return TileImage(tile, _interleaved(stretch(values)), valid, gsd_m)

    def _looked_up(
        self, tile: Tile, palette: NDArray[np.uint8]
    ) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
        """Look colours up before averaging: the mean of two numbers of a palette is a third colour.

        Where that would take too much memory, only some of the pixels are averaged, evenly spread.
        """
        thinning = min(1.0, math.sqrt(MOST_LOOKED_UP_PX / (tile.width * tile.height)))
        native = tile._replace(
            out_width=max(1, round(tile.width * thinning)), out_height=max(1, round(tile.height * thinning))
        )
        colors = palette[self._values(native, Resampling.nearest)[0]]
        size = (tile.out_width, tile.out_height)
        return cv2.resize(colors, size, interpolation=cv2.INTER_AREA).astype(np.uint8), self._valid(tile)

    def _values(self, tile: Tile, resampling: Resampling) -> NDArray[Any]:
        shape = (len(self.bands.indexes), tile.out_height, tile.out_width)
        if tile.out_height * tile.out_width > MOST_PX:
            raise SceneError(
                f"{self._name}: a tile of {tile.out_width} x {tile.out_height} pixels is more than can be "
                "shown or searched at once; give it a coarser GSD"
            )
        try:
            values: NDArray[Any] = self._pixels.read(
                self.bands.indexes, window=tile.window, out_shape=shape, resampling=resampling
            )
        except READ_ERRORS as reason:
            raise self._unreadable(tile, reason) from None
        return values

    def _valid(self, tile: Tile) -> NDArray[np.bool_]:
        shape = (tile.out_height, tile.out_width)
        try:
            if self._all_valid:
                return np.broadcast_to(np.True_, shape)  # nothing to allocate
            mask: NDArray[np.uint8] = self._pixels.dataset_mask(window=tile.window, out_shape=shape)
        except READ_ERRORS as reason:
            raise self._unreadable(tile, reason) from None
        return mask > 0

    @cached_property
    def _all_valid(self) -> bool:
        """True if nothing in the file marks pixels without data."""
        if all(MaskFlags.all_valid in flags for flags in self._pixels.mask_flag_enums):
            return True
        return self._pixels is self._source and alpha_is_nir(self._source, self._sensor)

    def _unreadable(self, tile: Tile, reason: Exception) -> SceneError:
        # rasterio's own words are "Read failed. See previous exception for details."
        where = f"at column {tile.col}, row {tile.row} ({reason.__cause__ or reason})"
        if is_remote(self._source.name):
            return SceneError(f"{self._name}: cannot be read {where}; try again when the server answers")
        return SceneError(f"{self._name}: damaged, cannot be read {where}; get the whole file again")


def _interleaved(bands: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Turn (bands, rows, cols) into (rows, cols, bands); OpenCV's merge takes an eighth of numpy's time."""
    interleaved: NDArray[np.uint8] = bands[0][..., None]
    if len(bands) > 1:
        interleaved = cv2.merge(list(bands)).astype(np.uint8, copy=False)
    return interleaved


def read_ahead(first: TileReader, reopen: Callable[[], Opened], tiles: Sequence[Tile]) -> Iterator[TileImage]:
    """Read tiles with two readers, one from either end until they meet, and yield them as they come.

    A reader that fails ends both, and so does whoever stops taking.

    Args:
        first: A reader of the scene.
        reopen: Opens the scene once more.
        tiles: What to read.

    Raises:
        SceneError: The file is damaged.
    """
    left = deque(_in_strips(tiles))
    queue: Queue[TileImage | BaseException | None] = Queue(2 * AHEAD)
    stop = Event()
    with ExitStack() as opened:
        ends = (left.popleft, left.pop)  # a deque may be taken from by two threads at once
        for take in ends:
            reader = first.another(reopen())
            opened.callback(reader.close)
            thread = Thread(target=_read_on, args=(reader, take, queue, stop), daemon=True)
            opened.callback(thread.join)
            opened.callback(stop.set)  # comes before the joins
            thread.start()
        running = len(ends)
        while running:
            item = queue.get()
            if item is None:
                running -= 1
            elif isinstance(item, BaseException):
                raise item
            else:
                yield item


def _in_strips(tiles: Sequence[Tile]) -> list[Tile]:
    """Order the tiles in strips from top to bottom, row by row.

    A row of tiles shares blocks with the next. In a strip that is narrow enough these are still in GDAL's
    cache when the next row needs them, so that each is decoded once.
    """
    return sorted(tiles, key=lambda tile: (tile.col // STRIP_PX, tile.row, tile.col))


def _read_on(
    reader: TileReader,
    take: Callable[[], Tile],
    queue: Queue[TileImage | BaseException | None],
    stop: Event,
) -> None:
    """Read the tiles that ``take`` gives until it has none."""

    def put(item: TileImage | BaseException | None) -> None:
        waiting = True
        while waiting and not stop.is_set():
            with suppress(Full):
                queue.put(item, timeout=STOP_CHECK_S)
                waiting = False

    try:
        while not stop.is_set():
            try:
                tile = take()
            except IndexError:
                break
            put(reader.read(tile))
        put(None)
    except BaseException as error:
        put(error)
