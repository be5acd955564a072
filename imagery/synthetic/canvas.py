"""Painting a scene from above: a float canvas, the airfield's own axes, light and noise.

Outlines come in metres in the airfield's axes: u along the runway, v to the right of it, origin at the middle
of the scene. Edges are antialiased, so that what is smaller than a pixel shows as strongly as it should.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import asin, atan2, cos, degrees, pi, radians, sin, tan
from typing import Any

import cv2
import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float32]
Points = NDArray[np.float64]
Colour = tuple[float, float, float]
Number = float | np.floating[Any] | np.integer[Any]
Texture = Callable[[Array, Array], Array]

_SUBPIXEL_BITS = 4
# What a shadow leaves of the light, red to blue: the sky still shines into it, and it is blue.
SHADOW: Array = np.array([0.44, 0.47, 0.52], dtype=np.float32)


@dataclass(frozen=True)
class Sun:
    """Where the sun stands: azimuth from true north and elevation, degrees."""

    azimuth_deg: float
    elevation_deg: float

    @property
    def direction(self) -> Array:
        """Unit vector to the sun: columns, rows, up."""
        azimuth, elevation = radians(self.azimuth_deg), radians(self.elevation_deg)
        level = cos(elevation)
        return np.array([sin(azimuth) * level, -cos(azimuth) * level, sin(elevation)], dtype=np.float32)

    @property
    def shadow_of_metre(self) -> Points:
        """Where the shadow of a point one metre up falls: metres right and down in a north-up image."""
        azimuth, length = radians(self.azimuth_deg), 1 / tan(radians(self.elevation_deg))
        return np.array([-sin(azimuth) * length, cos(azimuth) * length])


def sun_at(lon: float, lat: float, day_of_year: int, utc_hours: float) -> Sun:
    """Return where the sun stands, within about half a degree.

    The declination and the equation of time are Spencer's series (1971), as in NOAA's solar calculator.
    """
    turn = 2 * pi * (day_of_year - 1 + (utc_hours - 12) / 24) / 365
    declination = (
        0.006918
        - 0.399912 * cos(turn)
        + 0.070257 * sin(turn)
        - 0.006758 * cos(2 * turn)
        + 0.000907 * sin(2 * turn)
        - 0.002697 * cos(3 * turn)
        + 0.00148 * sin(3 * turn)
    )
    equation_min = 229.18 * (
        0.000075
        + 0.001868 * cos(turn)
        - 0.032077 * sin(turn)
        - 0.014615 * cos(2 * turn)
        - 0.040849 * sin(2 * turn)
    )
    hour_angle = radians((utc_hours - 12) * 15 + equation_min / 4 + lon)
    north = cos(radians(lat)) * sin(declination) - sin(radians(lat)) * cos(declination) * cos(hour_angle)
    east = -cos(declination) * sin(hour_angle)
    up = sin(radians(lat)) * sin(declination) + cos(radians(lat)) * cos(declination) * cos(hour_angle)
    return Sun(degrees(atan2(east, north)) % 360, degrees(asin(up)))


@dataclass(frozen=True)
class AirfieldFrame:
    """The airfield's axes in the image.

    Attributes:
        size_px: width and height of the image.
        px_per_m: pixels per metre on the ground.
        azimuth_deg: direction of u, degrees clockwise from image up.
    """

    size_px: int
    px_per_m: float
    azimuth_deg: float

    @property
    def axes(self) -> Points:
        """(2, 2) array: the unit vectors of u and v, each as (columns, rows)."""
        a = radians(self.azimuth_deg)
        return np.array([[sin(a), -cos(a)], [cos(a), sin(a)]])

    def to_px(self, uv: ArrayLike) -> Points:
        """Return the pixel coordinates (N, 2) of points (N, 2) in metres (u, v)."""
        return np.asarray(np.asarray(uv, np.float64) @ self.axes * self.px_per_m + self.size_px / 2)

    def shift(self, image_m: Points) -> Points:
        """Return in (u, v) a displacement given in metres to the right and down in the image."""
        return np.asarray(self.axes @ image_m)

    def coordinates(self, row: NDArray[np.intp], col: NDArray[np.intp]) -> tuple[Array, Array]:
        """Return u and v of pixels' centres, metres, as float32 arrays."""
        x = (col.astype(np.float32) + 0.5 - self.size_px / 2) / np.float32(self.px_per_m)
        y = (row.astype(np.float32) + 0.5 - self.size_px / 2) / np.float32(self.px_per_m)
        (uc, ur), (vc, vr) = self.axes.astype(np.float32)
        return x * uc + y * ur, x * vc + y * vr


