"""How maps draw entries, so that seen, reported, inferred and rendered ones are told apart."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw

from annotate.exports.coverage_areas import CoverageKind
from annotate.log.entries import Movement, Sighting
from annotate.log.stops import route_words
from annotate.query.where_and_when import places_of

# Okabe and Ito's colours, which people who are colour-blind tell apart (https://jfly.uni-koeln.de/color/).
COLOURS = {"seen": "#0072b2", "reported": "#e69f00", "inferred": "#cc79a7"}
COVERAGE_COLOURS: dict[CoverageKind, str] = {
    "searched": "#7f7f7f",
    "seen": "#009e73",
    "hidden": "#d55e00",
    "cloud": "#56b4e9",
}
RENDERED_COLOUR = "#000000"
DISPUTED_COLOUR = "#d55e00"
RENDERED = "RENDERED"
_NOT_WARNED_OF = {"seen", "confirmed"}

ICON_PX = 64
_OUTLINE_PX = 5
# In the square of an icon, the nose up.
_SHAPES = {
    "arrow": [(32, 2), (56, 60), (32, 46), (8, 60)],
    "bar": [(24, 2), (40, 2), (40, 62), (24, 62)],
    "diamond": [(32, 4), (60, 32), (32, 60), (4, 32)],
}
ICONS = (*_SHAPES, "dot")


def colour_of(entry: Sighting | Movement) -> str:
    """Return the colour of an entry by its evidence, ``#rrggbb``; rendered aircraft have their own."""
    if isinstance(entry, Sighting) and entry.rendered:
        return RENDERED_COLOUR
    return COLOURS[entry.evidence]


def title_of(entry: Sighting | Movement) -> str:
    """Return the type, with a warning where the entry is not simply an aircraft that was seen."""
    warnings: list[str] = [word for word in (entry.evidence, entry.status) if word not in _NOT_WARNED_OF]
    title = entry.type or "unknown type"
    if isinstance(entry, Movement):
        title = f"{title} {route_words(entry.places, '-')}"
    else:
        title = f"{entry.count} x {title}" if entry.count > 1 else title
        warnings += [RENDERED] if entry.rendered else []
    return f"{title} ({', '.join(warnings)})" if warnings else title


def point_is(sighting: Sighting) -> str | None:
    """Return what the point of a sighting on a map is, in words; None where it has none."""
    if sighting.lon is not None and sighting.lat is not None:
        return "position"
    return f"reference point of {sighting.airfield}" if places_of(sighting) else None


def icon(name: str, *, hollow: bool) -> bytes:
    """Return one of `ICONS` as a PNG of `ICON_PX` a side, white on transparent, for KML to tint."""
    image = Image.new("RGBA", (ICON_PX, ICON_PX))
    draw = ImageDraw.Draw(image)
    fill = None if hollow else "white"
    if name == "dot":
        draw.ellipse((12, 12, 52, 52), fill=fill, outline="white", width=_OUTLINE_PX)
    else:
        draw.polygon(_SHAPES[name], fill=fill, outline="white", width=_OUTLINE_PX)
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()
