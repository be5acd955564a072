"""Writing an image to where a fit to its control points puts it."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from affine import Affine
from rasterio.enums import ColorInterp
from rasterio.io import DatasetWriter
from rasterio.windows import Window

from imagery.cog import PixelPart, write_cog
from imagery.errors import HardstandError, SceneError, UsageError
from imagery.georeferencing import plane_transforms
from imagery.georeferencing.gcp import GroundControlPoint
from imagery.georeferencing.ground_fit import GroundFit, fit_points
from imagery.georeferencing.plain_image import PlainImage, open_plain
from imagery.georeferencing.plane_transforms import Method
from imagery.grid import Floats
from imagery.record import hash_files

_STRIP, _BLOCK = 512, 1024  # rows read at once; side of the blocks that a resampled image is made of
_RESAMPLED_TYPES = ("uint8", "uint16", "int16", "float32", "float64")  # those that OpenCV warps


def georeference(
    image: str | os.PathLike[str],
    points: Sequence[GroundControlPoint],
    output: str | os.PathLike[str],
    *,
    method: Method | None = None,
    overwrite: bool = False,
) -> GroundFit:
    """Write an image as a georeferenced COG that records how it was placed and how well.

    A similarity or affine transform keeps the image's own pixels and only says where they lie; for a
    projective one they are resampled to a grid with north up. The tag ``HARDSTAND_GEOREFERENCE`` holds
    `GroundFit.to_json` and the source's name and SHA-256; ``POSITION_ERROR_M`` holds the error and is
    absent where that is unknown.

    Args:
        image: PNG, JPEG, TIFF or another raster that GDAL reads, without a georeference.
        points: At least 2 for a similarity, 3 for an affine, 4 for a projective transform; with one more
            there is an error.
        output: The GeoTIFF to write.
        method: Kind of transform; chosen if not given, see `fit_points`.
        overwrite: Replace a file that is there.

    Raises:
        UsageError: The points determine no transform, or the image is already georeferenced.
        SceneError: The image cannot be read, or was taken from the side.
        OutputExists: The file is there and ``overwrite`` was not given.
    """
    with open_plain(image) as source:
        try:
            result = fit_points(points, source.width, source.height, method)
        except HardstandError as reason:
            raise type(reason)(f"{os.fspath(image)}: {reason}") from None
        _write(source, result, output, overwrite=overwrite)
    return result


def _write(
    source: PlainImage, fitted: GroundFit, output: str | os.PathLike[str], *, overwrite: bool = False
) -> None:
    target = Path(output)
    if target.exists() and target.samefile(source.path):
        raise UsageError(
            f"{target}: `output` is the image itself, which is kept as evidence; choose another file"
        )
    record = {
        **fitted.to_json(),
        "source": source.path.name,
        "source_sha256": hash_files([source.path]),
    }
    if fitted.method == "projective":
        transform, width, height = _north_up(fitted.matrix, source)
        parts, masked = _resampled(source, fitted.matrix, transform, width, height), True
    else:
        transform, width, height = Affine(*fitted.matrix[:2].ravel()), source.width, source.height
        parts, masked = _as_it_is(source), not source.all_valid
    profile = {
        "width": width,
        "height": height,
        "count": len(source.colors),
        "dtype": source.dtype,
        "crs": fitted.crs,
        "transform": transform,
    }
    if len(source.colors) >= 3 and source.colors[0] == ColorInterp.red:
        profile["photometric"] = "RGB"

    def describe(file: DatasetWriter) -> None:
        file.colorinterp = source.colors
        for domain, tags in source.kept_tags.items():
            if tags:
                file.update_tags(ns=domain, **tags)
        note = json.dumps(record, ensure_ascii=False)
        file.update_tags(HARDSTAND_GEOREFERENCE=note, TIFFTAG_SOFTWARE="hardstand")
        if fitted.error_m is not None:
            file.update_tags(POSITION_ERROR_M=f"{fitted.error_m:.3f}")

    write_cog(target, parts, profile, masked=masked, describe=describe, overviews=True, overwrite=overwrite)


def _as_it_is(source: PlainImage) -> Iterator[tuple[Window, PixelPart]]:
    for row in range(0, source.height, _STRIP):
        window = Window(0, row, source.width, min(_STRIP, source.height - row))
        yield window, source.read(window)


def _corners(col: float, row: float, width: float, height: float) -> Floats:
    return np.array(
        [(col, row), (col + width, row), (col + width, row + height), (col, row + height)], np.float64
    )


def _north_up(matrix: Floats, source: PlainImage) -> tuple[Affine, int, int]:
    """Return a grid with north up that holds the whole image, its pixels as fine as the image's finest."""
    corners = _corners(0, 0, source.width, source.height)
    gsd = min(math.sqrt(abs(np.linalg.det(plane_transforms.jacobian_at(matrix, at)))) for at in corners)
    ground = plane_transforms.apply(matrix, corners)
    (left, bottom), (right, top) = ground.min(axis=0), ground.max(axis=0)
    size = math.ceil((right - left) / gsd), math.ceil((top - bottom) / gsd)
    return Affine(gsd, 0, left, 0, -gsd, top), *size


def _resampled(
    source: PlainImage, matrix: Floats, transform: Affine, width: int, height: int
) -> Iterator[tuple[Window, PixelPart]]:
    """Resample the image to another grid, block by block, each from the part of the image that it needs."""
    if source.dtype not in _RESAMPLED_TYPES:
        raise SceneError(
            f"{source.path}: its samples are of type {source.dtype}; save it with 8 or 16 bits per sample"
        )
    to_source = np.linalg.inv(matrix) @ np.array(transform).reshape(3, 3)
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])  # OpenCV counts from the centre of the first pixel
    for row in range(0, height, _BLOCK):
        for col in range(0, width, _BLOCK):
            block = Window(col, row, min(_BLOCK, width - col), min(_BLOCK, height - row))
            shape = block.height, block.width
            needed = plane_transforms.apply(to_source, _corners(*block.flatten()))
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
            yield block, PixelPart(pixels, mask.astype(np.uint8))
