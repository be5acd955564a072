"""How maps tell apart what was seen, what was reported, what was inferred, and what is not real at all."""

from __future__ import annotations

from annotate.log.entries import Movement, Sighting

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
