"""Filters of the log as people write them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from annotate.intake.type_names import aircraft_type_of
from annotate.intake.when import parse_when
from annotate.log.entries import Evidence, Status
from annotate.query.filters import BoundingBox, Filter
from annotate.query.where_and_when import ALWAYS
from imagery.acquisition import Span
from imagery.airfields import airfield_of
from imagery.errors import UsageError

UNKNOWN_TYPE = "unknown"


def parse_filter(
    *,
    airfields: Iterable[str] = (),
    types: Iterable[str] = (),
    operators: Iterable[str] = (),
    analysts: Iterable[str] = (),
    statuses: Iterable[str] = (),
    evidence: Iterable[str] = (),
    since: str | None = None,
    until: str | None = None,
    bbox: str | None = None,
) -> Filter:
    """Read a filter as people write it.

    Args:
        airfields: ICAO codes.
        types: ICAO designators; ``unknown`` is an aircraft whose type nobody claims.
        operators: Parts of the operator's name.
        analysts: Who says so.
        statuses: ``confirmed``, ``disputed`` or ``withdrawn``.
        evidence: ``seen``, ``reported`` or ``inferred``.
        since: Not before this time, ISO 8601.
        until: Not after it; the day or month that is named is part of the period.
        bbox: ``WEST,SOUTH,EAST,NORTH`` in degrees.

    Raises:
        UsageError: An airfield or a type is not known, or a time or the box cannot be read.
    """
    return Filter(
        airfields=frozenset(airfield_of(icao, "`airfields`").icao for icao in airfields),
        types=frozenset(
            None if text.casefold() == UNKNOWN_TYPE else aircraft_type_of(text, "`types`").icao
            for text in types
        ),
        operators=frozenset(operators),
        analysts=frozenset(analysts),
        statuses=cast(frozenset[Status], frozenset(statuses)),
        evidence=cast(frozenset[Evidence], frozenset(evidence)),
        during=parse_period(since, until),
        bbox=None if bbox is None else parse_bbox(bbox),
    )


def parse_bbox(text: str) -> BoundingBox:
    """Read ``WEST,SOUTH,EAST,NORTH`` in degrees.

    Raises:
        UsageError: It is not four numbers, is out of range, or its south lies north of its north.
    """
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise UsageError(f"`bbox`: '{text}' is not WEST,SOUTH,EAST,NORTH in degrees") from None
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90):
        raise UsageError(
            f"`bbox`: '{text}' is not a box on the globe; write WEST,SOUTH,EAST,NORTH, longitudes from -180 "
            "to 180, latitudes from -90 to 90, south first"
        )
    return BoundingBox(west, south, east, north)


def parse_period(since: str | None, until: str | None) -> Span:
    """Read a period, from the beginning of one time to the end of another; either may be left open.

    Raises:
        UsageError: `annotate.intake.when.parse_when` refuses one of them, or they are in the wrong order.
    """
    first = None if since is None else parse_when(since, "`since`").span
    last = None if until is None else parse_when(until, "`until`").span
    period = Span(first.first if first else ALWAYS.first, last.last if last else ALWAYS.last)
    if period.first >= period.last:
        raise UsageError(f"`until`: {until} is before `since` {since}")
    return period
