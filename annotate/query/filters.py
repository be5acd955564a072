"""Filters: which entries of the log match. Listings, exports and the report share them."""

from __future__ import annotations

import json
from collections.abc import Set
from dataclasses import dataclass

import shapely

from annotate.log.entries import Evidence, Movement, SceneReview, Sighting, Status, Verdict
from annotate.query.where_and_when import ALWAYS, Entry, airfields_of, places_of, span_of
from imagery.acquisition import Span
from imagery.grid import LonLat


@dataclass(frozen=True)
class BoundingBox:
    """West, south, east and north in degrees; west of more than east crosses the antimeridian (RFC 7946)."""

    west: float
    south: float
    east: float
    north: float

    def contains(self, place: LonLat) -> bool:
        """Check whether a place lies in it or on its edge."""
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


@dataclass(frozen=True)
class Filter:
    """A condition on the entries of a log, for `annotate.log.store.Log.sightings`.

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
        bbox: Where it was, see `annotate.query.where_and_when.places_of`; a scene, what it shows.
    """

    airfields: Set[str] = frozenset()
    types: Set[str | None] = frozenset()
    operators: Set[str] = frozenset()
    analysts: Set[str] = frozenset()
    statuses: Set[Status] = frozenset()
    evidence: Set[Evidence] = frozenset()
    during: Span = ALWAYS
    bbox: BoundingBox | None = None

    def matches(self, entry: Sighting | Movement | SceneReview) -> bool:
        """Check whether an entry matches; for a scene only place and time count."""
        if not isinstance(entry, SceneReview) and not self._claims_match(entry):
            return False
        return self._there_and_then(entry)

    def counts(self, verdict: Verdict) -> bool:
        """Check whether a verdict matches, be it a rejection: by its analyst, place and time."""
        names = _names(verdict.analyst)
        return (not self.analysts or not self._casefolded_analysts.isdisjoint(names)) and (
            self._there_and_then(verdict)
        )

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


def _any_in(words: Set[str], text: str | None) -> bool:
    return text is not None and any(word.casefold() in text.casefold() for word in words)


def _names(analysts: str) -> set[str]:
    """Return each of several analysts, whole and without what an address adds."""
    names = [name.casefold() for name in analysts.split(", ")]
    return {*names, *(name.partition("@")[0] for name in names)}
