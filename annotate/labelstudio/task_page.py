"""The texts of a task's page, as HTML or plain text.

Everything that comes from a file or a name is escaped: the page shows HTML as it is. Each text is one line,
since Label Studio's Markdown takes a line that begins with a tag for HTML up to the next empty one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from types import MappingProxyType

from annotate.labelstudio.known_types import KnownTypes
from detect.box import heading_words
from detect.candidate import Candidate, TypeSuggestion
from detect.limits import SceneLimits, coarse_words
from detect.measuring.suggested_types import COARSEST_NAMED_M
from imagery.airfields import airfields
from imagery.grid import LonLat
from imagery.measures import TIMES, size_words
from imagery.record import SceneRecord
from imagery.words import counted

RENDERED = "RENDERED, not a photograph"
NO_NUMBERS: Mapping[str, int] = MappingProxyType({})
MOST_TYPES = 3  # suggestions shown for a box


def title(scene: SceneRecord, airfield: str | None) -> str:
    """Return one line of text: what is shown, when, at which GSD."""
    source = RENDERED if scene.rendered else scene.sensor
    facts = [airfield or "no airfield known", _when(scene), f"GSD {scene.gsd_m:.2f} m", source]
    return " · ".join(fact for fact in facts if fact)


def facts(scene: SceneRecord, airfield: str | None, *, audit: bool, limits: SceneLimits | None = None) -> str:
    """Return the same in HTML, and what else the analyst should know of this tile.

    Args:
        scene: Its record.
        airfield: ICAO code, or None.
        audit: Whether it is a tile without candidates.
        limits: What the scene cannot show; None where nobody looked.
    """
    field = airfields().get(airfield or "")
    name = f"{airfield} {field.words}" if field else airfield or "no airfield known"
    lines = [f"<b>{_html(name)}</b>", f"{_html(_when(scene))}, GSD {scene.gsd_m:.2f} m"]
    if scene.rendered:
        lines.append(f"<b>{RENDERED}</b>")
    elif scene.sensor:
        lines.append(_html(scene.sensor))
    if audit:
        lines.append("Audit tile: the detector found nothing here. Draw what it missed.")
    if limits is not None:
        lines += [f"<b>In this scene {_html(words)}.</b>" for words in coarse_words(limits)]
    if scene.gsd_m > COARSEST_NAMED_M:
        lines.append("At this GSD types are hard to tell apart: if you name one, say why.")
    return f"<div>{'<br>'.join(lines)}</div>"


def place_link(place: LonLat, placed: bool) -> str:
    """Return a link to a place on OpenStreetMap, as HTML, or a line that the image has none."""
    if not placed:
        return "<div>The image has no georeference</div>"
    lat, lon = f"{place.lat:.5f}", f"{place.lon:.5f}"
    address = f"https://www.openstreetmap.org/?mlat={lat}&mlon={lon}#map=17/{lat}/{lon}"
    link = f'<a href="{escape(address)}" target="_blank" rel="noopener">'
    return f"<div>{link}{lat}, {lon} on OpenStreetMap</a></div>"


def boxes_table(
    candidates: Sequence[Candidate],
    scene: SceneRecord,
    known: KnownTypes,
    numbers: Mapping[str, int] = NO_NUMBERS,
) -> str:
    """Return the measures of each box, by the number that stands at its nose, as an HTML table.

    Args:
        candidates: Of the task.
        scene: Its record.
        known: What is known of types at the airfield; below the table stands what their order rests on.
        numbers: Those of candidates in the picture of the whole scene, by their ids.
    """
    if not candidates:
        return "<div>No candidates.</div>"
    texts = []
    for candidate in candidates:
        lines = _lines(candidate, scene, known)
        if candidate.id in numbers:
            lines.append(f"number {numbers[candidate.id]} in the picture of the scene")
        texts.append("<br>".join(map(_html, lines)))
    rows = "".join(
        f"<tr><td><b>{number}</b></td><td>{text}</td></tr>" for number, text in enumerate(texts, 1)
    )
    order = f"<div>{_html(known.words)}</div>" if any(candidate.types for candidate in candidates) else ""
    return f'<div><table class="hs-boxes">{rows}</table>{order}</div>'


def region_note(number: int, candidate: Candidate, scene: SceneRecord, known: KnownTypes) -> str:
    """Return the measures of one box as text."""
    return f"{number}: {'; '.join(_lines(candidate, scene, known))}"


def other_picture(name: str, key: str, address: str) -> str:
    """Return another picture of the task as HTML, which opens over the tile; empty without an address.

    Args:
        name: What it shows.
        key: Opens and closes it, on the server that hardstand starts.
        address: Of the picture.
    """
    if not address:
        return ""
    picture = f'<div class="hs-sheet"><img src="{_html(address)}" alt="{_html(name)}"></div>'
    title = f'<summary title="{_html(key)}">{_html(name)}</summary>'
    return f'<div><details class="hs-view hs-key-{_html(key)}">{title}{picture}</details></div>'


def _when(scene: SceneRecord) -> str:
    return f"{scene.acquired} ({scene.acquired_precision})" if scene.acquired else "time unknown"


def _lines(candidate: Candidate, scene: SceneRecord, known: KnownTypes) -> list[str]:
    """Return a box's measures, and the types that they fit."""
    length, span, heading = candidate.ground
    error = candidate.size_error_m
    size = size_words(length, span, error or (None, None))
    parts = [f"{size} (length {TIMES} span)", f"score {candidate.score:.2f}"]
    if scene.grid.placed:
        parts.append(f"nose to {heading_words(heading, candidate.heading_sure)}")
    elif not candidate.heading_sure:
        parts.append("nose or tail")
    types = known.ranked(candidate.types)[:MOST_TYPES]
    suggested = ", ".join(_type_words(suggestion, known) for suggestion in types)
    return [
        ", ".join(parts),
        f"by size and outline alone: {suggested}" if suggested else "no known type fits",
    ]


def _type_words(suggestion: TypeSuggestion, known: KnownTypes) -> str:
    seen = known.here.get(suggestion.type)
    return f"{suggestion.type} {suggestion.score:.0%}" + (
        f" (seen here {counted(seen, 'time')})" if seen else ""
    )


def _html(text: str) -> str:
    """Return text as HTML on one line."""
    return escape(" ".join(text.split()))
