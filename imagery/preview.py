"""A picture of a scene for a person to check: is it where, how large and which way round the file says?

The picture is one tile that covers the scene, so it keeps the image's orientation, and "picture pixels" are
that tile's. AOI, tiles, north, scale bar and airfield come from the grid alone: where the georeference is
wrong, they do not fit what the picture shows.
"""

from __future__ import annotations

import math
import os
import textwrap
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyproj
import shapely
from PIL import Image
from shapely.affinity import translate
from shapely.geometry.base import BaseGeometry

from imagery.airfields import NearestAirfield
from imagery.files import check_png, whole_file
from imagery.grid import WGS84, Floats, Grid, PixelPoint
from imagery.overlay import (
    BLACK,
    CLEAR,
    SHARPER,
    WHITE,
    Overlay,
    ScaleBar,
    length_text,
    north_in_picture,
    scale_bar,
    shown_pixels,
)
from imagery.scene import Scene
from imagery.tiling import Tile, tile_of
from imagery.words import counted

LARGEST_PAGE_PX = 1600
LARGEST_PX = (1600, 1360)  # of the picture; the caption below it has the rest of the page
SMALLEST_PX = 600  # the longer side of a small scene's picture
SMALLEST_STAGE_PX = (480, 240)  # a scene that is a thin strip gets grey around it, where what is drawn fits
SMALLEST_BOX_PX = 5.0  # from its middle to a corner
FINEST_TILES_PX = 6  # the edges of smaller tiles would hide the picture

DARKER, TILE_EDGES = (0, 0, 0, 110), (90, 230, 255, 120)
AOI_EDGE, AIRFIELD, BOX_EDGE = (255, 170, 0, 255), (230, 30, 60, 255), (0, 229, 255, 255)
PAGE, CAPTION, WARNING = (44, 44, 44, 255), (232, 232, 232, 255), (176, 0, 32, 255)


def preview_tile(grid: Grid) -> Tile:
    """Return the tile that is the picture: the whole scene, square on the ground, as large as a screen."""
    size = grid.gsd_xy_m()
    extent_m = (grid.width * size.x, grid.height * size.y)
    finest = min(*size, max(extent_m) / SMALLEST_PX)
    coarse = (metres / pixels for metres, pixels in zip(extent_m, LARGEST_PX, strict=True))
    return tile_of(grid, 0, 0, grid.width, grid.height, max(finest, *coarse))


def ground_matrix(grid: Grid, tile: Tile) -> Floats:
    """Return the (2, 2) metres (east, north) of a picture pixel right and down, in the scene's middle."""
    return grid.ground_matrix(grid.center) * tile.scale


def area_in_picture(grid: Grid, tile: Tile, area: BaseGeometry) -> BaseGeometry:
    """Return an area on Earth in picture pixels.

    Only what is near the picture is kept, since a projection may know no numbers for places far away.

    Args:
        grid: The scene's grid.
        tile: The picture, see `preview_tile`.
        area: Polygon or MultiPolygon in lon/lat, cut at the antimeridian as RFC 7946 says.
    """
    middle = grid.lonlat(grid.center).lon
    edge = shapely.segmentize(shapely.box(0, 0, grid.width, grid.height), max(grid.width, grid.height) / 8)
    outline = grid.lonlats(shapely.get_coordinates(edge))
    outline[:, 0] -= 360 * np.round((outline[:, 0] - middle) / 360)
    low, high = outline.min(axis=0), outline.max(axis=0)
    near = shapely.box(*(2 * low - high), *(2 * high - low))
    turned = [shapely.make_valid(translate(area, turn)) & near for turn in (-360, 0, 360)]
    # An edge that is straight in lon/lat is curved in the picture.
    whole = shapely.segmentize(shapely.union_all(turned), float((high - low).max()) / 100)
    placed = shapely.transform(whole, lambda places: grid.pixels(places) / tile.scale)
    return shapely.make_valid(placed).buffer(0)  # polygons only


