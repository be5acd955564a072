"""How maps tell apart what was seen, what was reported, what was inferred, and what is not real at all."""

from __future__ import annotations

import io
from itertools import pairwise

import antimeridian
import shapely
from PIL import Image, ImageDraw

from annotate.log.entries import Movement, Sighting
from imagery.airfields import airfields

# Okabe and Ito's colours, which people who are colour-blind tell apart (https://jfly.uni-koeln.de/color/).
COLOURS = {"seen": "#0072b2", "reported": "#e69f00", "inferred": "#cc79a7"}
RENDERED_COLOUR = "#000000"
DISPUTED_COLOUR = "#d55e00"
RENDERED = "RENDERED"
_PLAIN = {"seen", "confirmed"}


def colour_of(entry: Sighting | Movement) -> str:
    """The colour of how it is known; a rendered aircraft, which is not real, has its own."""
    if isinstance(entry, Sighting) and entry.rendered:
        return RENDERED_COLOUR
    return COLOURS[entry.evidence]


def title_of(entry: Sighting | Movement) -> str:
    """What it is, with a warning where it is not simply an aircraft that was seen."""
    warnings: list[str] = [word for word in (entry.evidence, entry.status) if word not in _PLAIN]
    title = entry.type or "unknown type"
    if isinstance(entry, Movement):
        title = f"{title} {'-'.join(entry.places)}"
    else:
        title = f"{entry.count} x {title}" if entry.count > 1 else title
        warnings += [RENDERED] if entry.rendered else []
    return f"{title} ({', '.join(warnings)})" if warnings else title


def route_of(movement: Movement) -> shapely.MultiLineString | None:
    """The legs of a movement in lon/lat, from each airfield to the next.

    They join places and are no flight paths: nobody says what lies between. A leg from or to a place without
    an ICAO code is left out.

    Returns:
        None where no leg can be drawn.
    """
    known = airfields()
    legs = [
        shapely.LineString([known[one].lonlat, known[other].lonlat])
        for one, other in pairwise(movement.places)
        if one in known and other in known
    ]
    cut = [part for leg in legs for part in shapely.get_parts(antimeridian.fix_line_string(leg, False))]
    drawn = [part for part in cut if part.length > 0]
    return shapely.MultiLineString(drawn) if drawn else None


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
