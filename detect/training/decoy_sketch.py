"""Drawing into a photograph in metres: outlines and lines with height, their shadows, worn paint."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import cv2
import numpy as np
import shapely
from numpy.typing import ArrayLike

from detect.arrays import Pixels, Singles
from imagery.grid import Floats
from imagery.synthetic.canvas import SHADOW, Sun

SUPERSAMPLING = 8  # samples along a pixel
FINE_PX = 1000  # samples along a shape's window, from which on a pixel has fewer
SHADOW_STEP_PX = 0.7  # between the copies of an outline that its shadow is made of
WORN_M = 1.2  # size of the patches in which paint comes off

Colour = Floats  # (3,) red, green, blue, 0 to 255


class View(NamedTuple):
    """How a picture was taken.

    Attributes:
        sun: Where the light comes from.
        lean: (2,) by how many metres right and down a point one metre up seems to lie.
        gsd_m: Metres per pixel.
    """

    sun: Sun
    lean: Floats
    gsd_m: float


class Sketch:
    """A place in a photograph with axes of its own: metres right and down, then turned."""

    def __init__(
        self, pixels: Singles, view: View, center: Floats, turn_deg: float, rng: np.random.Generator
    ) -> None:
        """Choose the place.

        Args:
            pixels: (H, W, 3) float32, 0 to 255, changed by drawing.
            view: How the picture was taken.
            center: (2,) column and row of the place's origin.
            turn_deg: By how much its axes are turned clockwise.
            rng: Source of all that is random.
        """
        self.rng = rng
        self._pixels, self._view, self._center = pixels, view, center
        turn = np.radians(turn_deg)
        self._axes = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]) / view.gsd_m
        self._shadow = view.sun.shadow_of_metre / view.gsd_m
        self._lean = view.lean / view.gsd_m

    def ground(self, radius_m: float) -> Colour:
        """Return the mean colour within a square around the origin."""
        rows, cols = self._window(self._center - radius_m / self._view.gsd_m,
                                  self._center + radius_m / self._view.gsd_m)  # fmt: skip
        window = self._pixels[rows, cols]
        return window.reshape(-1, 3).mean(axis=0, dtype=np.float64) if window.size else np.full(3, 120.0)

    def facing(self, direction: ArrayLike) -> float:
        """Return how far a slope that faces a direction, (2,) in the place's axes, turns to the sun."""
        way = np.asarray(direction, dtype=np.float64) @ self._axes
        length = float(np.hypot(*way)) or 1.0
        return float(way @ self._view.sun.direction[:2]) / length

    def paint(
        self,
        shape: shapely.Geometry,
        colour: Colour,
        *,
        height_m: float = 0.0,
        opacity: float = 1.0,
        worn: float = 0.0,
    ) -> None:
        """Fill a shape (metres) that lies at a height; ``worn`` is the share of it that has come off."""
        self._fill([self._to_px(shape, self._lean * height_m)], colour, opacity, worn)

    def shade(self, shape: shapely.Geometry, base_m: float, top_m: float, strength: float = 1.0) -> None:
        """Lay the shadow of an upright body over the ground."""
        steps = 2 + int(np.hypot(*self._shadow) * (top_m - base_m) / SHADOW_STEP_PX)
        self._darken(
            (self._to_px(shape, self._shadow * z) for z in np.linspace(base_m, top_m, steps)), strength
        )

    def raise_up(
        self, shape: shapely.Polygon, base_m: float, top_m: float, roof: Colour, wall: float = 0.6
    ) -> None:
        """Draw an upright body: its shadow, its walls as far as they show, its roof."""
        self.shade(shape, base_m, top_m)
        steps = 2 + int(np.hypot(*self._lean) * (top_m - base_m) / SHADOW_STEP_PX)
        walls = [self._to_px(shape, self._lean * z) for z in np.linspace(base_m, top_m, steps)]
        self._fill(walls, roof * wall, 1.0, 0.0)
        self.paint(shape, roof, height_m=top_m)

    def stroke(
        self, points: ArrayLike, width_m: float, colour: Colour, *, opacity: float = 1.0, worn: float = 0.0
    ) -> None:
        """Draw a line through points, (N, 2) or (N, 3) metres."""
        self._fill([self._line_px(points, width_m, self._lean)], colour, opacity, worn)

    def shade_stroke(self, points: ArrayLike, width_m: float, strength: float = 1.0) -> None:
        """Lay the shadow of a rod through points, (N, 3) metres, over the ground."""
        self._darken([self._line_px(points, width_m, self._shadow)], strength)

    def _line_px(self, points: ArrayLike, width_m: float, shift: Floats) -> shapely.Geometry:
        line = np.asarray(points, dtype=np.float64)
        heights = line[:, 2:] if line.shape[1] > 2 else np.zeros((len(line), 1))
        px = line[:, :2] @ self._axes + self._center + heights * shift
        return shapely.LineString(px).buffer(width_m / self._view.gsd_m / 2, cap_style="flat")

    def _to_px(self, shape: shapely.Geometry, shift: Floats) -> shapely.Geometry:
        return shapely.transform(shape, lambda points: points @ self._axes + self._center + shift)

    def _fill(
        self, shapes_px: Iterable[shapely.Geometry], colour: Colour, opacity: float, worn: float
    ) -> None:
        covered = self._cover(shapes_px)
        if covered is None:
            return
        window, cover = covered
        if worn:
            cover = cover * self._lasting(cover.shape, worn)
        cover = (cover * np.float32(opacity))[..., None]
        grain = self.rng.normal(1, 0.02, cover.shape).astype(np.float32)
        painted = np.clip(colour * grain, 0, 255).astype(np.float32)
        self._pixels[window] += cover * (painted - self._pixels[window])

    def _darken(self, shapes_px: Iterable[shapely.Geometry], strength: float) -> None:
        covered = self._cover(shapes_px)
        if covered is not None:
            window, cover = covered
            self._pixels[window] *= 1 - (cover * np.float32(strength))[..., None] * (1 - SHADOW)

    def _lasting(self, shape: tuple[int, ...], worn: float) -> Singles:
        """Return how much of paint is left, (H, W) in 0..1: patches of it are gone."""
        size = [max(2, round(side * self._view.gsd_m / WORN_M)) for side in shape]
        patches = cv2.resize(
            self.rng.random(size, dtype=np.float32), shape[::-1], interpolation=cv2.INTER_CUBIC
        )
        return np.asarray(np.clip((patches - np.float32(worn)) * 3 + np.float32(0.6), 0, 1), np.float32)

    def _cover(self, shapes_px: Iterable[shapely.Geometry]) -> tuple[tuple[slice, slice], Singles] | None:
        """Return a window of the picture, and how much of each pixel in it shapes cover."""
        shapes = [shape for shape in shapes_px if not shapely.is_empty(shape)]
        if not shapes:
            return None
        left, top, right, bottom = shapely.total_bounds(shapes)
        rows, cols = self._window(np.array([left, top]), np.array([right, bottom]))
        height, width = rows.stop - rows.start, cols.stop - cols.start
        if min(height, width) <= 0:
            return None
        fine = int(np.clip(FINE_PX // max(height, width), 2, SUPERSAMPLING))
        mask: Pixels = np.zeros((height * fine, width * fine), np.uint8)
        for shape in shapes:
            # fillPoly also draws the outline, half a sample beyond it.
            shrunk = shapely.buffer(shape, -0.5 / fine, join_style="mitre")
            rings = [
                np.round(((ring - (cols.start, rows.start)) * fine - 0.5) * 16).astype(np.int32)
                for ring in _rings(shape if shapely.is_empty(shrunk) else shrunk)
            ]
            cv2.fillPoly(mask, rings, 255, cv2.LINE_8, 4)
        small = cv2.resize(mask, (width, height), interpolation=cv2.INTER_AREA)
        return (rows, cols), small.astype(np.float32) / np.float32(255)

    def _window(self, low: Floats, high: Floats) -> tuple[slice, slice]:
        size = np.array(self._pixels.shape[1::-1])
        first = np.clip(np.floor(low).astype(int) - 1, 0, size)
        last = np.clip(np.ceil(high).astype(int) + 1, 0, size)
        return slice(int(first[1]), int(last[1])), slice(int(first[0]), int(last[0]))


def _rings(shape: shapely.Geometry) -> list[Floats]:
    rings = shapely.get_rings(shapely.get_parts(shape))
    return [shapely.get_coordinates(ring) for ring in rings]


def bar(length: float, width: float) -> shapely.Polygon:
    """Return a rectangle around the origin, its length along the first axis."""
    return shapely.box(-length / 2, -width / 2, length / 2, width / 2)


def disc(radius: float) -> shapely.Polygon:
    """Return a disc around the origin."""
    return shapely.Point(0, 0).buffer(radius)


def line(points: Floats, width: float) -> shapely.Geometry:
    """Return a line through points, (N, 2), as broad as ``width``."""
    return shapely.LineString(points).buffer(width / 2, cap_style="flat")
