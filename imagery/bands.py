"""The bands of an image to look at, and whether its alpha band is one."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio._err import CPLE_BaseError
from rasterio.enums import ColorInterp
from rasterio.errors import RasterioError
from rasterio.windows import Window

RGB = (ColorInterp.red, ColorInterp.green, ColorInterp.blue)
# Maxar's multispectral order: coastal, blue, green, yellow, red, red edge, NIR1, NIR2.
EIGHT_BAND_RGB = (5, 3, 2)
MASK_SHARE = 0.9  # of alpha's values are 0 or the greatest; at the edges of an image they may lie between


SAMPLE_PX = 256
SAMPLE_WINDOW_PX = 64
SAMPLE_AT = (0.0, 0.3, 0.7, 1.0)


class Bands(NamedTuple):
    """The bands to look at.

    Attributes:
        indexes: One band, or red, green and blue; counted from 1.
        names: What each is: by colour interpretation, by description, or ``band 5``.
        palette: (256 or more, 3) uint8 colours of the values, where the one band is an index into a palette.
    """

    indexes: tuple[int, ...]
    names: tuple[str, ...]
    palette: NDArray[np.uint8] | None = None


def bands_of(dataset: rasterio.DatasetReader) -> Bands:
    """Find red, green and blue: by colour interpretation, by the bands' descriptions, or by their number.

    A palette is looked up. Eight bands that say nothing of themselves are taken for Maxar's, three to seven
    for red, green, blue and others; one or two for grey.
    """
    colors = dataset.colorinterp
    if colors[0] == ColorInterp.palette:
        return Bands((1,), ("palette",), _palette(dataset))
    by_color = {color: index for index, color in enumerate(colors, start=1)}
    if all(color in by_color for color in RGB):
        return Bands(tuple(by_color[color] for color in RGB), tuple(color.name for color in RGB))
    by_description = {
        (text or "").strip().lower(): index for index, text in enumerate(dataset.descriptions, start=1)
    }
    if all(color.name in by_description for color in RGB):
        return Bands(tuple(by_description[color.name] for color in RGB), tuple(color.name for color in RGB))
    indexes: tuple[int, ...] = (1,)
    if dataset.count == 8:
        indexes = EIGHT_BAND_RGB
    elif dataset.count >= 3 and ColorInterp.alpha not in colors[:3]:
        indexes = (1, 2, 3)
    if len(indexes) == 1 and colors[0] in {ColorInterp.gray, ColorInterp.undefined}:
        return Bands(indexes, ("gray",))
    return Bands(indexes, tuple(dataset.descriptions[index - 1] or f"band {index}" for index in indexes))


def alpha_is_nir(dataset: rasterio.DatasetReader, sensor: str | None) -> bool:
    """Check whether what a file calls alpha is near infrared, which is 0 over water and hides nothing.

    GDAL calls the fourth of four bands alpha unless told otherwise, so it does in NAIP's files. The band's
    description and the sensor decide if they tell, otherwise its values: a mask's are 0 or its greatest.

    Args:
        dataset: The file as it is.
        sensor: What took it, as far as anyone says.
    """
    if ColorInterp.alpha not in dataset.colorinterp or dataset.count != len(RGB) + 1:
        return False
    index = dataset.colorinterp.index(ColorInterp.alpha) + 1
    description = (dataset.descriptions[index - 1] or "").lower()
    if "alpha" in description:
        return False
    if "nir" in description or "infrared" in description or "NAIP" in (sensor or ""):
        return True
    values = _sample(dataset, index)
    if values.size == 0:
        return False
    full = np.iinfo(values.dtype).max if values.dtype.kind in "ui" else values.max()
    # In 16 bits the whole range may be 8 bits' or the sensor's.
    return bool(np.mean((values == 0) | (values == full) | (values == values.max())) < MASK_SHARE)


def _sample(dataset: rasterio.DatasetReader, index: int) -> NDArray[Any]:
    """Sample values from all over a band: from an overview, or from a few windows where there is none."""
    height, width = dataset.shape
    if dataset.overviews(index):
        factor = max(1.0, max(height, width) / SAMPLE_PX)
        shape = max(1, round(height / factor)), max(1, round(width / factor))
        thinned: NDArray[Any] = dataset.read(index, out_shape=shape).ravel()
        return thinned
    size = min(height, SAMPLE_WINDOW_PX), min(width, SAMPLE_WINDOW_PX)
    rows, cols = (
        sorted({round(at * (extent - side)) for at in SAMPLE_AT})
        for extent, side in zip((height, width), size, strict=True)
    )
    windows = [Window(col, row, size[1], size[0]) for row in rows for col in cols]
    sample = [np.empty(0, dataset.dtypes[index - 1])]
    for window in windows:
        try:
            sample.append(dataset.read(index, window=window).ravel())
        except RasterioError:  # damaged, which whoever reads the tile there is told
            with suppress(CPLE_BaseError):
                _ = dataset.colorinterp  # rasterio would blame the next read for this one: it takes the blame
    return np.concatenate(sample)


def _palette(dataset: rasterio.DatasetReader) -> NDArray[np.uint8]:
    colors = dataset.colormap(1)
    palette = np.zeros((max(256, max(colors) + 1), 3), np.uint8)
    for value, (red, green, blue, *_) in colors.items():
        palette[value] = red, green, blue
    return palette
