"""The pictures of a task's page: the tile in its frame, and the surroundings.

North arrow, scale bar and words stand outside the tile's pixels. Into them only the boxes of neighbouring
tasks are drawn, dashed, clear of the task's own aircraft. What belongs to a box of the task is drawn by the
page itself, so that it moves with the box and goes with it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from annotate.labelstudio.region import Frame
from annotate.labelstudio.review_tiles import WIDER
from annotate.labelstudio.task_page import RENDERED
from detect.box import OrientedBox
from imagery.grid import Floats, Grid, PixelPoint
from imagery.overlay import Overlay, north_in_picture, scale_bar, shown_pixels
from imagery.tiling import Tile, TileImage, tile_of

Pixels = NDArray[np.uint8]

JPEG_QUALITY = 95
SIDE_PX = 700  # a tile is enlarged by a whole number towards this height
NARROWEST_PX = 420  # what the strip below needs for arrow, bar and words
STRIP_PX, BAND_PX = 60, 26  # heights of the strip below, and of the band above a rendered tile
EM_PX, ARROW_UNIT_PX = 14.0, 6.5
SURROUNDINGS_M, SURROUNDINGS_PX = 1000.0, 1024

GROUND, WARNING = (44, 44, 44), (176, 0, 32)  # red, green, blue
OWN, OTHER, EDGE = (0, 229, 255), (255, 170, 0), (0, 0, 0)
DASH_PX, GAP_PX = 7.0, 5.0
ROOM_PX = 8.0  # beyond a box that reaches past the scene, in pixels of the picture
SUBPIXEL_BITS = 4  # OpenCV draws at sixteenths of a pixel


class TaskPictures(NamedTuple):
    """The two pictures of a task, as JPEG files."""

    tile: bytes
    surroundings: bytes


def frame_of(tile: Tile, *, rendered: bool, boxes: Sequence[OrientedBox] = ()) -> Frame:
    """Return the frame of a tile's picture: enlarged where it has few pixels, with room for bar and arrow.

    Label Studio pushes a box that reaches past the picture back into it when it is touched, so beyond the
    edge of a scene the picture has a margin in which there is room for all of each box.

    Args:
        tile: What is shown.
        rendered: Whether the scene is not a photograph; then there is room for a warning.
        boxes: The task's own, in pixels of the tile.
    """
    zoom = max(1, round(SIDE_PX / max(tile.out_width / WIDER, tile.out_height)))
    whole = np.array([tile.out_width, tile.out_height]) * zoom
    low, high = np.zeros(2), whole.astype(float)
    for box in boxes:
        ring = _ring(Frame(0, 0, 0, 0, zoom).to_picture(box))
        low, high = np.minimum(low, ring.min(axis=0)), np.maximum(high, ring.max(axis=0))
    beyond = np.concatenate([-low, high - whole])
    left, above, right, below = np.where(beyond > 0, np.ceil(beyond + ROOM_PX), 0).astype(int).tolist()
    missing = max(0, NARROWEST_PX - left - right - int(whole[0]))
    top = above + (BAND_PX if rendered else 0)
    width, height = left + right + missing + int(whole[0]), top + int(whole[1]) + below + STRIP_PX
    return Frame(width, height, left + missing // 2, top, zoom)


def tile_picture(
    image: TileImage,
    frame: Frame,
    *,
    grid: Grid,
    rendered: bool,
    own: Sequence[OrientedBox],
    neighbours: Sequence[OrientedBox],
) -> bytes:
    """Return the picture of a tile as a JPEG file.

    Args:
        image: What was read of the tile.
        frame: Where it lies in the picture.
        grid: The scene's.
        rendered: Whether the scene is not a photograph; then the picture says so.
        own: The task's own boxes in tile pixels; nothing is drawn into them.
        neighbours: Boxes of other tasks, in tile pixels.
    """
    pixels = _enlarged(image, frame.zoom)
    inside = frame._replace(left=0, top=0)
    covered = _covered(pixels.shape, [inside.to_picture(box) for box in own])
    untouched = pixels.copy()
    for box in neighbours:
        _draw_dashed(pixels, inside.to_picture(box))
    cv2.copyTo(untouched, covered, pixels)
    return _jpeg(_framed(pixels, frame, image.tile, grid, rendered))


def surroundings_picture(
    image: TileImage, tile: Tile, *, grid: Grid, rendered: bool, boxes: Sequence[OrientedBox]
) -> bytes:
    """Return the picture of a tile's surroundings as a JPEG file, the tile and other tasks' boxes in it.

    Args:
        image: What was read of the surroundings.
        tile: What to mark.
        grid: The scene's.
        rendered: Whether the scene is not a photograph; then the picture says so.
        boxes: Those of other tasks, in pixels of the surroundings' tile.
    """
    around = image.tile
    frame = frame_of(around, rendered=rendered)
    pixels = _enlarged(image, frame.zoom)
    for box in boxes:
        _draw_dashed(pixels, frame._replace(left=0, top=0).to_picture(box))
    ends = PixelPoint(tile.col, tile.row), PixelPoint(tile.col + tile.width, tile.row + tile.height)
    near, far = (np.rint(np.multiply(around.to_tile(end), frame.zoom)).astype(int).tolist() for end in ends)
    for color, thickness in ((EDGE, 4), (OWN, 2)):
        cv2.rectangle(pixels, near, far, color, thickness)
    return _jpeg(_framed(pixels, frame, around, grid, rendered))


def surroundings_of(grid: Grid, tile: Tile) -> Tile:
    """Return the tile of about a kilometre around a tile, as far as the scene goes, all of the tile in it.

    It lies in steps of half a kilometre, so that tiles near each other share what has to be read: a square
    kilometre of a fine scene takes several times as long as the tile itself.
    """
    size, first, last = np.array(grid.gsd_xy_m()), np.array(tile[:2]), np.add(tile[:2], tile[2:4])
    reach = SURROUNDINGS_M / size / 2
    middle = (np.floor((first + last) / 2 / reach) + 0.5) * reach
    low = np.maximum(0, np.minimum(np.floor(middle - reach), first)).astype(int)
    high = np.minimum((grid.width, grid.height), np.maximum(np.ceil(middle + reach), last)).astype(int)
    extent = high - low
    gsd_m = max(*size, float((extent * size).max()) / SURROUNDINGS_PX)
    (col, row), (width, height) = low.tolist(), extent.tolist()
    return tile_of(grid, col, row, width, height, gsd_m)


def _enlarged(image: TileImage, zoom: int) -> Pixels:
    pixels = shown_pixels(image)
    if zoom == 1:
        return pixels
    return np.asarray(cv2.resize(pixels, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_CUBIC), np.uint8)


def _framed(pixels: Pixels, frame: Frame, tile: Tile, grid: Grid, rendered: bool) -> Pixels:
    """Return the picture with its frame: below it the strip, above it a warning where it is rendered."""
    rows, cols = pixels.shape[:2]
    below, right = frame.height - frame.top - rows, frame.width - frame.left - cols
    edges = (frame.top, below, frame.left, right)
    page = np.asarray(cv2.copyMakeBorder(pixels, *edges, cv2.BORDER_CONSTANT, value=GROUND), np.uint8)
    middle = tile.to_scene(PixelPoint(tile.out_width / 2, tile.out_height / 2))
    matrix = grid.ground_matrix(middle) * tile.scale / frame.zoom
    rounded = tuple(matrix.round(5).ravel().tolist())
    page[frame.height - STRIP_PX :] = _strip(frame.width, rounded, grid.placed)
    if rendered:
        page[:BAND_PX] = WARNING
        band = Overlay(frame.width, BAND_PX, EM_PX, np.zeros(2))
        band.draw_text(np.array([frame.width, BAND_PX]) / 2, RENDERED, "mm")
        _put(page[:BAND_PX], band)
    return page


@lru_cache(64)
def _strip(width: int, matrix: tuple[float, ...], placed: bool) -> Pixels:
    """Return the strip below a picture, with scale bar and north arrow: the same for most tiles of a scene.

    Args:
        width: In pixels.
        matrix: From picture pixels to metres east and north, row by row.
        placed: Whether it is known where north is.
    """
    to_ground = np.array(matrix).reshape(2, 2)
    strip = Overlay(width, STRIP_PX, EM_PX, np.zeros(2))
    strip.draw_scale(EM_PX, STRIP_PX - EM_PX, scale_bar(to_ground, width))
    if placed:
        center = np.array([width - STRIP_PX / 2 - EM_PX, STRIP_PX / 2])
        strip.draw_arrow(center, north_in_picture(to_ground), ARROW_UNIT_PX)
    rows = np.full((STRIP_PX, width, 3), GROUND, np.uint8)
    _put(rows, strip)
    return rows


def _put(rows: Pixels, overlay: Overlay) -> None:
    """Draw an overlay over rows of a page."""
    rows[:] = np.asarray(overlay.over(Image.fromarray(rows)))


def _covered(shape: tuple[int, ...], boxes: Sequence[OrientedBox]) -> Pixels:
    """Return a mask, (rows, cols) uint8: 1 where a picture shows something of a box."""
    covered = np.zeros(shape[:2], np.uint8)
    for box in boxes:  # one by one: what two of them cover would be left out
        cv2.fillPoly(covered, [_subpixels(_ring(box))], 1, shift=SUBPIXEL_BITS)
    return covered


def _draw_dashed(pixels: Pixels, box: OrientedBox) -> None:
    """Draw the outline of a box that belongs to another task."""
    ring = _ring(box)
    dashes: list[NDArray[np.int32]] = []
    for start, end in zip(ring, np.roll(ring, -1, axis=0), strict=True):
        length = float(np.hypot(*(end - start)))
        begins = np.arange(0, length, DASH_PX + GAP_PX)
        along = np.column_stack([begins, np.minimum(begins + DASH_PX, length)]) / length
        dashes.extend(_subpixels(start + along[..., None] * (end - start)))
    for color, thickness in ((EDGE, 4), (OTHER, 2)):
        cv2.polylines(pixels, dashes, False, color, thickness, cv2.LINE_AA, SUBPIXEL_BITS)


def _axes(box: OrientedBox) -> tuple[Floats, Floats]:
    """Return the vectors from the middle of a box to its nose and to the tip of its right wing."""
    sine, cosine = math.sin(math.radians(box.angle_deg)), math.cos(math.radians(box.angle_deg))
    return np.array([sine, -cosine]) * box.length / 2, np.array([cosine, sine]) * box.width / 2


def _ring(box: OrientedBox) -> Floats:
    """Return the corners of a box, (4, 2)."""
    nose, wing = _axes(box)
    return np.array([nose + wing, nose - wing, -nose - wing, -nose + wing]) + box.center


def _subpixels(points: Floats) -> NDArray[np.int32]:
    """Return continuous pixel points as OpenCV draws them: it counts from the middle of the first pixel."""
    return np.rint((points - 0.5) * (1 << SUBPIXEL_BITS)).astype(np.int32)


def _jpeg(pixels: Pixels) -> bytes:
    _, encoded = cv2.imencode(
        ".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
    )
    return encoded.tobytes()
