"""What a scan saw of a scene: how much ground, and how it looked, beside what the detector was measured on.

A detector's figures hold for scenes like those that they were measured on. `Measured` says which these
are; a scene outside is searched all the same, and a line says what it lies outside of.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Self

import cv2
import numpy as np
import shapely
from rasterio.features import shapes

from detect.arrays import Bools, Ints
from detect.blur import SHARP_PX, edge_blur_px
from detect.cloud import clouds_in
from detect.detector import Detector
from detect.gradients import grey_of
from detect.limits import SHOWN_PX, SceneLimits, ground_resolution_m
from imagery.area import area_on_earth, polygons_of
from imagery.scene import Scene
from imagery.tiling import TileImage

LATTICE_M = 10.0  # between the points at which the searched ground is counted: a thousandth of a km² is ten
MOST_POINTS = 2000  # in each direction, of a scene that is very large
LEAST_CELLS = 9  # of an outline: single black pixels are no gap
BLUR_TILE_PX = 512  # of a tile's sides that are looked at for blur
BLURRED = 1.25  # times the pixels of a tile from which on blur is beyond its measurement's error
OUTLINE_CELLS = 1.0  # by which an outline may be off
SATURATED = 254  # grey values from here on tell nothing apart
DARKEST, BRIGHTEST = 0.05, 0.95  # shares of the pixels, between which the contrast is taken


class Measured(NamedTuple):
    """The scenes that a detector was measured on; None for what nobody looked at.

    Attributes:
        gsd_m: The finest and the coarsest metres per pixel.
        bands: How many bands were looked at: 1, or 3, or both.
        least_contrast: Grey values of 255 between the 5th and the 95th hundredth.
        most_saturated: Share of the pixels at the top of the range, 0..1.
        found_px: Pixels of an aircraft's longer side from which on three of four were found.
    """

    gsd_m: tuple[float, float] | None = None
    bands: tuple[int, ...] | None = None
    least_contrast: float | None = None
    most_saturated: float | None = None
    found_px: float | None = None

    @classmethod
    def from_json(cls, members: Mapping[str, Any]) -> Self:
        """Read what `training.json` says.

        Raises:
            ValueError: A member is unknown or makes no sense; the message says which.
        """
        unknown = set(members) - set(cls._fields)
        if unknown:
            raise ValueError(f"'{min(unknown)}' is not one of {', '.join(cls._fields)}")
        gsd_m, bands = members.get("gsd_m"), members.get("bands")
        if gsd_m is not None and not (len(gsd_m) == 2 and 0 < gsd_m[0] <= gsd_m[1] < math.inf):
            raise ValueError("'gsd_m' is not the finest and the coarsest metres per pixel")
        if bands is not None and not (bands and set(bands) <= {1, 3}):
            raise ValueError("'bands' is not a list of 1 and 3")
        bounds = [members.get(name) for name in ("least_contrast", "most_saturated", "found_px")]
        contrast, saturated, found_px = (None if bound is None else float(bound) for bound in bounds)
        return cls(
            None if gsd_m is None else (float(gsd_m[0]), float(gsd_m[1])),
            None if bands is None else tuple(bands),
            contrast,
            saturated,
            found_px,
        )


class Searched:
    """The ground that was searched of a scene, and its grey values; the tiles' order does not matter."""

    def __init__(self, scene: Scene) -> None:
        """Start with nothing searched."""
        self._scene = scene
        size = scene.grid.gsd_xy_m()
        sides = (scene.grid.width, size.x), (scene.grid.height, size.y)
        counts = [min(MOST_POINTS, max(1, round(side * metres / LATTICE_M))) for side, metres in sides]
        self._cols, self._rows = (
            (np.arange(count) + 0.5) * side / count for count, (side, _) in zip(counts, sides, strict=True)
        )
        self._valid = np.zeros((counts[1], counts[0]), np.bool_)
        self._cloud = np.zeros_like(self._valid)
        self._greys: Ints = np.zeros(256, np.int_)
        self._blurs_m: list[float] = []
        self._bands = 0

    def add(self, image: TileImage) -> None:
        """Count a tile that was searched."""
        self._bands = image.pixels.shape[2]
        tile = image.tile
        (col, row), (right, below) = (
            (
                np.searchsorted(self._cols, tile.col + shift * tile.width),
                np.searchsorted(self._rows, tile.row + shift * tile.height),
            )
            for shift in (0, 1)
        )
        across, down = tile.scale
        cols = ((self._cols[col:right] - tile.col) / across).astype(int).clip(0, tile.out_width - 1)
        rows = ((self._rows[row:below] - tile.row) / down).astype(int).clip(0, tile.out_height - 1)
        self._valid[row:below, col:right] |= image.valid[np.ix_(rows, cols)]
        cloud = clouds_in(image.pixels, image.valid, image.gsd_m)
        down_cells, across_cells = (
            points * count // size
            for points, count, size in zip((rows, cols), cloud.shape, image.valid.shape, strict=True)
        )
        self._cloud[row:below, col:right] |= cloud[np.ix_(down_cells, across_cells)]
        grey = grey_of(image.pixels)
        part = slice(BLUR_TILE_PX), slice(BLUR_TILE_PX)
        blur_px = edge_blur_px(grey[part], image.valid[part])
        if blur_px is not None:
            self._blurs_m.append(blur_px * image.gsd_m)
        greys = cv2.calcHist([grey], [0], image.valid.astype(np.uint8), [256], [0, 256])
        self._greys += greys.ravel().astype(np.int_)

    @property
    def km2(self) -> float:
        """The ground that holds data, within the area of interest."""
        valid: Bools = self._valid
        if self._scene.aoi is not None:
            points = np.stack(np.meshgrid(self._cols, self._rows), axis=-1)[valid]
            valid = np.asarray(shapely.contains_xy(self._scene.aoi, *self._scene.grid.lonlats(points).T))
        cell_px = (self._scene.grid.width / len(self._cols)) * (self._scene.grid.height / len(self._rows))
        size = self._scene.grid.gsd_xy_m()
        return float(valid.sum()) * cell_px * size.x * size.y / 1e6

    @property
    def area(self) -> shapely.MultiPolygon | None:
        """The ground that holds data, within the area of interest; None where the scene has no place."""
        return self._on_earth(self._valid)

    def limits(self, detector: Detector) -> SceneLimits:
        """Return what the scene cannot show, as far as the tiles tell.

        Args:
            detector: What searched it; where it was measured, its ``measured`` says by how many pixels.
        """
        scene, cloud = self._scene, self._clouds() & self._valid
        gsd_m, off_nadir_deg = scene.grid.gsd_m(), scene.provenance.off_nadir_deg
        # Blur shows only where it is coarser than the pixels of the tiles it was measured in.
        blur_m = float(np.median(self._blurs_m)) / SHARP_PX if self._blurs_m else 0.0
        seen_m = max(gsd_m, detector.working_gsd_m(gsd_m))
        found_px = getattr(detector, "measured", Measured()).found_px
        resolution_m = ground_resolution_m(gsd_m, off_nadir_deg, blur_m * (blur_m > BLURRED * seen_m))
        return SceneLimits(
            resolution_m=round(resolution_m, 3),
            shown_from_m=round(SHOWN_PX * resolution_m, 1),
            found_from_m=None if found_px is None else round(found_px * max(resolution_m, seen_m), 1),
            cloud_share=round(float(cloud.sum() / max(1, self._valid.sum())), 3),
            cloud_stated=scene.provenance.cloud_share,
            clouds=self._on_earth(cloud),
        )

    def _clouds(self) -> Bools:
        """Return which cells a cloud hides: as the provider outlines them, else as measured in the image."""
        outlines = self._scene.cloud_outlines
        if outlines is None or outlines.area is None:
            return self._cloud
        in_pixels = shapely.transform(outlines.area, self._scene.grid.pixels)
        shapely.prepare(in_pixels)
        return np.asarray(shapely.contains_xy(in_pixels, *np.meshgrid(self._cols, self._rows)))

    @property
    def cloud_notes(self) -> tuple[str, ...]:
        """Say that a provider's outlines of clouds cannot be used."""
        outlines = self._scene.cloud_outlines
        if outlines is None or outlines.problem is None:
            return ()
        return (f"{outlines.source}: {outlines.problem}; clouds are measured in the image instead",)

    def _on_earth(self, cells: Bools) -> shapely.MultiPolygon | None:
        grid = self._scene.grid
        cell = grid.width / len(self._cols), grid.height / len(self._rows)
        shape = shapely.transform(_outline(cells), lambda points: points * cell)
        area = area_on_earth(grid, shape)
        if area is None or self._scene.aoi is None:
            return area
        return polygons_of(shapely.intersection(area, self._scene.aoi))

    def outside(self, measured: Measured) -> tuple[str, ...]:
        """Say in words what of the scene is outside of what a detector was measured on."""
        gsd_m, bands = self._scene.grid.gsd_m(), self._bands
        contrast, saturated = self._contrast, self._saturated
        words = []
        if measured.gsd_m and not measured.gsd_m[0] <= round(gsd_m, 2) <= measured.gsd_m[1]:
            finest, coarsest = measured.gsd_m
            words.append(f"{gsd_m:.2g} m per pixel: the network was measured on {finest:g} to {coarsest:g} m")
        if measured.bands and bands and bands not in measured.bands:
            words.append(f"{_colours(bands)}: the network was measured on {_colours(*measured.bands)}")
        if measured.least_contrast is not None and contrast < measured.least_contrast:
            words.append(
                f"hardly any contrast ({contrast:.0f} grey values of 255): the network was measured on "
                f"{measured.least_contrast:g} and more"
            )
        if measured.most_saturated is not None and saturated > measured.most_saturated:
            words.append(
                f"{saturated:.0%} of the pixels saturated: the network was measured on up to "
                f"{measured.most_saturated:.0%}"
            )
        return tuple(f"{line}; expect misses and false alarms" for line in words)

    @property
    def _contrast(self) -> float:
        below = np.cumsum(self._greys)
        darkest, brightest = (np.searchsorted(below, share * below[-1]) for share in (DARKEST, BRIGHTEST))
        return float(brightest - darkest)

    @property
    def _saturated(self) -> float:
        return float(self._greys[SATURATED:].sum() / max(1, self._greys.sum()))


def _outline(cells: Bools) -> shapely.Geometry:
    """Return the polygons around the cells that are set, in cells; specks and gaps of a few are left out."""
    if cells.all():
        return shapely.box(0, 0, cells.shape[1], cells.shape[0])
    found = (shape for shape, _ in shapes(cells.astype(np.uint8), mask=cells))
    outlines = (shapely.Polygon(rings[0], rings[1:]) for rings in (shape["coordinates"] for shape in found))
    return shapely.union_all(
        [
            shapely.simplify(shapely.Polygon(outline.exterior, _large(outline.interiors)), OUTLINE_CELLS)
            for outline in outlines
            if outline.area >= LEAST_CELLS
        ]
    )


def _large(holes: Iterable[shapely.LinearRing]) -> list[shapely.LinearRing]:
    return [hole for hole in holes if shapely.Polygon(hole).area >= LEAST_CELLS]


def _colours(*bands: int) -> str:
    return " and ".join({1: "one band", 3: "colours"}[count] for count in bands)
