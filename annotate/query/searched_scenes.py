"""The scenes of one airfield, each with what was seen in it and how far people have looked at it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import PurePath
from typing import Any

import shapely

from annotate.log.entries import SceneReview, Sighting, Verdict
from annotate.log.store import Log
from annotate.query.filters import written_span
from imagery.acquisition import Span
from imagery.grid import LonLat
from imagery.record import SceneRecord


@dataclass(frozen=True)
class SearchedScene:
    """A scene, all of its reviews together.

    Attributes:
        record: What identifies it.
        footprint: GeoJSON geometry; None where it has no place.
        tasks: Tiles that were put before people, in the review that got furthest; None where the log has no
            word of that, only verdicts.
        reviewed: Of those, how many have an answer.
        projects: Titles of the review projects.
        sightings: Aircraft seen in it, confirmed or disputed, in the order logged.
        marked: Where analysts say that an aircraft is, whether or not others agree.
    """

    record: SceneRecord
    footprint: dict[str, Any] | None
    tasks: int | None
    reviewed: int
    projects: tuple[str, ...]
    sightings: tuple[Sighting, ...]
    marked: tuple[LonLat, ...]

    @property
    def name(self) -> str:
        """The file's name, without its folder."""
        return PurePath(self.record.path).name

    @cached_property
    def span(self) -> Span | None:
        """The times at which it may have been taken; None where unknown."""
        return written_span(self.record.acquired)

    @cached_property
    def area(self) -> shapely.Geometry | None:
        """Its footprint in lon/lat; None where that is not known."""
        return None if self.footprint is None else shapely.from_geojson(json.dumps(self.footprint))

    @property
    def complete(self) -> bool:
        """Whether people have answered every tile that was put before them, and at least one."""
        return self.tasks is not None and 0 < self.tasks <= self.reviewed

    @property
    def review(self) -> str:
        """How much of it people have looked at, in words."""
        if self.tasks is None:
            return "how much of it was reviewed is not known"
        if self.reviewed == 0:
            return "nobody has looked at it yet"
        return "all of it reviewed" if self.complete else f"{self.reviewed} of {self.tasks} tiles reviewed"

    def to_json(self) -> dict[str, Any]:
        """What is known of it, as JSON members."""
        return {
            "scene": asdict(self.record),
            "footprint": self.footprint,
            "tasks": self.tasks,
            "reviewed": self.reviewed,
            "projects": self.projects,
            "sightings": [asdict(sighting) for sighting in self.sightings],
        }


def searched_scenes(log: Log, icao: str) -> list[SearchedScene]:
    """The scenes of an airfield, also those without aircraft, in the order of their first mention in the log.

    Args:
        log: Which knows them.
        icao: The airfield's code.
    """
    reviews = reviews_by_scene(review for review in log.scenes() if review.airfield == icao)
    verdicts: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in log.current_verdicts():
        if verdict.airfield == icao and verdict.withdrawn is None:
            verdicts[scene_key(verdict.scene)].append(verdict)
    sightings: dict[str | None, list[Sighting]] = defaultdict(list)
    for sighting in log.sightings():
        if sighting.airfield == icao:
            sightings[seen_in(sighting)].append(sighting)
    return [
        _scene(reviews.get(key, []), verdicts[key], sightings[key])
        for key in dict.fromkeys([*reviews, *verdicts])
    ]


def scene_key(record: SceneRecord) -> str:
    """What tells one scene from another: its hash; where it has none, its path."""
    return record.sha256 or record.path


def seen_in(sighting: Sighting) -> str | None:
    """The `scene_key` of the scene that it was seen in; None where it is reported, of whatever image."""
    return (sighting.scene_sha256 or sighting.scene_path) if sighting.evidence == "seen" else None


def reviews_by_scene(reviews: Iterable[SceneReview]) -> dict[str, list[SceneReview]]:
    """The reviews of each scene, in whatever projects, by its `scene_key`, in the order of first mention."""
    by_scene: dict[str, list[SceneReview]] = {}
    for review in reviews:
        by_scene.setdefault(scene_key(review.scene), []).append(review)
    return by_scene


def furthest(reviews: Sequence[SceneReview]) -> SceneReview:
    """The review of one scene that got furthest: by the share of its tiles that have an answer.

    Args:
        reviews: At least one; of several that got as far, the first with the most tiles.
    """
    return max(reviews, key=lambda review: (review.reviewed / max(review.tasks, 1), review.reviewed))


def _scene(
    reviews: list[SceneReview], verdicts: list[Verdict], sightings: Iterable[Sighting]
) -> SearchedScene:
    best = furthest(reviews) if reviews else None
    record = best.scene if best else verdicts[0].scene
    said = [verdict for verdict in verdicts if verdict.verdict != "rejected"]
    return SearchedScene(
        record=record,
        footprint=best.footprint if best else record.grid.footprint(),
        tasks=best.tasks if best else None,
        reviewed=best.reviewed if best else 0,
        projects=tuple(sorted({one.project for one in reviews} | {one.project for one in verdicts})),
        sightings=tuple(sightings),
        marked=tuple(LonLat(one.lon, one.lat) for one in said if one.lon is not None and one.lat is not None),
    )
