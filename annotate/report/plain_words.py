"""The log's terms in plain words, for readers who do not know them."""

from __future__ import annotations

import calendar
from datetime import timedelta

from annotate.intake.fields import web_address
from annotate.intake.grades import admiralty_words
from annotate.log.entries import LIKELIHOOD, Evidence, Judgement
from annotate.log.stops import stop_of
from annotate.query.filters import Filter
from annotate.query.where_and_when import ALWAYS
from imagery.acquisition import Acquisition, parse_acquired
from imagery.aircraft.types import aircraft_types
from imagery.airfields import airfields
from imagery.errors import UsageError

EVIDENCE: dict[Evidence, str] = {
    "seen": "a person saw it in an image that this page names",
    "reported": "another source says so; no image that this page names shows it",
    "inferred": "nobody saw or reported it; it is a conclusion from other entries",
}
JUDGEMENT: dict[Judgement, str] = {
    "confirmed": "A detector proposed this place, and a person agreed.",
    "corrected": "A detector proposed this place; a person agreed after moving, turning or resizing the box.",
    "rejected": "A detector proposed this place, and a person said that no aircraft is there.",
    "added": "No detector proposed this place: a person found it and drew the box.",
    "absent": "An aircraft was here in the scene before; a person looked and said that nothing stands here.",
}


def moment(text: str | None) -> Acquisition | None:
    """Return a logged time with its precision; None where it is unknown or unreadable."""
    try:
        return parse_acquired(text, "log") if text else None
    except UsageError:
        return None


def date_words(text: str | None) -> str:
    """Return a logged time in words: ``27 October 2023``, ``October 2023``, ``3 May 2023, 10:36 UTC``."""
    acquisition = moment(text)
    if acquisition is None or acquisition.time is None:
        return text or "date unknown"
    time = acquisition.time
    month = f"{calendar.month_name[time.month]} {time.year}"
    match acquisition.precision:
        case "month":
            return month
        case "day":
            return f"{time.day} {month}"
        case _:
            return f"{time.day} {month}, {time:%H:%M} UTC"


def date_range_words(since: str | None, until: str | None) -> str:
    """Return the dates of a movement: ``since 20 August 2023, no end stated``."""
    if since and until:
        return f"{date_words(since)} to {date_words(until)}"
    if since:
        return f"since {date_words(since)}, no end stated"
    if until:
        return f"until {date_words(until)}, no beginning stated"
    return "no dates stated"


def airfield_words(place: str | None) -> str:
    """Return the names of an airfield, ``Gao Airport (GAGO)``, or of a strip at which a movement stopped."""
    if place is None:
        return "no airfield named"
    stop = stop_of(place)
    if stop.icao is not None:
        return f"{airfields()[stop.icao].words} ({stop.icao})"
    return place if stop.lonlat is None else f"{place} (no ICAO code)"


def type_words(designator: str | None, size_class: str | None = None) -> str:
    """Return the name of a type: ``Lockheed C-130 Hercules (C130)``; without a type, the size class."""
    if designator is None:
        return f"type not stated, {size_class}" if size_class else "type not stated"
    aircraft = aircraft_types().get(designator)
    return f"{aircraft.name} ({designator})" if aircraft else designator


def likelihood_words(word: str | None) -> str:
    """Return an expression of ICD 203 with the probability it stands for: ``very likely (80 to 95 %)``."""
    if word is None:
        return "not stated"
    share = LIKELIHOOD.get(word)
    return f"{word} ({share[0]} to {share[1]} %)" if share else word


def grade_words(grade: str | None) -> str:
    """Return an Admiralty grade in words: ``B2: usually reliable source, probably true``."""
    if not grade:
        return "not graded"
    meaning = admiralty_words(grade)
    return f"{grade}: {meaning}" if meaning else grade


def filter_words(matching: Filter) -> str:
    """Return what a report is limited to: ``type C130; from 1 October 2023``; empty where it shows all.

    Analysts are not named, as a page may be public.
    """
    conditions = (
        ("at", [airfield_words(icao) for icao in matching.airfields]),
        ("type", [designator or "not stated" for designator in matching.types]),
        ("operator", matching.operators),
        ("status", matching.statuses),
        ("evidence", matching.evidence),
    )
    parts = [f"{name} {' or '.join(sorted(values))}" for name, values in conditions if values]
    if matching.analysts:
        parts.append("only certain analysts")
    first, last = matching.during.first, matching.during.last
    if first != ALWAYS.first:
        parts.append(f"from {date_words(first.date().isoformat())}")
    if last != ALWAYS.last:
        parts.append(f"until {date_words((last - timedelta(seconds=1)).date().isoformat())}")
    if matching.bbox is not None:
        box = matching.bbox
        parts.append(f"between {box.west}° and {box.east}° east, {box.south}° and {box.north}° north")
    return "; ".join(parts)


def link_address(text: str | None) -> str | None:
    """Return a text that is a web address, which may become a link; None for others, such as scripts."""
    try:
        return web_address(text or "", "link")
    except UsageError:
        return None
