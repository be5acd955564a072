"""What commands write besides tables: values as text, JSON on standard output, warnings on stderr."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from annotate.log.entries import Movement, Sighting
from annotate.log.size_check import measured_size, size_check, size_disagrees
from imagery.cli.messages import say
from imagery.grid import LonLat
from imagery.measures import place_words


def echo_array(objects: Iterable[dict[str, Any]]) -> None:
    """Print a JSON array, one object per line, each as soon as it is there."""
    before = "["
    for members in objects:
        say(before + json.dumps(members, ensure_ascii=False, allow_nan=False), nl=False)
        before = ",\n "
    say("]" if before != "[" else "[]")


def echo_logged(log_name: str, entry: Sighting | Movement, words: str) -> None:
    """Print the identifier of an entry that a statement made, and to stderr how it was understood.

    Args:
        log_name: The log's.
        entry: What the log holds of it now.
        words: The statement in words, so that a slip shows.
    """
    say(f"{log_name}: {entry.evidence}, not seen: {words}", err=True)
    if entry.status == "withdrawn":
        say(f"{entry.id} was logged before and withdrawn ({entry.because}); it stays withdrawn", err=True)
    say(entry.id)


def warn(line: str) -> None:
    """Print a note about something that does not stop the command."""
    say(f"Note: {line}", err=True)


DISAGREES = "(!)"  # after a size that is not that of the claimed type
SHORT_ID = 8  # digits of an identifier that are shown; commands take the beginning of one


def value_text(value: object) -> str:
    """Return any value of an entry; lists as JSON."""
    if value is None:
        return "unknown"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def short_id(identifier: str) -> str:
    """Return the beginning of an identifier."""
    return identifier[:SHORT_ID]


def short_name(analyst: str) -> str:
    """Return an analyst's name without what an address adds."""
    return analyst.partition("@")[0]


def time_text(acquired: str | None) -> str:
    """Return a time at the precision it is known."""
    return (acquired or "unknown").replace("T", " ")


def period_text(movement: Movement) -> str:
    """Return a movement's first and last day."""
    return f"{time_text(movement.since)} to {time_text(movement.until)}"


def size_text(sighting: Sighting) -> str:
    """Return length and wingspan with their errors, marked where they are not those of the claimed type."""
    size = measured_size(sighting)
    if size is None:
        return "?"
    return size.words + (f" {DISAGREES}" if size_disagrees(sighting) else "")


def position_text(sighting: Sighting) -> str:
    """Return longitude and latitude."""
    if sighting.lon is None or sighting.lat is None:
        return "no position"
    return place_words(LonLat(sighting.lon, sighting.lat), sighting.position_error_m)


def verdict_text(sighting: Sighting) -> str:
    """Return the verdict, or that the sighting is disputed or withdrawn."""
    return sighting.status if sighting.status != "confirmed" else sighting.verdict or sighting.status


def analyst_text(entry: Sighting | Movement) -> str:
    """Return who says so."""
    return ", ".join(map(short_name, entry.analyst.split(", ")))


def source_text(entry: Sighting | Movement) -> str:
    """Return who or what reports it, by the first that is known of words, address and file."""
    return entry.source or entry.source_url or entry.archive_url or entry.source_file or "-"


def warn_of_sizes(sightings: Iterable[Sighting]) -> None:
    """Print a note about each sighting whose size is not that of the type it claims."""
    for sighting in sightings:
        check = size_check(sighting)
        if check is not None and not check.fits and sighting.status != "withdrawn":
            reason = f" ({sighting.type_reason})" if sighting.type_reason else "; say why, or amend the type"
            warn(f"{short_id(sighting.id)}: {check.words}{reason}")
