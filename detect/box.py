"""The oriented box: where an aircraft stands, how long and wide it is, and where its nose points.

A box is kept in pixels and measured on the ground. Its two axes are perpendicular *on the ground*, so it
stays true where pixels are not square: ``to_ground`` and ``from_ground`` go between the two through the
matrix that `imagery.grid.Grid.ground_matrix` gives.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from imagery.grid import Floats, PixelPoint
from imagery.tiling import Tile


class OrientedBox(NamedTuple):
    """An oriented bounding box in an image.

    Attributes:
        center: Middle of the box.
        length: From tail to nose, in pixels along that direction.
        width: From wing tip to wing tip, in pixels along that direction.
        angle_deg: Degrees clockwise, in the image, of the nose direction from image up; 0 <= angle < 360.
    """

    center: PixelPoint
    length: float
    width: float
    angle_deg: float


class GroundBox(NamedTuple):
    """A box's measures on the ground.

    Attributes:
        length_m: From tail to nose.
        wingspan_m: From wing tip to wing tip.
        heading_deg: Degrees clockwise from true north, 0 <= heading < 360.
    """

    length_m: float
    wingspan_m: float
    heading_deg: float


class Extent(NamedTuple):
    """An axis-aligned extent in an image, edges in pixels."""

    col_min: float
    row_min: float
    col_max: float
    row_max: float


def compass_deg(angle_deg: float) -> float:
    """Return the same direction as 0 <= angle < 360; a hair below 0 is 0, where ``%`` alone gives 360."""
    return angle_deg % 360 % 360


def angle_between_deg(one_deg: float, other_deg: float) -> float:
    """Return the angle between two directions, 0..180 degrees: 359.9 and 0.1 are neighbours."""
    return abs((one_deg - other_deg + 180) % 360 - 180)


def heading_words(heading_deg: float | None, sure: bool, *, brief: bool = False) -> str:
    """Return where a nose points: ``61°``, or ``61° or 241°`` where nose and tail could be swapped.

    Args:
        heading_deg: Degrees clockwise from true north; None where unknown.
        sure: False where nose and tail could be swapped.
        brief: Write ``61°?`` and ``?``, for the cell of a narrow table.
    """
    if heading_deg is None:
        return "?" if brief else "not known"
    doubt = "?" if brief else f" or {(heading_deg + 180) % 360:.0f}°"
    return f"{heading_deg:.0f}°{'' if sure else doubt}"


def to_ground(box: OrientedBox, matrix: Floats) -> GroundBox:
    """Measure a box on the ground.

    Args:
        box: In pixels.
        matrix: (2, 2), metres east and north that a step right and a step down amount to.
    """
    nose, _, nose_px, wing_px = _axes(box.angle_deg, matrix)
    heading = compass_deg(math.degrees(math.atan2(nose[0], nose[1])))
    return GroundBox(box.length / nose_px, box.width / wing_px, heading)


def from_ground(center: PixelPoint, ground: GroundBox, matrix: Floats) -> OrientedBox:
    """Return the box in pixels that has given measures on the ground; the inverse of `to_ground`."""
    radians = math.radians(ground.heading_deg)
    col, row = np.linalg.solve(matrix, (math.sin(radians), math.cos(radians)))
    angle = compass_deg(math.degrees(math.atan2(col, -row)))
    _, _, nose_px, wing_px = _axes(angle, matrix)
    return OrientedBox(center, ground.length_m * nose_px, ground.wingspan_m * wing_px, angle)


def _axes(angle_deg: float, matrix: Floats) -> tuple[Floats, Floats, float, float]:
    """Return unit vectors on the ground to nose and right wing, and the pixels per metre along each."""
    radians = math.radians(angle_deg)
    nose: Floats = matrix @ np.array([math.sin(radians), -math.cos(radians)])
    nose /= np.hypot(*nose)
    wing = np.array([nose[1], -nose[0]])
    nose_px, wing_px = np.hypot(*np.linalg.solve(matrix, np.column_stack([nose, wing])))
    return nose, wing, float(nose_px), float(wing_px)


def corners(box: OrientedBox, matrix: Floats) -> Floats:
    """Return the four corners of one box, (4, 2) float64 of (col, row); see `corners_of`."""
    ring: Floats = corners_of([box], matrix)[0]
    return ring


def corners_of(boxes: Sequence[OrientedBox], matrix: Floats) -> Floats:
    """Return the corners of many boxes, (N, 4, 2) float64 of (col, row).

    Order: nose left, tail left, tail right, nose right, with left and right as seen on the ground by someone
    who looks along the nose; so each ring runs counter-clockwise on a map.

    Args:
        boxes: In pixels.
        matrix: (2, 2), metres east and north that a step right and a step down amount to.
    """
    centers = np.array([box.center for box in boxes], float).reshape(-1, 2)
    lengths, widths, angles = np.array([box[1:] for box in boxes], float).reshape(-1, 3).T
    ahead = np.column_stack([np.sin(np.radians(angles)), -np.cos(np.radians(angles))])
    east, north = matrix @ ahead.T
    right = np.linalg.solve(matrix, np.stack([north, -east])).T
    right /= np.hypot(*right.T)[:, None]
    nose, wing = ahead * lengths[:, None] / 2, right * widths[:, None] / 2
    rings: Floats = np.stack([nose - wing, -nose - wing, wing - nose, nose + wing], axis=1) + centers[:, None]
    return rings


def tile_matrix(tile: Tile) -> Floats:
    """Return the ground matrix of a tile in its own pixels, to convert boxes between tile and scene.

    A tile has square ground pixels, so "metres" here are tile pixels and "north" is tile up.
    """
    x, y = tile.scale
    return np.array([[1 / x, 0.0], [0.0, -1 / y]])


def box_to_scene(tile: Tile, box: OrientedBox) -> OrientedBox:
    """Convert a box from tile pixels to scene pixels."""
    ground = GroundBox(box.length, box.width, box.angle_deg)
    return from_ground(tile.to_scene(box.center), ground, tile_matrix(tile))


def box_to_tile(tile: Tile, box: OrientedBox) -> OrientedBox:
    """Convert a box from scene pixels to tile pixels."""
    ground = to_ground(box, tile_matrix(tile))
    return OrientedBox(tile.to_tile(box.center), *ground)
