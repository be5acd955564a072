"""A picture of compared scenes side by side, the same ground at the same place, candidates marked."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import PurePath

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from detect.box import OrientedBox, corners
from detect.candidate import Candidate
from detect.compared import ComparedPlace, SceneComparison, State
from imagery.files import check_png, whole_file
from imagery.grid import Floats, Grid, PixelPoint
from imagery.overlay import Overlay, north_in_picture, scale_bar, shown_pixels
from imagery.registration.laid_image import laid_image
from imagery.scene import Scene
from imagery.tiling import Tile, tile_of

Pixels = NDArray[np.uint8]

SIDE_PX = 900  # the longer side of one of the two
GAP_PX, EM_PX, STRIP_PX, BAND_PX = 8, 15.0, 64, 30
GROUND, WARNING = (44, 44, 44), (176, 0, 32)
# By lightness too, and each is drawn in one scene only or in both: no colour is needed to tell them apart.
COLORS: dict[State, tuple[int, int, int]] = {
    "appeared": (90, 255, 120),
    "went": (255, 90, 80),
    "stayed": (0, 200, 255),
    "not comparable": (190, 190, 190),
}
ROOM_M = 30.0  # of ground around what both show
SUBPIXEL_BITS = 4


def numbered(comparison: SceneComparison) -> list[tuple[int, ComparedPlace]]:
    """Return the places that are listed and marked with a number: all that did not just stay."""
    changed = [place for place in comparison.places if place.state != "stayed" or place.size_differs]
    return list(enumerate(changed, 1))


def write_comparisons(
    compared: Sequence[tuple[SceneComparison, Scene, Scene]],
    path: str | os.PathLike[str],
    *,
    overwrite: bool = False,
) -> None:
    """Write a picture of comparisons, one below the other, the earlier scene left, the later one right.

    Args:
        compared: Each with its scenes, open.
        path: A PNG, written whole or not at all.
        overwrite: Replace a file that is there.

    Raises:
        UsageError: ``path`` does not end in ``.png``, is there already or cannot be written.
        SceneError: A scene is damaged.
    """
    check_png(path, "the picture")
    with whole_file(path, overwrite=overwrite) as temporary:
        rows = [_row(*each) for each in compared]
        width = max(row.shape[1] for row in rows)
        page = [
            cv2.copyMakeBorder(row, 0, 0, 0, width - row.shape[1], cv2.BORDER_CONSTANT, value=GROUND)
            for row in rows
        ]
        Image.fromarray(np.vstack(page)).save(temporary, format="PNG")


def _row(comparison: SceneComparison, scene: Scene, other: Scene) -> Pixels:
    tile = _common_tile(comparison, scene, other)
    laid = comparison.laid
    pictures = (
        shown_pixels(scene.read(tile)),
        shown_pixels(laid_image(scene.grid, tile, other, laid.in_later)),
    )
    for picture, later in zip(pictures, (False, True), strict=True):
        _draw(picture, comparison, scene.grid, tile, other.grid, later=later)
    matrix = scene.grid.ground_matrix(scene.grid.center) * tile.scale
    page = [
        _framed(picture, opened, matrix, words)
        for picture, opened, words in zip(pictures, (scene, other), _legend(comparison), strict=True)
    ]
    gap = np.full((page[0].shape[0], GAP_PX, 3), GROUND, np.uint8)
    return np.hstack([page[0], gap, page[1]])


def _common_tile(comparison: SceneComparison, scene: Scene, other: Scene) -> Tile:
    """Return the part of the earlier scene that both show, with some ground around it."""
    marks = np.array([(x, y) for x in (0, 0.5, 1) for y in (0, 0.5, 1)])
    edge = marks * (other.grid.width, other.grid.height)
    ends = np.array(
        [
            scene.grid.pixel(comparison.laid.in_earlier(other.grid.lonlat(PixelPoint(*point))))
            for point in edge.tolist()
        ]
    )
    room = ROOM_M / np.array(scene.grid.gsd_xy_m())
    extent = (scene.grid.width, scene.grid.height)
    low = np.clip(np.floor(ends.min(axis=0) - room), 0, extent).astype(int)
    high = np.clip(np.ceil(ends.max(axis=0) + room), 0, extent).astype(int)
    (col, row), (width, height) = low.tolist(), np.maximum(high - low, 1).tolist()
    size = scene.grid.gsd_xy_m()
    return tile_of(scene.grid, col, row, width, height, max(width * size.x, height * size.y) / SIDE_PX)


def _draw(
    picture: Pixels, comparison: SceneComparison, grid: Grid, tile: Tile, other: Grid, *, later: bool
) -> None:
    """Draw the boxes of one scene, and where the other has a candidate a thin one without."""
    numbers = {id(place): number for number, place in numbered(comparison)}
    for place in reversed(comparison.places):
        here, there = (place.after, place.before) if later else (place.before, place.after)
        candidate = here or there
        if candidate is None:
            continue
        ring = _ring(candidate, comparison, grid, tile, other, of_later=(here is not None) == later)
        color, number = COLORS[place.state], numbers.get(id(place))
        if here is None:
            _dashed(picture, ring, color)
        else:
            for shade, thickness in (((0, 0, 0), 4), (color, 2)):
                cv2.polylines(picture, [_subpixels(ring)], True, shade, thickness, cv2.LINE_AA, SUBPIXEL_BITS)
        if number is not None:
            x, y = ring.max(axis=0) + np.array([4, -2])
            for shade, thickness in (((0, 0, 0), 4), (color, 1)):
                at = (round(float(x)), round(float(y)))
                cv2.putText(
                    picture, str(number), at, cv2.FONT_HERSHEY_SIMPLEX, 0.55, shade, thickness, cv2.LINE_AA
                )


def _ring(
    candidate: Candidate,
    comparison: SceneComparison,
    grid: Grid,
    tile: Tile,
    other: Grid,
    *,
    of_later: bool,
) -> Floats:
    """Return the corners of a candidate's box in pixels of the picture."""
    box: OrientedBox = candidate.box
    own = other if of_later else grid
    ring = corners(box, own.ground_matrix(box.center))
    if of_later:
        places = (comparison.laid.in_earlier(other.lonlat(PixelPoint(*point))) for point in ring.tolist())
        ring = np.array([grid.pixel(place) for place in places])
    return np.array([tile.to_tile(PixelPoint(*point)) for point in ring.tolist()])


