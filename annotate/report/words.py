"""The log's terms in plain words, for readers who have never heard of them."""

from __future__ import annotations

import calendar
from datetime import timedelta

from annotate.intake.fields import admiralty_words
from annotate.intake.statements import web_address
from annotate.log.entries import LIKELIHOOD, Evidence, Judgement
from annotate.query.filters import ALWAYS, Filter
from imagery.acquisition import Acquisition, parse_acquired
from imagery.aircraft.types import aircraft_types
from imagery.airfields import airfields
from imagery.errors import UsageError

EVIDENCE: dict[Evidence, str] = {
    "seen": "a person saw it in an image that is named here",
    "reported": "somebody else says so; no image named here shows it",
    "inferred": "nobody saw it or says so; it is a conclusion from other entries",
}
JUDGEMENT: dict[Judgement, str] = {
    "confirmed": "A detector proposed this place, and a person agreed.",
    "corrected": "A detector proposed this place; a person agreed after moving, turning or resizing the box.",
    "rejected": "A detector proposed this place, and a person said that no aircraft is there.",
    "added": "No detector proposed this place: a person found it and drew the box.",
}


def moment(text: str | None) -> Acquisition | None:
    """A logged time and how precisely it is known; None where it is unknown or unreadable."""
    try:
        return parse_acquired(text, "log") if text else None
    except UsageError:
        return None


def date_words(text: str | None) -> str:
    """A logged time for people: ``27 October 2023``, ``October 2023``, ``27 October 2023, 10:36 UTC``."""
    known = moment(text)
    if known is None or known.time is None:
        return text or "date unknown"
    time, month = known.time, f"{calendar.month_name[known.time.month]} {known.time.year}"
    match known.precision:
        case "month":
            return month
        case "day":
            return f"{time.day} {month}"
        case _:
            return f"{time.day} {month}, {time:%H:%M} UTC"


def period_words(since: str | None, until: str | None) -> str:
    """The days of a movement: ``since 20 August 2023, no end stated``."""
    if since and until:
        return f"{date_words(since)} to {date_words(until)}"
    if since:
        return f"since {date_words(since)}, no end stated"
    if until:
        return f"until {date_words(until)}, no beginning stated"
    return "no dates stated"


def place_words(icao: str | None) -> str:
    """An airfield: ``Gao Airport (GAGO)``."""
    if icao is None:
        return "no airfield named"
    known = airfields().get(icao)
    return f"{known.name} ({icao})" if known else icao


def type_words(designator: str | None, size_class: str | None = None) -> str:
    """A type: ``Lockheed C-130 Hercules (C130)``; what is known of the size where no type is claimed."""
    if designator is None:
        return f"type not named, {size_class}" if size_class else "type not named"
    known = aircraft_types().get(designator)
    return f"{known.name} ({designator})" if known else designator


def likelihood_words(word: str | None) -> str:
    """An expression of ICD 203 with the share it stands for: ``very likely (80 to 95 %)``."""
    if word is None:
        return "not said"
    share = LIKELIHOOD.get(word)
    return f"{word} ({share[0]} to {share[1]} %)" if share else word


def grade_words(grade: str | None) -> str:
    """An Admiralty grade: ``B2: usually reliable source, probably true``."""
    if not grade:
        return "not graded"
    meaning = admiralty_words(grade)
    return f"{grade}: {meaning}" if meaning else grade


def filter_words(wanted: Filter) -> str:
    """What a report is limited to: ``type C130; from 1 October 2023``; empty where it is not.

    Analysts that were asked for are not named: a page may be public.
    """
    said = (
        ("at", [place_words(icao) for icao in wanted.airfields]),
        ("type", [one or "not named" for one in wanted.types]),
        ("operator", wanted.operators),
        ("status", wanted.statuses),
        ("known because it was", wanted.evidence),
    )
    parts = [f"{name} {' or '.join(sorted(values))}" for name, values in said if values]
    if wanted.analysts:
        parts.append("only certain analysts")
    first, last = wanted.during.first, wanted.during.last
    if first != ALWAYS.first:
        parts.append(f"from {date_words(first.date().isoformat())}")
    if last != ALWAYS.last:
        parts.append(f"until {date_words((last - timedelta(seconds=1)).date().isoformat())}")
    if wanted.bbox is not None:
        box = wanted.bbox
        parts.append(f"between {box.west}° and {box.east}° east, {box.south}° and {box.north}° north")
    return "; ".join(parts)


def link_address(text: str | None) -> str | None:
    """The text where it is a web address, which may become a link; None for all else, above all scripts."""
    try:
        return web_address(text or "", "link")
    except UsageError:
        return None
