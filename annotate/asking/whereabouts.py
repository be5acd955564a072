"""When and where an entry of the log was, as far as it says."""

from __future__ import annotations

from datetime import UTC, datetime

from annotate.log.entry import Movement, SceneReview, Sighting
from imagery.acquisition import Span, parse_acquired
from imagery.airfields import airfields
from imagery.grid import LonLat

Entry = Sighting | Movement | SceneReview

ALWAYS = Span(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


def span_of(entry: Entry) -> Span | None:
    """The times at which it may have been; None where that is not known at all.

    A movement of which no last day is known may go on, one of which no first day is known may always have.
    """
    if isinstance(entry, Movement):
        since, until = written_span(entry.since), written_span(entry.until)
        if since is None and until is None:
            return None
        return Span(since.first if since else ALWAYS.first, until.last if until else ALWAYS.last)
    return written_span(entry.scene.acquired if isinstance(entry, SceneReview) else entry.acquired)


def airfields_of(entry: Entry) -> tuple[str, ...]:
    """ICAO codes of the airfields that it speaks of."""
    if isinstance(entry, Movement):
        return entry.places
    return () if entry.airfield is None else (entry.airfield,)


def places_of(entry: Entry) -> list[LonLat]:
    """Where it was: a sighting's own position; else the reference points of the airfields it speaks of."""
    if isinstance(entry, Sighting) and entry.lon is not None and entry.lat is not None:
        return [LonLat(entry.lon, entry.lat)]
    known = airfields()
    return [known[icao].lonlat for icao in airfields_of(entry) if icao in known]


def written_span(text: str | None) -> Span | None:
    """The times that a time in the log leaves open; None where it is unknown."""
    return None if text is None else parse_acquired(text, "a time in the log").span
