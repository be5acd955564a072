"""Pixels of an image without a georeference, written to where a fit puts them."""

from __future__ import annotations

import json
import math
import os
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import cv2
import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from rasterio.enums import ColorInterp, MaskFlags
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.shutil import copy
from rasterio.windows import Window

from imagery.errors import SceneError, UsageError
from imagery.files import whole_file
from imagery.georeference import fitting
from imagery.grid import Floats
from imagery.record import hash_files

if TYPE_CHECKING:
    from imagery.georeference import Georeference

MAX_PIXELS = 400_000_000  # 20,000 x 20,000: more is no screenshot, and its scanner has software of its own
_FORMATS = ("PNG", "JPEG", "GTiff", "WEBP", "BMP", "GIF", "JP2OpenJPEG")  # none names another file or address
_CACHE_MB = 128  # of GDAL, which would take a twentieth of the memory
_STRIP, _BLOCK = 512, 1024  # rows read at once; side of the blocks that a resampled image is made of
_RESAMPLED_TYPES = ("uint8", "uint16", "int16", "float32", "float64")  # those that OpenCV warps


class Part(NamedTuple):
    """Some of an image: (bands, rows, cols) of its type, and (rows, cols) uint8 0 where there is no data."""

    pixels: NDArray[Any]
    mask: NDArray[np.uint8]


class PlainImage:
    """An open image that does not say where it lies; use it as a context manager.

    A palette is looked up, and transparency becomes a mask, so its bands are what is seen.
    """

    def __init__(self, dataset: rasterio.DatasetReader, path: Path) -> None:
        """Wrap an open dataset; `open_plain` is the way to get here."""
        self._dataset = dataset
        self.path = path
        self.width: int = dataset.width
        self.height: int = dataset.height
        self.dtype: str = dataset.dtypes[0]
        interpretation = dataset.colorinterp
        self._bands = [i for i, kind in enumerate(interpretation, 1) if kind != ColorInterp.alpha]
        self.colors = tuple(interpretation[band - 1] for band in self._bands)
        self._palette: NDArray[np.uint8] | None = None
        if self.colors == (ColorInterp.palette,):
            table = dataset.colormap(1)
            self._palette = np.zeros((max(table) + 1, 4), np.uint8)
            self._palette[list(table)] = list(table.values())
            self.colors = (ColorInterp.red, ColorInterp.green, ColorInterp.blue)
        self.all_valid = all(MaskFlags.all_valid in flags for flags in dataset.mask_flag_enums)
        if self._palette is not None:
            self.all_valid &= bool((self._palette[:, 3] > 0).all())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._dataset.close()

    @property
    def kept_tags(self) -> dict[str | None, dict[str, str]]:
        """What goes on with the pixels, by metadata domain: that they are rendered, when they were taken."""
        plain = {name: text for name, text in self._dataset.tags().items() if name == "RENDERED"}
        return {None: plain, "IMAGERY": self._dataset.tags(ns="IMAGERY")}

    def read(self, window: Window) -> Part:
        """Read a part.

        Raises:
            SceneError: The file is damaged.
        """
        try:
            pixels = self._dataset.read(self._bands, window=window)
            mask = self._dataset.dataset_mask(window=window)
        except RasterioError as reason:
            raise SceneError(
                f"{self.path}: damaged, cannot be read ({reason.__cause__ or reason}); "
                "get the whole file again"
            ) from None
        if self._palette is not None:
            colors = self._palette[np.minimum(pixels[0], len(self._palette) - 1)]
            pixels, mask = np.moveaxis(colors[..., :3], -1, 0), np.where(colors[..., 3] > 0, mask, 0)
        return Part(pixels, np.where(mask > 0, 255, 0).astype(np.uint8))