class Canvas:
    """The picture while it is painted.

    Attributes:
        frame: the airfield's axes.
        sun: where the light comes from.
        pixels: (H, W, 3) float32, display values 0 to 255.
        mottle: (H, W) float32, large-scale unevenness around 0 with a deviation of 1.
        grain: (H, W) float32, unevenness of one or two metres around 0 with a deviation of 1.
    """

    def __init__(self, frame: AirfieldFrame, sun: Sun, rng: np.random.Generator) -> None:
        self.frame = frame
        self.sun = sun
        size = frame.size_px
        self.pixels: Array = np.empty((size, size, 3), np.float32)
        self.mottle = noise(rng, size, 260, octaves=6)
        self.grain = noise(rng, size, 3.4, octaves=2)

    def paint(
        self, shapes: Iterable[ArrayLike] | shapely.Geometry, colour: Colour, opacity: float = 1.0,
        texture: Texture | None = None, mottle: float = 0.03, grain: float = 0.025, soften_px: float = 0.0,
    ) -> None:  # fmt: skip
        """Fill outlines.

        Args:
            shapes: outlines as (N, 2) arrays in metres (u, v), or a geometry in the same axes, holes and all.
            colour: red, green, blue, 0 to 255.
            opacity: 0 to 1.
            texture: called with u and v of the pixels; what it returns multiplies the colour.
            mottle: how strongly the large-scale unevenness shows.
            grain: how strongly the small-scale unevenness shows.
            soften_px: blur of the outline, pixels (a worn or overgrown edge).
        """
        rings = _rings(shapes) if isinstance(shapes, shapely.Geometry) else list(shapes)
        masked = self._mask(rings, int(3 * soften_px) + 2)
        if masked is None:
            return
        rows, cols, mask = masked
        if soften_px:
            cv2.GaussianBlur(mask, (0, 0), soften_px, dst=mask)
        # Most outlines lie askew in their window, so only what they cover is worked on.
        row, col = np.nonzero(mask)
        cover = mask[row, col] * np.float32(opacity / 255)
        row, col = row + rows.start, col + cols.start
        tone = 1 + mottle * self.mottle[row, col] + grain * self.grain[row, col]
        if texture is not None:
            tone *= texture(*self.frame.coordinates(row, col))
        below = self.pixels[row, col]
        self.pixels[row, col] = below + cover[:, None] * (
            tone[:, None] * np.array(colour, np.float32) - below
        )

    def darken(self, shapes: Iterable[ArrayLike] | shapely.Geometry, strength: float = 1.0) -> None:
        """Lay a shadow over outlines in metres (u, v), or over a geometry in the same axes, holes and all."""
        masked = self._mask(_rings(shapes) if isinstance(shapes, shapely.Geometry) else list(shapes), 2)
        if masked is None:
            return
        rows, cols, mask = masked
        cover = mask.astype(np.float32) * np.float32(strength / 255)
        self.pixels[rows, cols] *= 1 - cover[..., None] * (1 - SHADOW)

    def tint(self, texture: Callable[[Array, Array], Array], within: ArrayLike) -> None:
        """Multiply what lies within an outline by ``texture(u, v)``."""
        masked = self._mask([within], 0)
        if masked is None:
            return
        rows, cols, mask = masked
        row, col = np.nonzero(mask)
        row, col = row + rows.start, col + cols.start
        self.pixels[row, col] *= texture(*self.frame.coordinates(row, col))[:, None]

    def stroke(
        self,
        lines: Iterable[ArrayLike],
        width_m: float,
        colour: Colour,
        opacity: float = 1.0,
        worn: float = 0.35,
    ) -> None:
        """Draw lines in metres (u, v); ``worn`` is how unevenly the paint has lasted."""
        shapes = [
            shapely.LineString(np.asarray(line)).buffer(width_m / 2, cap_style="flat") for line in lines
        ]
        # A mark thinner than a pixel is drawn one pixel wide, and paler in proportion.
        thin = min(1.0, width_m * self.frame.px_per_m)
        for line, shape in zip(lines, shapes, strict=True):
            if thin == 1:
                self.paint(shape, colour, opacity, grain=worn * 0.15)
                continue
            points = self.frame.to_px(line)
            masked = self._mask([line], 3, stroke=True)
            if masked is None or not len(points):
                continue
            rows, cols, mask = masked
            row, col = np.nonzero(mask)
            cover = mask[row, col] * np.float32(opacity * thin / 255)
            row, col = row + rows.start, col + cols.start
            cover *= np.clip(1 + 0.6 * worn * (self.mottle[row, col] + self.grain[row, col]), 0.1, 1.2)
            below = self.pixels[row, col]
            self.pixels[row, col] = below + cover[:, None] * (np.array(colour, np.float32) - below)

    def _mask(
        self, outlines: list[ArrayLike], pad: int, *, stroke: bool = False
    ) -> tuple[slice, slice, NDArray[np.uint8]] | None:
        px = [self.frame.to_px(outline) for outline in outlines]
        if not px:
            return None
        low = np.maximum(np.floor(np.min([p.min(0) for p in px], axis=0)).astype(int) - pad, 0)
        high = np.minimum(
            np.ceil(np.max([p.max(0) for p in px], axis=0)).astype(int) + pad, self.frame.size_px
        )
        if (high <= low).any():
            return None
        mask = np.zeros((high[1] - low[1], high[0] - low[0]), np.uint8)
        # OpenCV's coordinates are those of pixel centres.
        fixed = [np.round((p - low - 0.5) * 2**_SUBPIXEL_BITS).astype(np.int32) for p in px]
        if stroke:
            cv2.polylines(mask, fixed, False, 255, 1, cv2.LINE_AA, _SUBPIXEL_BITS)
        else:
            cv2.fillPoly(mask, fixed, 255, cv2.LINE_AA, _SUBPIXEL_BITS)
        return slice(low[1], high[1]), slice(low[0], high[0]), mask


