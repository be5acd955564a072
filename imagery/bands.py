"""The bands of an image to look at, and whether its alpha band is one."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio._err import CPLE_BaseError
from rasterio.enums import ColorInterp
from rasterio.windows import Window

from imagery.gdal import READ_ERRORS

RGB = (ColorInterp.red, ColorInterp.green, ColorInterp.blue)
# Maxar's multispectral order: coastal, blue, green, yellow, red, red edge, NIR1, NIR2.
EIGHT_BAND_RGB = (5, 3, 2)
# Where red, green and blue are in the multispectral products of sensors, whose files do not say it, by the
# number of bands. Planet: SkySat Imagery, PlanetScope and RapidEye Product Specifications (blue, green, red,
# near infrared; SuperDove: coastal, blue, green I, green, yellow, red, red edge, near infrared). Maxar:
# Imagery Support Data Documentation (BGRN; WorldView-2, -3 and Legion also with eight).
_BGRN = {4: (3, 2, 1)}
_ORDERS = {
    "SkySat": _BGRN,
    "PlanetScope": {**_BGRN, 5: (3, 2, 1), 8: (6, 4, 2)},
    "RapidEye": {5: (3, 2, 1)},
    "QuickBird": _BGRN,
    "GeoEye-1": _BGRN,
    "Ikonos": _BGRN,
    "WorldView-2": {**_BGRN, 8: EIGHT_BAND_RGB},
    "WorldView-3": {**_BGRN, 8: EIGHT_BAND_RGB},
    "WorldView-4": _BGRN,
    "WorldView Legion": {**_BGRN, 8: EIGHT_BAND_RGB},
}
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


def colors_of(dataset: rasterio.DatasetReader) -> tuple[ColorInterp, ...]:
    """Return the colour interpretation of each band; undefined where GDAL stumbles on a damaged tag."""
    try:
        return tuple(map(ColorInterp, dataset.colorinterp))
    except CPLE_BaseError:
        return (ColorInterp.undefined,) * int(dataset.count)


def descriptions_of(dataset: rasterio.DatasetReader) -> tuple[str | None, ...]:
    """Return what the file calls each band; nothing where that is not text in UTF-8."""
    try:
        return tuple(dataset.descriptions)
    except UnicodeDecodeError:
        return (None,) * int(dataset.count)


def bands_of(
    dataset: rasterio.DatasetReader, order: Sequence[str] | None = None, sensor: str | None = None
) -> Bands:
    """Find red, green and blue, by the first of these that tells.

    They are: what the catalogue or a sidecar says of each band, the bands' descriptions, their colour
    interpretation (GDAL gives one to 8-bit files unasked, so it comes later), the order in which the sensor's
    products have them, their number. A palette is looked up. Eight bands of which nobody says anything are
    taken for Maxar's, three to seven for red, green, blue and others; one or two for grey.

    Args:
        dataset: The file as it is.
        order: What each of its bands shows, by common names (``blue``); of another number of bands it is of
            another file.
        sensor: What took it, as far as anyone says.
    """
    colors = colors_of(dataset)
    if colors[0] == ColorInterp.palette:
        return Bands((1,), ("palette",), _palette(dataset))
    by_name = _positions(order) if order and len(order) == dataset.count else {}
    descriptions = descriptions_of(dataset)
    by_description = _positions(descriptions)
    by_color = {color.name: index for index, color in enumerate(colors, start=1)}
    for known in (by_name, by_description, by_color):
        if all(color.name in known for color in RGB):
            return Bands(tuple(known[color.name] for color in RGB), tuple(color.name for color in RGB))
    products = next((orders for name, orders in _ORDERS.items() if (sensor or "").startswith(name)), {})
    if dataset.count in products and ColorInterp.alpha not in colors[:3]:
        return Bands(products[dataset.count], tuple(color.name for color in RGB))
    indexes: tuple[int, ...] = (1,)
    if dataset.count == 8:
        indexes = EIGHT_BAND_RGB
    elif dataset.count >= 3 and ColorInterp.alpha not in colors[:3]:
        indexes = (1, 2, 3)
    if len(indexes) == 1 and colors[0] in {ColorInterp.gray, ColorInterp.undefined}:
        return Bands(indexes, ("gray",))
    return Bands(indexes, tuple(descriptions[index - 1] or f"band {index}" for index in indexes))


def _positions(names: Sequence[str | None]) -> dict[str, int]:
    """Return where each band is by its name in lower case, and colours also by their first letter."""
    words = {
        (name or "").strip().lower().removeprefix("band_"): index for index, name in enumerate(names, start=1)
    }
    letters = {color.name: words[color.name[0]] for color in RGB if color.name[0] in words}
    return letters | words


def alpha_is_nir(dataset: rasterio.DatasetReader, sensor: str | None) -> bool:
    """Check whether what a file calls alpha is near infrared, which is 0 over water and hides nothing.

    GDAL calls the fourth of four bands alpha unless told otherwise, so it does in NAIP's files. The band's
    description and the sensor decide if they tell, otherwise its values: a mask's are 0 or its greatest.

    Args:
        dataset: The file as it is.
        sensor: What took it, as far as anyone says.
    """
    colors = colors_of(dataset)
    if ColorInterp.alpha not in colors or dataset.count != len(RGB) + 1:
        return False
    index = colors.index(ColorInterp.alpha) + 1
    description = (descriptions_of(dataset)[index - 1] or "").lower()
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
        except READ_ERRORS:  # damaged, which whoever reads the tile there is told
            with suppress(CPLE_BaseError):
                _ = dataset.colorinterp  # rasterio would blame the next read for this one: it takes the blame
    return np.concatenate(sample)


def _palette(dataset: rasterio.DatasetReader) -> NDArray[np.uint8]:
    colors = dataset.colormap(1)
    palette = np.zeros((max(256, max(colors) + 1), 3), np.uint8)
    for value, (red, green, blue, *_) in colors.items():
        palette[value] = red, green, blue
    return palette
