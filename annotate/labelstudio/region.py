"""Between our oriented boxes and Label Studio's rectangles.

A rectangle's height is the aircraft's length, its width the wingspan and its top edge the nose, so that
``rotation`` is our angle. ``x, y`` is the top-left corner *after* the rotation, which turns about it; all but
the rotation is in percent of the image's width or height.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from detect.box import OrientedBox, compass_deg
from imagery.grid import PixelPoint


def rectangle_of(box: OrientedBox, width: int, height: int) -> dict[str, float]:
    """The rectangle that shows a box.

    Args:
        box: In pixels of the image.
        width: Of the image.
        height: Of the image.

    Returns:
        ``x, y, width, height`` in percent and ``rotation`` in degrees.
    """
    across, along = _half_axes(box.width, box.length, box.angle_deg)
    return {
        "x": 100 * (box.center.col - across[0] - along[0]) / width,
        "y": 100 * (box.center.row - across[1] - along[1]) / height,
        "width": 100 * box.width / width,
        "height": 100 * box.length / height,
        "rotation": box.angle_deg,
    }


def box_of(rectangle: Mapping[str, Any], width: int, height: int) -> OrientedBox:
    """The box that a rectangle shows; the inverse of `rectangle_of`.

    Raises:
        KeyError: A member is missing.
        ValueError: A member is no number, or the rectangle has no size.
    """
    x, y = float(rectangle["x"]) * width / 100, float(rectangle["y"]) * height / 100
    size = float(rectangle["width"]) * width / 100, float(rectangle["height"]) * height / 100
    angle = float(rectangle.get("rotation") or 0.0)
    if not all(math.isfinite(value) for value in (x, y, *size, angle)) or min(size) <= 0:
        raise ValueError("a rectangle without size")
    across, along = _half_axes(*size, angle)
    center = PixelPoint(x + across[0] + along[0], y + across[1] + along[1])
    return OrientedBox(center, size[1], size[0], compass_deg(angle))


def _half_axes(width: float, height: float, angle_deg: float) -> tuple[tuple[float, float], ...]:
    """Half the rectangle's sides as pixel vectors: along its top edge, and down its side."""
    sine, cosine = math.sin(math.radians(angle_deg)), math.cos(math.radians(angle_deg))
    return (width / 2 * cosine, width / 2 * sine), (-height / 2 * sine, height / 2 * cosine)