def noise(rng: np.random.Generator, size: int, scale_px: float, *, octaves: int) -> Array:
    """Return smooth noise, (size, size) float32, mean 0, deviation 1, its largest features ``scale_px``."""
    total = np.zeros((size, size), np.float32)
    weight = 1.0
    for _ in range(octaves):
        cells = max(2, int(np.ceil(size / scale_px)) + 1)
        coarse = rng.standard_normal((cells, cells), dtype=np.float32)
        total += np.float32(weight) * cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC)
        scale_px, weight = scale_px / 2, weight * 0.62
        if scale_px < 1:
            break
    total -= total.mean()
    total /= total.std()
    return total


def rectangle(u: Number, v: Number, length: Number, width: Number, turn_deg: Number = 0.0) -> Points:
    """Return a rectangle's corners (4, 2) around (u, v); its length is along u, unless turned towards v."""
    a = radians(turn_deg)
    along, across = np.array([cos(a), sin(a)]) * length / 2, np.array([-sin(a), cos(a)]) * width / 2
    middle = np.array([u, v])
    return np.array(
        [middle + along + across, middle + along - across, middle - along - across, middle - along + across]
    )


def swept(outline: Points, shift: Points) -> list[Points]:
    """Return outlines that cover what a convex outline passes when it is shifted: a box's shadow."""
    both = np.concatenate([outline, outline + shift])
    return [np.asarray(shapely.MultiPoint(both).convex_hull.exterior.coords)]  # type: ignore[attr-defined]


def _rings(shape: shapely.Geometry) -> list[ArrayLike]:
    parts = shapely.get_parts(shape)
    return [np.asarray(shapely.get_coordinates(ring)) for part in parts for ring in shapely.get_rings(part)]
