"""Drawing over or beside a picture: north arrow, scale bar, text.

All is drawn larger than it is shown and then reduced, which smooths its edges.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from imagery.grid import Floats
from imagery.tiling import TileImage

SHARPER = 2  # everything is drawn so much larger and then reduced

Color = tuple[int, int, int, int]
BLACK, WHITE, CLEAR = (0, 0, 0, 255), (255, 255, 255, 255), (0, 0, 0, 0)


class ScaleBar(NamedTuple):
    """A length on the ground, and what it is along the picture's rows in picture pixels."""

    length_m: float
    length_px: float


def north_in_picture(matrix: Floats) -> Floats:
    """Return the direction (right, down) of true north, of length 1, from a picture's `ground_matrix`."""
    north = np.linalg.solve(matrix, [0.0, 1.0])
    return np.asarray(north / np.hypot(*north), dtype=np.float64)


def scale_bar(matrix: Floats, width_px: float) -> ScaleBar:
    """Return the longest bar of 1, 2 or 5 times a power of ten metres within 30 % of the picture's width.

    That is 15 % at least, except where 2 is too short and 5 too long: then 12 %. It is measured along the
    picture's rows in its middle, see `ground_matrix`.
    """
    metres_per_pixel = math.hypot(*matrix[:, 0])
    longest_m = 0.3 * width_px * metres_per_pixel
    decade = 10.0 ** math.floor(math.log10(longest_m))
    length_m = max(step * decade for step in (1, 2, 5) if step * decade <= longest_m)
    return ScaleBar(length_m, length_m / metres_per_pixel)


def length_text(metres: float) -> str:
    """Write a length to two digits: ``200 m``, ``5 km``."""
    return f"{float(f'{metres / 1000:.2g}'):g} km" if metres >= 999.5 else f"{float(f'{metres:.2g}'):g} m"


def shown_pixels(image: TileImage) -> NDArray[np.uint8]:
    """Return the pixels, (rows, cols, 3) uint8 red, green, blue, and a grey checker where data lack."""
    pixels = np.array(np.broadcast_to(image.pixels, (*image.valid.shape, 3)))
    if not image.valid.all():
        rows, cols = np.nonzero(~image.valid)
        pixels[rows, cols] = np.where((rows // 8 + cols // 8) % 2, 150, 120)[:, None]
    return pixels


class Overlay:
    """A transparent layer with drawings on it.

    Args:
        width: In pixels.
        height: In pixels.
        em: Height of the letters, in pixels.
        origin: Where (0, 0) of what is drawn lies in the layer.
    """

    def __init__(self, width: int, height: int, em: float, origin: Floats) -> None:
        self._em, self._origin = em, origin
        self._font = ImageFont.load_default(size=em * SHARPER)
        self._layer = Image.new("RGBA", (width * SHARPER, height * SHARPER))
        self._draw = ImageDraw.Draw(self._layer)

    def draw_arrow(self, center: Floats, ahead: Floats, unit: float) -> None:
        """Draw a north arrow of four units' length, and the N ahead of it.

        Args:
            center: (2,) middle of the arrow.
            ahead: (2,) direction (right, down) of true north, of length 1.
            unit: In pixels.
        """
        tip, tail, notch = (center + ahead * step * unit for step in (2.0, -2.0, -1.2))
        across = ahead[::-1] * [-unit, unit]
        self._shape([tip, tail + across, notch], BLACK, WHITE)
        self._shape([tip, tail - across, notch], WHITE, BLACK)
        self.draw_text(center + ahead * (2.2 * unit + 0.7 * self._em), "N", "mm")

    def draw_scale(self, start: float, low: float, bar: ScaleBar) -> None:
        """Draw a scale bar, black at both ends, within a white edge and a black hairline.

        Args:
            start: Where it begins, from the left.
            low: Its lower edge; bar and text are 1.9 em high.
            bar: What it shows.
        """
        em = self._em
        steps = [(start + bar.length_px * part / 5, low - 0.5 * em * (part < 5)) for part in range(6)]
        path = self._path(steps)
        self._draw.rectangle((path[0][0] - 3, path[0][1] - 3, path[5][0] + 2, path[5][1] + 2), WHITE, BLACK)
        for part in (0, 2, 4):
            self._draw.rectangle((*path[part], path[part + 1][0] - 1, path[5][1] - 1), fill=BLACK)
        middle = np.array([start + bar.length_px / 2, low - 0.8 * em])
        self.draw_text(middle, length_text(bar.length_m), "mb")

    def draw_text(self, at: Floats, text: str, anchor: str) -> None:
        """Draw white text with a black edge.

        Args:
            at: (2,) where its anchor is.
            text: Pillow's own font has the letters of ASCII only.
            anchor: As Pillow takes it: ``mm``, ``lm``...
        """
        halo = round(0.15 * self._em * SHARPER)
        point = self._path([at])[0]
        self._draw.text(point, text, WHITE, self._font, anchor, stroke_width=halo, stroke_fill=BLACK)

    def over(self, page: Image.Image) -> Image.Image:
        """Return a page of the layer's size with what was drawn over it."""
        return Image.alpha_composite(page.convert("RGBA"), self._layer.reduce(SHARPER)).convert("RGB")

    def _path(self, points: object) -> list[tuple[int, int]]:
        drawn = np.rint((np.asarray(points, dtype=np.float64) + self._origin) * SHARPER).astype(int)
        return [(int(x), int(y)) for x, y in drawn]

    def _shape(self, corners: list[Floats], fill: Color, edge: Color) -> None:
        path = self._path(corners)
        self._draw.polygon(path, fill=fill)
        self._draw.line([*path, path[0]], fill=edge, width=SHARPER)
