"""Where and when an entry of the log speaks of: its airfields, its places, and its span of time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from annotate.log.entries import Movement, SceneReview, Sighting, Verdict
from annotate.log.stops import stop_of
from imagery.acquisition import Span, parse_acquired
from imagery.airfields import airfields
from imagery.grid import LonLat

Entry = Sighting | Movement | SceneReview | Verdict

ALWAYS = Span(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


def airfields_of(entry: Entry) -> tuple[str, ...]:
    """Return the ICAO codes of the airfields that an entry speaks of."""
    if isinstance(entry, Movement):
        return tuple(stop.icao for stop in map(stop_of, entry.places) if stop.icao is not None)
    return () if entry.airfield is None else (entry.airfield,)


def places_of(entry: Entry) -> list[LonLat]:
    """Return where a sighting or verdict is, the stops of a movement; else the airfield's reference point."""
    if isinstance(entry, Sighting | Verdict) and entry.lon is not None and entry.lat is not None:
        return [LonLat(entry.lon, entry.lat)]
    if isinstance(entry, Movement):
        return [stop.lonlat for stop in map(stop_of, entry.places) if stop.lonlat is not None]
    table = airfields()
    return [table[icao].lonlat for icao in airfields_of(entry) if icao in table]


def span_of(entry: Entry) -> Span | None:
    """Return the span of time in which something may have been; None if nothing is known of it.

    A movement whose last day is not known may go on, one whose first day is not known may always have.
    """
    if isinstance(entry, Movement):
        since, until = written_span(entry.since), written_span(entry.until)
        if since is None and until is None:
            return None
        return Span(since.first if since else ALWAYS.first, until.last if until else ALWAYS.last)
    return written_span(entry.acquired if isinstance(entry, Sighting) else entry.scene.acquired)


def place_and_time(sighting: Sighting) -> tuple[Any, ...]:
    """Return a key that sorts by airfield, then by time; those without one come last."""
    span = span_of(sighting)
    place = (sighting.airfield is None, sighting.airfield, sighting.lon is None, sighting.lon, sighting.lat)
    return (*place[:2], span is None, span, *place[2:], sighting.id)


def written_span(text: str | None) -> Span | None:
    """Return the span that a time in the log leaves open; None where the time is unknown."""
    return None if text is None else parse_acquired(text, "a time in the log").span