def _dashed(picture: Pixels, ring: Floats, color: tuple[int, int, int]) -> None:
    parts = [
        _subpixels(np.array([start + (end - start) * begin, start + (end - start) * (begin + 0.15)]))
        for start, end in zip(ring, np.roll(ring, -1, axis=0), strict=True)
        for begin in (0.0, 0.25, 0.5, 0.75)
    ]
    for shade, thickness in (((0, 0, 0), 2), (color, 1)):
        cv2.polylines(picture, parts, False, shade, thickness, cv2.LINE_AA, SUBPIXEL_BITS)


def _subpixels(points: Floats) -> NDArray[np.int32]:
    """Return continuous pixel points as OpenCV draws them: it counts from the middle of the first pixel."""
    return np.rint((points - 0.5) * (1 << SUBPIXEL_BITS)).astype(np.int32)


def _legend(comparison: SceneComparison) -> tuple[str, str]:
    counts = comparison.counts
    return (
        f"red: went ({counts['went']})   blue: stayed ({counts['stayed']})",
        f"green: appeared ({counts['appeared']})   grey: not comparable ({counts['not comparable']})   "
        "dashed: only in the other scene",
    )


def _framed(picture: Pixels, scene: Scene, matrix: Floats, words: str) -> Pixels:
    """Return a scene's picture with its name and time above, and scale bar, north and legend below."""
    width = picture.shape[1]
    band = np.full((BAND_PX, width, 3), WARNING if scene.rendered else GROUND, np.uint8)
    when = scene.acquisition.text or "time unknown"
    title = f"{when}  {ascii(PurePath(scene.path).name)[1:-1]}"
    if scene.rendered:
        title = f"RENDERED, not a photograph: {title}"
    head = Overlay(width, BAND_PX, EM_PX, np.zeros(2))
    head.draw_text(np.array([EM_PX / 2, BAND_PX / 2]), title[: int(width / EM_PX / 0.5)], "lm")
    strip = Overlay(width, STRIP_PX, EM_PX, np.zeros(2))
    strip.draw_scale(EM_PX, STRIP_PX - 0.5 * EM_PX, scale_bar(matrix, width))
    strip.draw_arrow(np.array([width - 2 * EM_PX, STRIP_PX / 2]), north_in_picture(matrix), 6.5)
    strip.draw_text(np.array([0.35 * width, STRIP_PX / 2]), words, "lm")
    foot = np.full((STRIP_PX, width, 3), GROUND, np.uint8)
    return np.vstack(
        [
            np.asarray(head.over(Image.fromarray(band))),
            picture,
            np.asarray(strip.over(Image.fromarray(foot))),
        ]
    )