def open_plain(path: str | os.PathLike[str]) -> PlainImage:
    """Open an image that has no georeference.

    Raises:
        UsageError: There is no such file, or it has a georeference.
        SceneError: It is not a raster image, too large, or shown turned by its EXIF orientation.
    """
    name = os.fspath(path)
    if not Path(name).is_file():
        raise UsageError(f"{name}: no such file; check the path")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with rasterio.Env():  # rasterio.open takes no list of drivers
                dataset = rasterio.DatasetReader(name, driver=list(_FORMATS))
    except (RasterioError, UnicodeEncodeError) as reason:
        detail = str(reason).removeprefix(f"'{name}' ").removeprefix(f"{name}: ")
        raise SceneError(
            f"{name}: not an image that GDAL can open ({detail}); give a PNG, JPEG or TIFF"
        ) from None
    try:
        _check_plain(dataset, name)
        return PlainImage(dataset, Path(name))
    except Exception:
        dataset.close()
        raise


def _check_plain(dataset: rasterio.DatasetReader, name: str) -> None:
    if dataset.count == 0:
        raise SceneError(f"{name}: holds several images and none of its own; export one of them to a TIFF")
    if dataset.width * dataset.height > MAX_PIXELS:
        raise SceneError(
            f"{name}: {dataset.width} x {dataset.height} pixels are more than {MAX_PIXELS / 1e6:.0f} "
            "million; cut the airport out of it"
        )
    if dataset.gcps[0] or dataset.rpcs:
        raise UsageError(
            f"{name}: carries its own {'control points' if dataset.gcps[0] else 'RPCs'}, so it is "
            "georeferenced; give it to the other commands as it is"
        )
    if not dataset.transform.is_identity:
        what_to_do = "use it as it is"
        if not dataset.crs:
            what_to_do = "only its CRS is missing: rio edit-info --crs EPSG:n FILE"
        raise UsageError(
            f"{name}: georeferenced already, in itself or by a world file beside it; {what_to_do}"
        )
    if dataset.tags().get("EXIF_Orientation", "1").strip() not in ("", "0", "1"):
        raise SceneError(
            f"{name}: its EXIF orientation makes viewers show it turned, so that columns and rows mean two "
            "things; save it turned, for example: mogrify -auto-orient FILE"
        )


def write_georeferenced(
    source: PlainImage, fitted: Georeference, output: str | os.PathLike[str], *, overwrite: bool = False
) -> None:
    """Write a COG, whole or not at all, see `imagery.georeference.georeference`.

    Raises:
        UsageError: The output is the source.
        SceneError: The source is damaged.
        OutputExists: The file is there and ``overwrite`` was not said.
    """
    target = Path(output)
    if target.exists() and target.samefile(source.path):
        raise UsageError(
            f"{target}: is the image itself, which is kept as evidence; name another file with -o"
        )
    record = {
        **fitted.to_json(),
        "source": source.path.name,
        "source_sha256": hash_files([source.path]),
    }
    with (
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True, GDAL_CACHEMAX=_CACHE_MB),
        whole_file(target, overwrite=overwrite) as part,
        tempfile.TemporaryDirectory(prefix=f".{target.stem}-", dir=part.parent) as folder,
    ):
        plain = Path(folder, "plain.tif")
        _write_plain(source, fitted, plain, json.dumps(record, ensure_ascii=False))
        copy(
            plain,
            part,
            driver="COG",
            compress="DEFLATE",
            predictor="YES",
            overview_resampling="AVERAGE",
            copy_src_mdd="YES",  # the domain IMAGERY, which the driver drops by default
        )