def write_preview(
    scene: Scene,
    path: str | os.PathLike[str],
    *,
    tiles: list[Tile],
    aoi: BaseGeometry | None = None,
    nearest: NearestAirfield | None = None,
    boxes: Sequence[Floats] = (),
    overwrite: bool = False,
) -> None:
    """Write a picture of a scene with its tiles, AOI, airfield, true north and a scale bar drawn on it.

    Where the scene has no place on Earth, only tiles and bar are drawn.

    Args:
        scene: What to show; it is read once, thinned out.
        path: A PNG of at most 1600 pixels a side, written whole or not at all.
        tiles: The tiles whose edges are drawn.
        aoi: Polygon or MultiPolygon in lon/lat: outlined, and what is outside of it darkened.
        nearest: The airfield whose reference point is marked, or pointed to where it is not in the picture.
        boxes: Corners of candidates, each (4, 2) in scene pixels: outlined, and numbered from 1.
        overwrite: Replace a file that is there.

    Raises:
        UsageError: ``path`` does not end in ``.png``, is there already or cannot be written.
        SceneError: The scene is damaged.
    """
    check_png(path, "a preview")
    grid, tile = scene.grid, preview_tile(scene.grid)
    matrix = ground_matrix(grid, tile)
    with whole_file(path, overwrite=overwrite) as temporary:
        drawing = _Drawing(tile)
        if aoi is not None and grid.placed:
            drawing.draw_aoi(area_in_picture(grid, tile, aoi))
        drawing.draw_tiles(tiles)
        drawing.draw_boxes(boxes)
        right = True  # where north and the bar go: the half that leaves the airfield free
        if nearest and grid.placed:
            place = nearest.airfield.lonlat
            at = tile.to_tile(grid.pixel(place))
            far_m = float(WGS84.inv(*grid.lonlat(grid.center), *place)[2])
            if np.isfinite(at).all():
                right = at.col <= tile.out_width / 2
                drawing.draw_airfield(np.array(at), nearest.airfield.icao, far_m)
        if grid.placed:
            drawing.draw_north(north_in_picture(matrix), right)
        drawing.draw_bar(scale_bar(matrix, drawing.stage[0]), right)
        drawing.draw_caption(_caption(scene, len(tiles), len(boxes)), scene.rendered)
        picture = Image.fromarray(shown_pixels(scene.read(tile)))
        drawing.page_with(picture).save(temporary, format="PNG")


def _caption(scene: Scene, tile_count: int, box_count: int) -> list[str]:
    grid, when = scene.grid, scene.acquisition
    # What follows an address may be a key to it.
    name = scene.path.partition("?")[0] if "://" in scene.path else scene.path
    size = grid.gsd_xy_m()
    square = abs(size.x / size.y - 1) < 0.01
    crs = grid.crs_name or "no place on Earth"
    if grid.crs and not crs.startswith("EPSG:"):
        crs = f"CRS without a code ({pyproj.CRS.from_wkt(grid.crs.to_wkt()).name[:50]})"
    facts = [crs, f"GSD {grid.gsd_m():.3g} m" if square else f"GSD {size.x:.3g} x {size.y:.3g} m"]
    facts.append(f"{grid.width} x {grid.height} px")
    facts += [
        counted(count, name) for count, name in ((tile_count, "tile"), (box_count, "candidate")) if count
    ]
    if grid.placed and np.linalg.det(grid.ground_matrix(grid.center)) > 0:
        facts.append("MIRROR IMAGE of the ground")
    return [
        ascii(Path(name).name)[1:-1],  # Pillow's font has no other letters
        ", ".join(facts),
        f"acquired {when.text} (to the {when.precision})" if when.text else "acquisition time unknown",
    ]


