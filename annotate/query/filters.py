"""Which entries of the log are asked for. Listings, exports and the report share this."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime

import shapely

from annotate.intake.when import parse_when
from annotate.log.entries import Evidence, Movement, SceneReview, Sighting, Status
from imagery.acquisition import Span, parse_acquired
from imagery.airfields import airfields
from imagery.errors import UsageError
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


@dataclass(frozen=True)
class BoundingBox:
    """West, south, east and north in degrees; west of more than east crosses the antimeridian (RFC 7946)."""

    west: float
    south: float
    east: float
    north: float

    def contains(self, place: LonLat) -> bool:
        """Whether a place lies in it or on its edge."""
        if not self.south <= place.lat <= self.north:
            return False
        if self.west <= self.east:
            return self.west <= place.lon <= self.east
        return place.lon >= self.west or place.lon <= self.east

    @property
    def geometry(self) -> shapely.MultiPolygon:
        """Its area in lon/lat, cut at the antimeridian."""
        spans = [(self.west, self.east)]
        if self.west > self.east:
            spans = [(self.west, 180.0), (-180.0, self.east)]
        return shapely.MultiPolygon([shapely.box(west, self.south, east, self.north) for west, east in spans])


def parse_bbox(text: str, option: str = "--bbox") -> BoundingBox:
    """Read ``WEST,SOUTH,EAST,NORTH`` in degrees.

    Raises:
        UsageError: It is not four numbers, off the globe, or its south lies north of its north.
    """
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise UsageError(f"{option}: '{text}' is not WEST,SOUTH,EAST,NORTH in degrees") from None
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90):
        raise UsageError(
            f"{option}: '{text}' is no box on the globe; write WEST,SOUTH,EAST,NORTH, longitudes from -180 "
            "to 180, latitudes from -90 to 90, south first"
        )
    return BoundingBox(west, south, east, north)


def parse_period(since: str | None, until: str | None) -> Span:
    """The times from the beginning of one time to the end of another, either of which may be left open.

    Raises:
        UsageError: One of them is no time that `parse_when` takes, or they are in the wrong order.
    """
    first = None if since is None else parse_when(since, "--since").span
    last = None if until is None else parse_when(until, "--until").span
    period = Span(first.first if first else ALWAYS.first, last.last if last else ALWAYS.last)
    if period.first >= period.last:
        raise UsageError(f"--until: {until} is before --since {since}")
    return period


@dataclass(frozen=True)
class Filter:
    """What is asked for of a log, see `annotate.log.store.Matching`.

    An entry matches if it fits every condition; a condition that is empty fits all.

    Attributes:
        airfields: ICAO codes; a movement fits where it touches one.
        types: ICAO designators as people claim them; None is an aircraft whose type nobody claims.
        operators: Parts of the operator's name, in any case.
        analysts: Who says so, in any case: the whole name, or what comes before its ``@``.
        statuses: Empty: all but ``withdrawn``.
        evidence: How it is known.
        during: When it may have been. What is known to the month may have been on each of its days; what is
            known to no time fits only `ALWAYS`.
        bbox: Where it was, see `annotate.query.filters.places_of`; a scene, what it shows.
    """

    airfields: frozenset[str] = frozenset()
    types: frozenset[str | None] = frozenset()
    operators: frozenset[str] = frozenset()
    analysts: frozenset[str] = frozenset()
    statuses: frozenset[Status] = frozenset()
    evidence: frozenset[Evidence] = frozenset()
    during: Span = ALWAYS
    bbox: BoundingBox | None = None

    def matches(self, entry: Entry) -> bool:
        """Check whether an entry is asked for; a scene is if it shows where and when, whatever is in it."""
        if not isinstance(entry, SceneReview) and not self._claims_match(entry):
            return False
        return self._there_and_then(entry)

    def _claims_match(self, entry: Sighting | Movement) -> bool:
        return (
            (not self.types or entry.type in self.types)
            and (not self.evidence or entry.evidence in self.evidence)
            and (entry.status in self.statuses if self.statuses else entry.status != "withdrawn")
            and (not self.operators or _any_in(self.operators, entry.operator))
            and (not self.analysts or not self._casefolded_analysts.isdisjoint(_names(entry.analyst)))
        )

    @property
    def _casefolded_analysts(self) -> frozenset[str]:
        return frozenset(map(str.casefold, self.analysts))

    def _there_and_then(self, entry: Entry) -> bool:
        if self.airfields and self.airfields.isdisjoint(airfields_of(entry)):
            return False
        if self.bbox is not None and not _in_box(entry, self.bbox):
            return False
        if self.during == ALWAYS:
            return True
        span = span_of(entry)
        return span is not None and max(span.first, self.during.first) < min(span.last, self.during.last)


def _in_box(entry: Entry, bbox: BoundingBox) -> bool:
    if isinstance(entry, SceneReview) and entry.footprint is not None:
        return bbox.geometry.intersects(shapely.from_geojson(json.dumps(entry.footprint)))
    return any(map(bbox.contains, places_of(entry)))


def _any_in(words: frozenset[str], text: str | None) -> bool:
    return text is not None and any(word.casefold() in text.casefold() for word in words)


def _names(analysts: str) -> set[str]:
    """Each of several analysts, whole and without what an address adds."""
    names = [name.casefold() for name in analysts.split(", ")]
    return {*names, *(name.partition("@")[0] for name in names)}
