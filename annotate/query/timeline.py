"""The events at one airfield in order of time: scenes, also those without aircraft, reports, movements."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import asdict
from typing import Any, NamedTuple

from annotate.log.entries import Movement, Sighting
from annotate.log.store import Log
from annotate.query.filters import Filter
from annotate.query.searched_scenes import SearchedScene, scene_seen_in, searched_scenes
from annotate.query.where_and_when import span_of
from imagery.acquisition import Span

KINDS = ("movement", "scene", "sighting")  # what began earlier comes first among what is of one time


class Event(NamedTuple):
    """One line of a timeline.

    Attributes:
        entry: A scene with what was seen in it, a sighting that is in no scene of the log, or a movement.
        span: The times at which it may have been; None where unknown.
    """

    entry: SearchedScene | Sighting | Movement
    span: Span | None

    @property
    def kind(self) -> str:
        """One of `KINDS`."""
        kinds = {Movement: "movement", SearchedScene: "scene", Sighting: "sighting"}
        return kinds[type(self.entry)]

    def to_json(self) -> dict[str, Any]:
        """Return the entry's members and its kind."""
        members = self.entry.to_json() if isinstance(self.entry, SearchedScene) else asdict(self.entry)
        return {"kind": self.kind, **members}


def events_at(log: Log, icao: str) -> list[Event]:
    """Return the events at an airfield that the log knows of; see `order_events`.

    Args:
        log: The log that knows them.
        icao: The airfield's code.
    """
    matching = Filter(airfields=frozenset({icao}))
    return order_events(searched_scenes(log, icao), log.sightings(matching), log.movements(matching))


def order_events(
    scenes: Collection[SearchedScene], sightings: Iterable[Sighting], movements: Iterable[Movement]
) -> list[Event]:
    """Return the events in the order in which they may have begun; those of unknown time come last.

    Args:
        scenes: Of the airfield.
        sightings: Of the airfield; one that was seen in one of the scenes is part of that event.
        movements: That touch it.
    """
    events = [Event(scene, scene.span) for scene in scenes]
    keys = {scene.key for scene in scenes}
    events += [
        Event(sighting, span_of(sighting)) for sighting in sightings if scene_seen_in(sighting) not in keys
    ]
    events += [Event(movement, span_of(movement)) for movement in movements]
    return sorted(events, key=_order)


def _order(event: Event) -> tuple[Any, ...]:
    identifier = event.entry.key if isinstance(event.entry, SearchedScene) else event.entry.id
    return (event.span is None, event.span, KINDS.index(event.kind), identifier)