class _Drawing(Overlay):
    """What lies over the picture, and the caption below it. Coordinates are picture pixels.

    Attributes:
        stage: Width and height of the picture and of the grey around it where it is a thin strip.
    """

    def __init__(self, tile: Tile) -> None:
        self._tile = tile
        self._extent = np.array([tile.out_width, tile.out_height])
        self.stage = np.maximum(self._extent, SMALLEST_STAGE_PX)
        self._offset = (self.stage - self._extent) // 2
        self._low, self._high = -self._offset, self.stage - self._offset  # the stage's corners
        em = float(np.clip(self.stage.max() / 64, 13, 22))
        super().__init__(int(self.stage[0]), LARGEST_PAGE_PX, em, self._offset)
        self._bottom = 0

    def page_with(self, picture: Image.Image) -> Image.Image:
        """Return the page: the picture with all that was drawn."""
        self._layer = self._layer.crop((0, 0, self._layer.width, self._bottom * SHARPER))
        page = Image.new("RGBA", (int(self.stage[0]), self._bottom), PAGE)
        page.paste(picture, (int(self._offset[0]), int(self._offset[1])))
        return self.over(page)

    def draw_tiles(self, tiles: list[Tile]) -> None:
        for tile in tiles:
            near = self._tile.to_tile(PixelPoint(tile.col, tile.row))
            far = self._tile.to_tile(PixelPoint(tile.col + tile.width, tile.row + tile.height))
            if min(far.col - near.col, far.row - near.row) >= FINEST_TILES_PX:
                (x0, y0), (x1, y1) = self._path([near, far])
                self._draw.rectangle((x0, y0, x1 - 1, y1 - 1), outline=TILE_EDGES, width=SHARPER)

    def draw_boxes(self, boxes: Sequence[Floats]) -> None:
        """Draw outlines, and around them their numbers; a box too small to be seen is drawn larger."""
        scale = np.array(self._tile.scale)
        for number, ring in enumerate(boxes, 1):
            corners = (ring - (self._tile.col, self._tile.row)) / scale
            middle = corners.mean(axis=0)
            reach = float(np.hypot(*(corners - middle).T).max())
            corners = middle + (corners - middle) * max(1.0, SMALLEST_BOX_PX / reach)
            path = self._path(corners)
            for color, wide in ((BLACK, 3.0), (BOX_EDGE, 1.6)):
                self._draw.line([*path, path[0]], color, round(wide * SHARPER), "curve")
            left, top = corners.min(axis=0)
            self.draw_text(np.array([left, top]), str(number), "rb")

    def draw_aoi(self, area: BaseGeometry) -> None:
        picture = shapely.box(0, 0, *self._extent)
        self._draw.polygon(self._path(shapely.get_coordinates(picture)), fill=DARKER)
        inside = [part for part in shapely.get_parts(area & picture) if part.area]
        # The largest first, so that an island in a hole is drawn after the hole.
        for polygon in sorted(inside, key=lambda part: -shapely.Polygon(part.exterior).area):
            self._draw.polygon(self._path(polygon.exterior.coords), fill=CLEAR)
            for hole in polygon.interiors:
                self._draw.polygon(self._path(hole.coords), fill=DARKER)
        edges = [part for part in shapely.get_parts(area.boundary & picture) if part.length]
        for color, wide in ((BLACK, 0.32), (AOI_EDGE, 0.18)):
            for edge in edges:
                self._draw.line(self._path(edge.coords), color, round(wide * self._em * SHARPER), "curve")

    def draw_airfield(self, at: Floats, icao: str, far_m: float) -> None:
        em = self._em
        if (at >= 0).all() and (at <= self._extent).all():
            for color, radius, width in ((WHITE, 0.75, 0.45), (AIRFIELD, 0.65, 0.25)):
                ring = self._path([at - radius * em, at + radius * em])
                self._draw.ellipse(ring, outline=color, width=round(width * em * SHARPER))
            side = -1 if at[0] > self._extent[0] / 2 else 1
            self.draw_text(at + np.array([side * 1.2 * em, 0]), icao, "rm" if side < 0 else "lm")
            return
        ahead = (at - self._extent / 2) / np.hypot(*(at - self._extent / 2))
        reach = np.min((self.stage / 2 - em) / np.maximum(np.abs(ahead), 1e-9))
        tip = self._extent / 2 + ahead * reach
        tail, across = tip - ahead * 1.6 * em, ahead[::-1] * [-0.7 * em, 0.7 * em]
        self._shape([tip, tail + across, tail - across], AIRFIELD, WHITE)
        label = f"{icao} {length_text(far_m)}"
        room = self._draw.textlength(label, self._font) / SHARPER / 2 + 0.5 * em
        self.draw_text(tail - ahead * [room, 1.6 * em], label, "mm")

    def draw_north(self, ahead: Floats, right: bool) -> None:
        em = self._em
        center = np.array([self._high[0] - 4 * em if right else self._low[0] + 4 * em, self._low[1] + 4 * em])
        self.draw_arrow(center, ahead, em)

    def draw_bar(self, bar: ScaleBar, right: bool) -> None:
        em = self._em
        start = self._high[0] - 1.5 * em - bar.length_px if right else self._low[0] + 1.5 * em
        self.draw_scale(start, self._high[1] - 1.2 * em, bar)

    def draw_caption(self, lines: list[str], rendered: bool) -> None:
        em, left, top = self._em * SHARPER, self._em * SHARPER, int(self.stage[1]) * SHARPER
        letters = int(self._layer.width / em / 0.56) - 2
        wrap = textwrap.TextWrapper(letters, max_lines=2, placeholder="...").wrap
        rows = [row for line in lines for row in wrap(line)]
        self._bottom = int(self.stage[1]) + math.ceil((len(rows) * 1.35 + 0.8 + 1.7 * rendered) * self._em)
        self._draw.rectangle((0, top, self._layer.width, self._bottom * SHARPER), fill=CAPTION)
        if rendered:
            self._draw.rectangle((0, top, self._layer.width, top + 1.7 * em), fill=WARNING)
            self._draw.text((left, top + 0.85 * em), "RENDERED, not a photograph", WHITE, self._font, "lm")
            top += round(1.7 * em)
        for row, line in enumerate(rows):
            self._draw.text((left, top + (1.1 + 1.35 * row) * em), line, BLACK, self._font, "lm")
