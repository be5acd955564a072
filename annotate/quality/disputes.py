"""Sightings that analysts contradict each other about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from annotate.log.entries import Sighting, Verdict
from annotate.quality.judged_aircraft import JudgedAircraft

WHERE = ("id", "because", "airfield", "lon", "lat", "acquired", "center_px", "scene_path", "scene_sha256")
SAID = ("analyst", "verdict", "type", "size_class", "operator", "tail_number", "note", "annotated", "task_id")


class Dispute(NamedTuple):
    """A disputed sighting, and what is said of it.

    Attributes:
        sighting: As the log holds it.
        verdicts: The latest of each analyst.
    """

    sighting: Sighting
    verdicts: tuple[Verdict, ...]

    def to_json(self, link: Callable[[Verdict], str | None]) -> dict[str, Any]:
        """As JSON members.

        Args:
            link: Address of the task in which something was said, where it is known.
        """
        said = [
            {**{name: getattr(verdict, name) for name in SAID}, "task_url": link(verdict)}
            for verdict in self.verdicts
        ]
        return {
            **{name: getattr(self.sighting, name) for name in WHERE},
            "project": self.sighting.project,
            "rendered": self.sighting.rendered,
            "verdicts": said,
        }


def disputes_among(aircraft: Iterable[JudgedAircraft]) -> Iterator[Dispute]:
    """The disputed ones."""
    for one in aircraft:
        if one.sighting is not None and one.sighting.status == "disputed":
            yield Dispute(one.sighting, one.verdicts)