def _write_plain(source: PlainImage, fitted: Georeference, path: Path, record: str) -> None:
    if fitted.method == "projective":
        transform, width, height = _north_up(fitted.matrix, source)
        parts, masked = _resampled(source, fitted.matrix, transform, width, height), True
    else:
        transform, width, height = Affine(*fitted.matrix[:2].ravel()), source.width, source.height
        parts, masked = _as_it_is(source), not source.all_valid
    profile = {
        "driver": "GTiff",
        "width": width,
        "height": height,
        "count": len(source.colors),
        "dtype": source.dtype,
        "crs": fitted.crs,
        "transform": transform,
        "tiled": True,
        "compress": "DEFLATE",
        "zlevel": 1,
        "bigtiff": "IF_SAFER",
    }
    if len(source.colors) >= 3 and source.colors[0] == ColorInterp.red:
        profile["photometric"] = "RGB"
    with rasterio.open(path, "w", **profile) as file:
        file.colorinterp = source.colors
        for domain, tags in source.kept_tags.items():
            if tags:
                file.update_tags(ns=domain, **tags)
        file.update_tags(HARDSTAND_GEOREFERENCE=record, TIFFTAG_SOFTWARE="hardstand")
        if fitted.error_m is not None:
            file.update_tags(POSITION_ERROR_M=f"{fitted.error_m:.3f}")
        for window, part in parts:
            file.write(part.pixels, window=window)
            if masked:
                file.write_mask(part.mask, window=window)


def _as_it_is(source: PlainImage) -> Iterator[tuple[Window, Part]]:
    for row in range(0, source.height, _STRIP):
        window = Window(0, row, source.width, min(_STRIP, source.height - row))
        yield window, source.read(window)


def _corners(col: float, row: float, width: float, height: float) -> Floats:
    return np.array(
        [(col, row), (col + width, row), (col + width, row + height), (col, row + height)], np.float64
    )


def _north_up(matrix: Floats, source: PlainImage) -> tuple[Affine, int, int]:
    """A grid with north up that holds the whole image, its pixels as fine as the image's finest."""
    corners = _corners(0, 0, source.width, source.height)
    gsd = min(math.sqrt(abs(np.linalg.det(fitting.jacobian_at(matrix, at)))) for at in corners)
    ground = fitting.apply(matrix, corners)
    (left, bottom), (right, top) = ground.min(axis=0), ground.max(axis=0)
    size = math.ceil((right - left) / gsd), math.ceil((top - bottom) / gsd)
    return Affine(gsd, 0, left, 0, -gsd, top), *size


def _resampled(
    source: PlainImage, matrix: Floats, transform: Affine, width: int, height: int
) -> Iterator[tuple[Window, Part]]:
    """The image on another grid, block by block, each from the part of the image that it needs."""
    if source.dtype not in _RESAMPLED_TYPES:
        raise SceneError(f"{source.path}: samples of type {source.dtype}; save it with 8 or 16 bits a sample")
    to_source = np.linalg.inv(matrix) @ np.array(transform).reshape(3, 3)
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])  # OpenCV counts from the centre of the first pixel
    for row in range(0, height, _BLOCK):
        for col in range(0, width, _BLOCK):
            block = Window(col, row, min(_BLOCK, width - col), min(_BLOCK, height - row))
            shape = block.height, block.width
            needed = fitting.apply(to_source, _corners(*block.flatten()))
            # Two pixels more, which cubic interpolation looks at.
            left, top = (max(0, math.floor(low) - 2) for low in needed.min(axis=0))
            right = min(source.width, math.ceil(needed[:, 0].max()) + 2)
            bottom = min(source.height, math.ceil(needed[:, 1].max()) + 2)
            mask = np.zeros(shape, np.uint8)
            pixels = np.zeros((len(source.colors), *shape), source.dtype)
            if right > left and bottom > top:
                part = source.read(Window(left, top, right - left, bottom - top))
                shift = np.array([[1, 0, col], [0, 1, row], [0, 0, 1]], np.float64)
                back = np.array([[1, 0, -left], [0, 1, -top], [0, 0, 1]], np.float64)
                warp = np.linalg.inv(half) @ back @ to_source @ shift @ half
                how = cv2.WARP_INVERSE_MAP
                size = block.width, block.height
                mask = cv2.warpPerspective(part.mask, warp, size, flags=how | cv2.INTER_NEAREST)
                for band, values in enumerate(part.pixels):
                    pixels[band] = cv2.warpPerspective(
                        values, warp, size, flags=how | cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
                    )
                pixels[:, mask == 0] = 0
            yield block, Part(pixels, mask.astype(np.uint8))
