"""Writing a COG part by part, whole or not at all; it is read again and compared."""

from __future__ import annotations

import errno
import os
import tempfile
import zlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio._err import CPLE_BaseError
from rasterio.errors import RasterioError
from rasterio.io import DatasetWriter
from rasterio.shutil import copy
from rasterio.windows import Window

from imagery.block_cache import bounded_block_cache
from imagery.errors import OutputIncomplete
from imagery.files import part_prefix, whole_file


class PixelPart(NamedTuple):
    """A part of an image: (bands, rows, cols) of its type, and (rows, cols) uint8, 0 where data lack."""

    pixels: NDArray[Any]
    mask: NDArray[np.uint8]


def write_cog(
    target: str | os.PathLike[str],
    parts: Iterable[tuple[Window, PixelPart]],
    profile: Mapping[str, Any],
    *,
    masked: bool,
    describe: Callable[[DatasetWriter], None],
    overviews: bool,
    overwrite: bool,
) -> None:
    """Write an image as a COG, without loss.

    Args:
        target: The file.
        parts: The image's parts and where each goes; what none of them covers holds no data.
        profile: Shape, type, CRS and transform, as rasterio takes them.
        masked: Write the parts' masks too.
        describe: Writes colours and tags.
        overviews: Whether it gets overviews.
        overwrite: Replace a file that is there.

    Raises:
        OutputExists: The file is there and ``overwrite`` is false.
        OutputUnwritable: The folder does not exist or cannot be written.
        OutputIncomplete: The disk is full, or the file reads back differently.
    """
    path = Path(target)
    options = {"overview_resampling": "AVERAGE"} if overviews else {"overviews": "NONE"}
    with (
        bounded_block_cache,
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True),
        whole_file(path, overwrite=overwrite) as part,
        tempfile.TemporaryDirectory(prefix=part_prefix(path), suffix=".part", dir=part.parent) as folder,
    ):
        plain = Path(folder, "plain.tif")
        try:
            written = _write_plain(plain, parts, profile, masked=masked, describe=describe)
            copy(
                plain,
                part,
                driver="COG",
                compress="DEFLATE",
                predictor="YES",
                copy_src_mdd="YES",  # the domain IMAGERY, which the driver drops by default
                **options,
            )
            whole = written == _sums_in(plain, written) and _checksums(plain) == _checksums(part)
        except (RasterioError, CPLE_BaseError):
            whole = False
        if not whole:  # GDAL does not always report that it could not write a file to its end
            raise OutputIncomplete(path, OSError(errno.EIO, "it reads back differently"))


def _write_plain(
    path: Path,
    parts: Iterable[tuple[Window, PixelPart]],
    profile: Mapping[str, Any],
    *,
    masked: bool,
    describe: Callable[[DatasetWriter], None],
) -> dict[Window, int]:
    """Write the image as a GeoTIFF, and return a checksum of each part."""
    options = {"tiled": True, "compress": "DEFLATE", "zlevel": 1, "bigtiff": "IF_SAFER"}
    written = {}
    with rasterio.open(path, "w", driver="GTiff", **options, **profile) as file:
        describe(file)
        for window, part in parts:
            file.write(part.pixels, window=window)
            if masked:
                file.write_mask(part.mask, window=window)
            written[window] = zlib.crc32(np.ascontiguousarray(part.pixels).data)
    return written


def _sums_in(path: Path, windows: Iterable[Window]) -> dict[Window, int]:
    with rasterio.open(path) as file:
        return {window: zlib.crc32(np.ascontiguousarray(file.read(window=window)).data) for window in windows}


def _checksums(path: Path) -> list[int]:
    with rasterio.open(path) as file:
        return [file.checksum(band) for band in file.indexes]
