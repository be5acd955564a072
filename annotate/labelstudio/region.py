"""Conversion between our oriented boxes and Label Studio's rectangles.

A rectangle's height is the aircraft's length, its width the wingspan and its top edge the nose, so that
``rotation`` is our angle. ``x, y`` is the top-left corner *after* the rotation, which turns about it; all but
the rotation is in percent of the picture's width or height. The picture is larger than the tile in it: north
arrow and scale bar stand outside the tile's pixels, see `Frame`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from detect.box import OrientedBox, angle_between_deg, compass_deg
from imagery.grid import PixelPoint

EDGE_PX = 0.5  # what differs by less, in pixels or degrees, went through a browser and is the same


class Frame(NamedTuple):
    """A picture and the place of the tile in it.

    Attributes:
        width: Of the picture, in its pixels.
        height: Of the picture, in its pixels.
        left: Picture pixels left of the tile.
        top: Picture pixels above the tile.
        zoom: Picture pixels per tile pixel.
    """

    width: int
    height: int
    left: int
    top: int
    zoom: int

    def to_picture(self, box: OrientedBox) -> OrientedBox:
        """Convert from tile pixels to picture pixels."""
        zoom, (col, row) = self.zoom, box.center
        center = PixelPoint(self.left + zoom * col, self.top + zoom * row)
        return OrientedBox(center, zoom * box.length, zoom * box.width, box.angle_deg)

    def to_tile(self, box: OrientedBox) -> OrientedBox:
        """Convert from picture pixels to tile pixels."""
        zoom, (col, row) = self.zoom, box.center
        center = PixelPoint((col - self.left) / zoom, (row - self.top) / zoom)
        return OrientedBox(center, box.length / zoom, box.width / zoom, box.angle_deg)


def rectangle_of(box: OrientedBox, frame: Frame) -> dict[str, float]:
    """Return the rectangle that shows a box.

    Args:
        box: In pixels of the tile.
        frame: The picture.

    Returns:
        ``x, y, width, height`` in percent and ``rotation`` in degrees.
    """
    shown = frame.to_picture(box)
    across, along = _half_axes(shown.width, shown.length, shown.angle_deg)
    return {
        "x": 100 * (shown.center.col - across[0] - along[0]) / frame.width,
        "y": 100 * (shown.center.row - across[1] - along[1]) / frame.height,
        "width": 100 * shown.width / frame.width,
        "height": 100 * shown.length / frame.height,
        "rotation": shown.angle_deg,
    }


def box_of(rectangle: Mapping[str, Any], frame: Frame) -> OrientedBox:
    """Return the box that a rectangle shows, in pixels of the tile; the inverse of `rectangle_of`.

    A corner that was dragged over the opposite one leaves a side with a minus: the rectangle covers the same
    place, and the aircraft in it was not turned by that.

    Raises:
        KeyError: A member is missing.
        ValueError: A member is not a number, or the rectangle has no size.
    """
    x, y = float(rectangle["x"]) * frame.width / 100, float(rectangle["y"]) * frame.height / 100
    size = (
        float(rectangle["width"]) * frame.width / 100,
        float(rectangle["height"]) * frame.height / 100,
    )
    angle = float(rectangle.get("rotation") or 0.0)
    if not all(math.isfinite(value) for value in (x, y, *size, angle)) or not all(size):
        raise ValueError("it has no size")
    across, along = _half_axes(*size, angle)
    center = PixelPoint(x + across[0] + along[0], y + across[1] + along[1])
    return frame.to_tile(OrientedBox(center, abs(size[1]), abs(size[0]), compass_deg(angle)))


def unclamped(box: OrientedBox, proposal: OrientedBox, frame: Frame) -> OrientedBox:
    """Return a box as it was before the page pushed it into the picture; any other as it is.

    Label Studio moves a box that reaches past an edge of the picture back to that edge as soon as it is
    touched. Where an unchanged proposal reached past the edge at which the box lies now, nobody meant that.

    Args:
        box: As it was left, in pixels of the tile.
        proposal: As it was proposed, in pixels of the tile.
        frame: The picture.
    """
    sides = abs(box.length - proposal.length), abs(box.width - proposal.width)
    if max(*sides, angle_between_deg(box.angle_deg, proposal.angle_deg)) > EDGE_PX:
        return box  # sized or turned by hand, so its place is meant, too
    now, before = frame.to_picture(box), frame.to_picture(proposal)
    center = []
    for axis, side in enumerate((frame.width, frame.height)):
        reach = _reach(before)[axis]
        past_low, past_high = before.center[axis] < reach, before.center[axis] > side - reach
        at_low = abs(now.center[axis] - reach) < EDGE_PX
        at_high = abs(now.center[axis] - (side - reach)) < EDGE_PX
        pushed = (past_low and at_low) or (past_high and at_high)
        center.append((before if pushed else now).center[axis])
    return frame.to_tile(now._replace(center=PixelPoint(*center)))


def _reach(box: OrientedBox) -> tuple[float, float]:
    """Return how far a box reaches from its middle, to the side and up, in its pixels."""
    across, along = _half_axes(box.width, box.length, box.angle_deg)
    return abs(across[0]) + abs(along[0]), abs(across[1]) + abs(along[1])


def _half_axes(width: float, height: float, angle_deg: float) -> tuple[tuple[float, float], ...]:
    """Return half the rectangle's sides as pixel vectors: along its top edge, and down its side."""
    sine, cosine = math.sin(math.radians(angle_deg)), math.cos(math.radians(angle_deg))
    return (width / 2 * cosine, width / 2 * sine), (-height / 2 * sine, height / 2 * cosine)
