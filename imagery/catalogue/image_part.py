"""The part of an image over an area: which blocks of it are needed, and reading them as they are."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import nullcontext
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
import rasterio
import shapely
from affine import Affine
from rasterio.enums import ColorInterp, MaskFlags
from rasterio.io import DatasetWriter
from rasterio.windows import Window

from imagery.aoi import area_in_pixels
from imagery.bands import colors_of, descriptions_of
from imagery.block_cache import bounded_block_cache
from imagery.cog import PixelPart
from imagery.errors import SceneError, UsageError
from imagery.gdal import READ_ERRORS
from imagery.grid import Grid
from imagery.opening import REMOTE_OPTIONS, is_remote, network_of
from imagery.placing import Opened
from imagery.remote import bounded_requests
from imagery.tiling import LARGEST_AIRCRAFT_M

CELL_PX = 512  # of an image without blocks of about this size
BLOCK_PX = range(128, 2049)
LEFT_TAGS = ("AREA_OR_POINT",)  # GDAL writes it anew


class Cut(NamedTuple):
    """The cells of an image that an area touches; they are its blocks where these are of a usual size.

    Attributes:
        col: First column, in the image's pixels.
        row: First row.
        width: Columns.
        height: Rows.
        runs: Windows of cells side by side that are touched, in the image's pixels, row by row.
        share: Of all of the image's pixels that are in these, 0..1.
    """

    col: int
    row: int
    width: int
    height: int
    runs: tuple[Window, ...]
    share: float

    def grid(self, grid: Grid) -> Grid:
        """Return the grid of the cut, given the image's."""
        transform = grid.transform @ Affine.translation(self.col, self.row)
        return Grid(self.width, self.height, transform, grid.crs)


def cut_for(opened: Opened, name: str, area: shapely.MultiPolygon) -> Cut:
    """Find the part of an image that holds an area and half of the largest aircraft around it.

    Args:
        opened: The image.
        name: What messages call it.
        area: In lon/lat.

    Raises:
        SceneError: It shows nothing of the area, or lies by ground control points or RPCs, so that a part of
            it would not say where it lies.
    """
    grid = opened.grid
    if opened.warped_from is not None:
        raise SceneError(f"{name}: lies by its {opened.warped_from}, so no part can be cut out; get it whole")
    try:
        shape = area_in_pixels(grid, name, area)
    except UsageError:
        raise SceneError(f"{name}: its image shows nothing of the place") from None
    margin = max(LARGEST_AIRCRAFT_M / 2 / metres for metres in grid.gsd_xy_m())
    shape = shapely.buffer(shape, margin, join_style="mitre")
    west, north, east, south = shapely.bounds(shape)
    down, across = (side if side in BLOCK_PX else CELL_PX for side in opened.source.block_shapes[0])
    cols = range(max(0, math.floor(west / across)), math.ceil(min(grid.width, east) / across))
    rows = range(max(0, math.floor(north / down)), math.ceil(min(grid.height, south) / down))
    col, row = cols.start * across, rows.start * down
    right, bottom = min(grid.width, cols.stop * across), min(grid.height, rows.stop * down)
    shapely.prepare(shape)
    runs = []
    for number in rows:
        top, end = number * down, min(bottom, (number + 1) * down)
        boxes = [shapely.box(each * across, top, (each + 1) * across, end) for each in cols]
        touched = zip(cols, shapely.intersects(shape, boxes).tolist(), strict=True)
        for touches, group in groupby(touched, key=lambda cell: cell[1]):
            cells = [cell for cell, _ in group]
            if touches:
                left, stop = cells[0] * across, min(right, (cells[-1] + 1) * across)
                runs.append(Window(left, top, stop - left, end - top))
    share = sum(run.width * run.height for run in runs) / (grid.width * grid.height)
    return Cut(col, row, right - col, bottom - row, tuple(runs), share)


class CutReader:
    """Reads a cut of an image as it is: values, masks, colours and tags.

    Attributes:
        profile: Of the cut, as `imagery.cog.write_cog` takes it.
        masked: Whether it needs a mask: the image has one, or a part of the cut is not read and neither a
            value nor an alpha band says so.
    """

    def __init__(self, opened: Opened, name: str, cut: Cut) -> None:
        """Look at the image; nothing of it is read yet."""
        source = opened.source
        self._source, self._name, self._cut = source, name, cut
        flags = {flag for band in source.mask_flag_enums for flag in band}
        self._has_mask = MaskFlags.per_dataset in flags and MaskFlags.alpha not in flags
        whole = sum(run.width * run.height for run in cut.runs) == cut.width * cut.height
        self.masked = self._has_mask or (not whole and not flags & {MaskFlags.alpha, MaskFlags.nodata})
        self.profile: dict[str, Any] = {
            "width": cut.width,
            "height": cut.height,
            "count": source.count,
            "dtype": source.dtypes[0],
            "crs": opened.grid.crs,
            "transform": cut.grid(opened.grid).transform,
            "nodata": source.nodata,
            "blockxsize": CELL_PX,
            "blockysize": CELL_PX,
        }
        if source.count >= 3 and colors_of(source)[0] == ColorInterp.red:
            self.profile["photometric"] = "RGB"

    def describe(self, file: DatasetWriter) -> None:
        """Write the image's colours, names of bands and tags to a copy."""
        source = self._source
        file.colorinterp = colors_of(source)
        if ColorInterp.palette in colors_of(source):
            file.write_colormap(1, source.colormap(1))
        for band, words in enumerate(descriptions_of(source), 1):
            if words:
                file.set_band_description(band, words)
        tags = {key: value for key, value in source.tags().items() if key not in LEFT_TAGS}
        file.update_tags(**tags)
        if imagery := source.tags(ns="IMAGERY"):
            file.update_tags(ns="IMAGERY", **imagery)

    def parts(self) -> Iterator[tuple[Window, PixelPart]]:
        """Read the cut, a run of cells at a time.

        Raises:
            SceneError: The image is damaged, or its server fails.
        """
        remote = is_remote(self._source.name)
        for run in self._cut.runs:
            options = rasterio.Env(**REMOTE_OPTIONS) if remote else nullcontext()
            bounds = bounded_requests(self._name) if remote else nullcontext()
            try:
                with bounded_block_cache, network_of(self._source.name), options, bounds:
                    pixels = self._source.read(window=run)
                    mask = self._source.dataset_mask(window=run) if self._has_mask else None
            except READ_ERRORS as reason:
                detail = " ".join(str(reason.__cause__ or reason).split())
                remedy = "repeat when the server answers" if remote else "get the whole file again"
                raise SceneError(f"{self._name}: cannot be read ({detail}); {remedy}") from None
            valid = np.full(pixels.shape[1:], 255, np.uint8) if mask is None else mask
            place = Window(run.col_off - self._cut.col, run.row_off - self._cut.row, run.width, run.height)
            yield place, PixelPart(pixels, valid)
