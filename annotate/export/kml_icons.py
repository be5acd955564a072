"""The icons of a KMZ: drawn here and packed with it, so that it needs no network."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw

_SIDE = 64
_OUTLINE = 5
# Shapes in a square of 64, the nose up. They are white, so that KML's colour tints them.
_SHAPES = {
    "arrow": [(32, 2), (56, 60), (32, 46), (8, 60)],
    "bar": [(24, 2), (40, 2), (40, 62), (24, 62)],
    "diamond": [(32, 4), (60, 32), (32, 60), (4, 32)],
}
ICONS = (*_SHAPES, "dot")


def icon(name: str, *, hollow: bool) -> bytes:
    """One of `ICONS` as PNG, 64 px square, white on nothing."""
    image = Image.new("RGBA", (_SIDE, _SIDE))
    draw = ImageDraw.Draw(image)
    fill = None if hollow else "white"
    if name == "dot":
        draw.ellipse((12, 12, 52, 52), fill=fill, outline="white", width=_OUTLINE)
    else:
        draw.polygon(_SHAPES[name], fill=fill, outline="white", width=_OUTLINE)
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()
