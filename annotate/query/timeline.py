"""What the log knows of one airfield in the order of time: scenes, also empty ones, reports, movements."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, NamedTuple

from annotate.log.entries import Movement, Sighting
from annotate.query.filters import span_of
from annotate.query.searched_scenes import SearchedScene, scene_key, seen_in
from imagery.acquisition import Span

KINDS = ("movement", "scene", "sighting")  # what began earlier comes first among what is of one time


class Event(NamedTuple):
    """One line of it.

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
        """The entry's members and its kind."""
        members = self.entry.to_json() if isinstance(self.entry, SearchedScene) else asdict(self.entry)
        return {"kind": self.kind, **members}


def timeline(
    scenes: Iterable[SearchedScene], sightings: Iterable[Sighting], movements: Iterable[Movement]
) -> list[Event]:
    """Everything in the order in which it may have begun; what nobody knows the time of comes last.

    Args:
        scenes: Of the airfield.
        sightings: Of the airfield; what was seen in one of the scenes is told with it.
        movements: That touch it.
    """
    told = list(scenes)
    keys = {scene_key(scene.record) for scene in told}
    events = [Event(scene, scene.span) for scene in told]
    events += [Event(sighting, span_of(sighting)) for sighting in sightings if seen_in(sighting) not in keys]
    events += [Event(movement, span_of(movement)) for movement in movements]
    return sorted(events, key=_order)


def _order(event: Event) -> tuple[Any, ...]:
    span = event.span
    identifier = scene_key(event.entry.record) if isinstance(event.entry, SearchedScene) else event.entry.id
    return (span is None, span, KINDS.index(event.kind), identifier)
