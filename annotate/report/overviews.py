"""Each scene as a drawing: its picture, the aircraft with their numbers, and what no person has seen."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import shapely

from annotate.log.entries import Sighting
from annotate.query.searched_scenes import SearchedScene
from annotate.report.ground_pictures import GroundPictures
from annotate.report.pictures import EmbeddedPicture
from imagery.grid import Grid

BLANK_PX = 1000  # longer side of a scene without a picture
LETTER_SHARE = 0.034  # height of a number over the drawing's longer side
HATCHES = 60  # lines across a drawing's longer side
RINGS, WAYS = 14, 16  # around a mark: where its number is tried, ever further out


class NumberedMark(NamedTuple):
    """An aircraft in a drawing, in its pixels.

    Attributes:
        number: Its number on the page.
        x: Its middle.
        y: Its middle.
        label_x: The middle of its number, which lies on no other and on no mark.
        label_y: The same.
        title: What it is, in words.
    """

    number: int
    x: float
    y: float
    label_x: float
    label_y: float
    title: str


class Overview(NamedTuple):
    """A scene as it is drawn.

    Attributes:
        scene: The scene.
        picture: Its picture; None where its file is not at hand.
        width: Of the drawing, in its pixels.
        height: The same.
        letter: Height of a number.
        marks: The aircraft.
        unseen: Path that outlines and hatches what no person has seen; empty for nothing, or if not known.
        not_shown: How many more aircraft were seen in it that this page does not show.
    """

    scene: SearchedScene
    picture: EmbeddedPicture | None
    width: int
    height: int
    letter: float
    marks: list[NumberedMark]
    unseen: str
    not_shown: int


def overview_of(
    scene: SearchedScene,
    shown: SearchedScene,
    numbers: dict[str, tuple[int, str]],
    pictures: GroundPictures,
) -> Overview | None:
    """Draw a scene; None where it has no place on Earth.

    Args:
        scene: As the log has it.
        shown: As the page shows it.
        numbers: Number and words of each sighting of the page, by its identifier.
        pictures: The scenes at hand.
    """
    grid = None if scene.record is None else scene.record.grid
    if grid is None or not grid.placed:
        return None
    whole = pictures.whole(scene)
    size = whole.picture[1:3] if whole else _blank(grid)
    scale = size[0] / grid.width, size[1] / grid.height
    letter = LETTER_SHARE * max(size)
    places = [
        (*numbers[sighting.id], *_scaled(sighting, scale))
        for sighting in scene.sightings
        if sighting.id in numbers and sighting.center_px is not None
    ]
    hidden = _unseen(scene)
    return Overview(
        scene=shown,
        picture=whole.picture if whole else None,
        width=size[0],
        height=size[1],
        letter=letter,
        marks=list(numbered_marks(places, size, letter)),
        unseen="" if hidden is None else _hatched(_scaled_area(hidden, grid, scale), size),
        not_shown=sum(sighting.id not in numbers for sighting in scene.sightings),
    )


def _blank(grid: Grid) -> tuple[int, int]:
    across = max(grid.width, grid.height)
    return max(1, round(BLANK_PX * grid.width / across)), max(1, round(BLANK_PX * grid.height / across))


def _scaled(sighting: Sighting, scale: tuple[float, float]) -> tuple[float, float]:
    col, row = sighting.center_px or (0.0, 0.0)
    return col * scale[0], row * scale[1]


def numbered_marks(
    places: Sequence[tuple[int, str, float, float]], size: tuple[int, int], letter: float
) -> Iterator[NumberedMark]:
    """Put each number beside its mark, nearest first, where it covers no mark and no other number."""
    marks = [(x, y) for _, _, x, y in places]
    taken: list[tuple[float, float, float]] = []
    for number, title, x, y in places:
        half = letter * (0.35 * len(str(number)) + 0.3)
        label = next(
            (at for at in _around(x, y, letter) if _is_free(at, half, letter, marks, taken, size)), (x, y)
        )
        taken.append((*label, half))
        yield NumberedMark(number, round(x, 1), round(y, 1), round(label[0], 1), round(label[1], 1), title)


def _around(x: float, y: float, letter: float) -> Iterator[tuple[float, float]]:
    for ring in range(1, RINGS + 1):
        for way in range(WAYS):
            turn = 2 * math.pi * way / WAYS
            reach = letter * (0.7 + 0.9 * ring)
            yield x + reach * math.sin(turn), y - reach * math.cos(turn)


def _is_free(
    at: tuple[float, float],
    half: float,
    letter: float,
    marks: Iterable[tuple[float, float]],
    taken: Iterable[tuple[float, float, float]],
    size: tuple[int, int],
) -> bool:
    x, y = at
    if not (half <= x <= size[0] - half and letter <= y <= size[1] - letter):
        return False
    on_mark = any(abs(x - col) < half + letter / 3 and abs(y - row) < letter for col, row in marks)
    on_number = any(
        abs(x - other_x) < half + other_half and abs(y - other_y) < 1.3 * letter
        for other_x, other_y, other_half in taken
    )
    return not (on_mark or on_number)


def _unseen(scene: SearchedScene) -> shapely.Geometry | None:
    """Return what was to be seen of a scene and no person has; None where it is nothing, or not known."""
    whole = scene.searched if scene.searched is not None else scene.area
    if whole is None or scene.tiles is None:
        return None
    unseen = whole if scene.seen is None else shapely.difference(whole, scene.seen)
    return None if shapely.is_empty(unseen) else unseen


def _scaled_area(area: shapely.Geometry, grid: Grid, scale: tuple[float, float]) -> shapely.Geometry:
    """Return an area in lon/lat in pixels of the drawing."""
    scaled = shapely.transform(area, lambda lonlats: grid.pixels(lonlats) * scale)
    return shapely.make_valid(scaled)  # far from the scene, an outline may cross itself


def _hatched(area: shapely.Geometry, size: tuple[int, int]) -> str:
    """Return the outline of an area and lines across it, as a path: a page may not refer to a pattern."""
    step, width, height = max(size) / HATCHES, *map(float, size)
    starts = np.arange(-height, width, step)
    ends = np.stack([starts, np.full_like(starts, height), starts + height, np.zeros_like(starts)], axis=1)
    lines = shapely.linestrings(ends.reshape(-1, 2, 2))
    across = shapely.get_parts(shapely.intersection(lines, area))
    outline = shapely.get_parts(shapely.boundary(area))
    return "".join(_line_path(line) for line in (*outline, *across) if shapely.length(line))


def _line_path(line: shapely.Geometry) -> str:
    points = (f"{x:.0f} {y:.0f}" for x, y in shapely.get_coordinates(line).tolist())
    return f"M{'L'.join(points)}"
