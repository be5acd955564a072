"""Reading an image that does not say where it lies, such as a screenshot."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Self

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.enums import ColorInterp, MaskFlags
from rasterio.windows import Window

from imagery.bands import colors_of
from imagery.cog import PixelPart
from imagery.errors import NotAnImage, SceneError, UsageError
from imagery.gdal import READ_ERRORS, network_for
from imagery.opening import UNRECOGNIZED
from imagery.references import open_with_files

MAX_PIXELS = 400_000_000  # 20,000 x 20,000; a larger one is not a screenshot
_FORMATS = ("PNG", "JPEG", "GTiff", "WEBP", "BMP", "GIF", "JP2OpenJPEG")  # none names another file or address


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
        interpretation = colors_of(dataset)
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
        """The tags that stay with the pixels, by metadata domain: that they are rendered, their time."""
        plain = {name: text for name, text in self._dataset.tags().items() if name == "RENDERED"}
        return {None: plain, "IMAGERY": self._dataset.tags(ns="IMAGERY")}

    def read(self, window: Window) -> PixelPart:
        """Read a part.

        Raises:
            SceneError: The file is damaged.
        """
        try:
            with network_for(None):
                pixels = self._dataset.read(self._bands, window=window)
                mask = self._dataset.dataset_mask(window=window)
        except READ_ERRORS as reason:
            raise SceneError(
                f"{self.path}: damaged, cannot be read ({reason.__cause__ or reason}); "
                "get the whole file again"
            ) from None
        if self._palette is not None:
            colors = self._palette[np.minimum(pixels[0], len(self._palette) - 1)]
            pixels, mask = np.moveaxis(colors[..., :3], -1, 0), np.where(colors[..., 3] > 0, mask, 0)
        return PixelPart(pixels, np.where(mask > 0, 255, 0).astype(np.uint8))


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
        with network_for(None):
            dataset, _ = open_with_files(name, name, _FORMATS)
    except (*READ_ERRORS, UnicodeEncodeError) as reason:
        detail = str(reason).removeprefix(f"'{name}' ").removeprefix(f"{name}: ")
        error = NotAnImage if UNRECOGNIZED in detail else SceneError
        raise error(f"{name}: not an image that GDAL can open ({detail}); give a PNG, JPEG or TIFF") from None
    try:
        _check_plain(dataset, name)
        return PlainImage(dataset, Path(name))
    except Exception:
        dataset.close()
        raise


def _check_plain(dataset: rasterio.DatasetReader, name: str) -> None:
    if dataset.count == 0:
        raise SceneError(
            f"{name}: holds several images but none at its top level; export one of them to a TIFF"
        )
    if dataset.width * dataset.height > MAX_PIXELS:
        raise SceneError(
            f"{name}: {dataset.width} x {dataset.height} pixels are more than {MAX_PIXELS / 1e6:.0f} "
            "million; crop it to the airport"
        )
    if dataset.gcps[0] or dataset.rpcs:
        raise UsageError(
            f"{name}: carries its own {'control points' if dataset.gcps[0] else 'RPCs'}, so it is "
            "georeferenced; use it as it is"
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
