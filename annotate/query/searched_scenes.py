"""The scenes of the log: what was seen in each, and how much of it people have looked at.

A scene without aircraft is a finding, too, but only where people have answered every tile put before them.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import PurePath
from typing import Any, Literal

import shapely

from annotate.log.entries import SceneReview, Sighting, Verdict
from annotate.log.store import Log
from annotate.query.where_and_when import written_span
from imagery.acquisition import Span
from imagery.grid import LonLat
from imagery.record import SceneRecord

SceneState = Literal["aircraft", "others", "none", "partly", "unseen"]


@dataclass(frozen=True)
class SearchedScene:
    """A scene, all of its reviews together; None where something is unknown.

    Attributes:
        path: Its file, as it was given.
        sha256: Of its files.
        acquired: When it was taken, ISO 8601.
        airfield: ICAO code.
        sensor: What took it.
        gsd_m: Metres per pixel.
        image_id: The provider's.
        licence: Its terms.
        source_url: Where it can be found.
        rendered: Whether it is no photograph.
        record: The scene's record; None where only sightings name it.
        footprint: GeoJSON geometry; None where it has no place.
        detectors: What searched it, name and version.
        candidates: How many places were proposed.
        tasks: Tiles that were put before people, in the review that got furthest; None where no review of it
            is logged.
        reviewed: How many of those have an answer.
        projects: Titles of the review projects.
        sightings: Aircraft seen in it that hold, disputed or not, in the order logged: those asked for.
        others: How many more hold that were not asked for.
        marked: Where analysts say that an aircraft is, whether or not others agree.
    """

    path: str | None
    sha256: str | None
    acquired: str | None
    airfield: str | None
    sensor: str | None
    gsd_m: float | None
    image_id: str | None
    licence: str | None
    source_url: str | None
    rendered: bool
    record: SceneRecord | None
    footprint: dict[str, Any] | None
    detectors: tuple[str, ...] = ()
    candidates: int = 0
    tasks: int | None = None
    reviewed: int = 0
    projects: tuple[str, ...] = ()
    sightings: tuple[Sighting, ...] = ()
    others: int = 0
    marked: tuple[LonLat, ...] = ()

    @property
    def key(self) -> str:
        """What tells it from other scenes, see `scene_key`."""
        return self.sha256 or self.path or ""

    @property
    def name(self) -> str:
        """The file's name, without its folder."""
        return PurePath(self.path or "").name

    @cached_property
    def span(self) -> Span | None:
        """The times at which it may have been taken; None where unknown."""
        return written_span(self.acquired)

    @cached_property
    def area(self) -> shapely.Geometry | None:
        """Its footprint in lon/lat; None where that is not known."""
        return None if self.footprint is None else shapely.from_geojson(json.dumps(self.footprint))

    @property
    def types(self) -> tuple[str, ...]:
        """The types claimed of its sightings, the commonest first."""
        claimed = Counter(sighting.type for sighting in self.sightings if sighting.type)
        return tuple(name for name, _ in claimed.most_common())

    @property
    def complete(self) -> bool:
        """True if people have answered every tile they were shown, and at least one."""
        return self.tasks is not None and 0 < self.tasks <= self.reviewed

    @property
    def partial(self) -> bool:
        """True if people have answered some of the tiles, not all."""
        return self.tasks is not None and 0 < self.reviewed < self.tasks

    @property
    def state(self) -> SceneState:
        """What the scene says; ``none``, that there is no aircraft, only where every tile was answered."""
        if self.sightings:
            return "aircraft"
        if not self.reviewed:
            return "others" if self.others else "unseen"
        if self.partial:
            return "partly"
        return "others" if self.others else "none"

    @property
    def review(self) -> str:
        """How much of it people have looked at, in words."""
        if self.tasks is None:
            return "not known how much of it was reviewed"
        if self.reviewed == 0:
            return "nobody has looked at it yet"
        return "all of it reviewed" if self.complete else f"{self.reviewed} of {self.tasks} tiles reviewed"

    def to_json(self) -> dict[str, Any]:
        """Return what is known of it, as JSON members."""
        return {
            "scene": None if self.record is None else asdict(self.record),
            "footprint": self.footprint,
            "tasks": self.tasks,
            "reviewed": self.reviewed,
            "projects": self.projects,
            "sightings": [asdict(sighting) for sighting in self.sightings],
        }


def searched_scenes(log: Log, icao: str) -> list[SearchedScene]:
    """Return the scenes of an airfield that people have reviewed, also those without aircraft.

    Args:
        log: The log that knows them.
        icao: The airfield's code.
    """
    reviews = [review for review in log.scenes() if review.airfield == icao]
    verdicts = [
        verdict
        for verdict in log.current_verdicts()
        if verdict.airfield == icao and verdict.withdrawn is None
    ]
    keys = {scene_key(review.scene) for review in reviews} | {
        scene_key(verdict.scene) for verdict in verdicts
    }
    sightings = (
        sighting
        for sighting in log.sightings()
        if sighting.airfield == icao and scene_seen_in(sighting) in keys
    )
    return gather_scenes(reviews, sightings, verdicts=verdicts)


def gather_scenes(
    reviews: Iterable[SceneReview],
    sightings: Iterable[Sighting],
    *,
    verdicts: Iterable[Verdict] = (),
    every: Iterable[Sighting] = (),
) -> list[SearchedScene]:
    """Put together what is known of each scene, in the order they were taken, undated ones last.

    Args:
        reviews: In whatever projects; several may be of one scene.
        sightings: Those asked for. A scene that one of them was seen in is there, reviewed or not.
        verdicts: Those that count. A scene that one of them is about is there, reviewed or not.
        every: All sightings that hold, to count those in each scene that were not asked for.
    """
    reviews_of: dict[str, list[SceneReview]] = defaultdict(list)
    for review in reviews:
        reviews_of[scene_key(review.scene)].append(review)
    verdicts_of: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        verdicts_of[scene_key(verdict.scene)].append(verdict)
    sightings_of: dict[str, list[Sighting]] = defaultdict(list)
    for sighting in sightings:
        if key := scene_seen_in(sighting):
            sightings_of[key].append(sighting)
    totals = Counter(scene_seen_in(sighting) for sighting in every)
    scenes = [
        _scene(reviews_of[key], verdicts_of[key], sightings_of[key], totals[key])
        for key in dict.fromkeys([*reviews_of, *verdicts_of, *sightings_of])
    ]
    return sorted(scenes, key=lambda scene: (scene.acquired is None, scene.acquired or "", scene.key))


def scene_key(record: SceneRecord) -> str:
    """Return what tells one scene from another: its hash; where it has none, its path."""
    return record.sha256 or record.path


def scene_seen_in(sighting: Sighting) -> str | None:
    """Return the `scene_key` of the scene that an aircraft was seen in.

    None where it is reported, even if the source is an image that is known.
    """
    return (sighting.scene_sha256 or sighting.scene_path) if sighting.evidence == "seen" else None


def _scene(
    reviews: Sequence[SceneReview], verdicts: Sequence[Verdict], sightings: Sequence[Sighting], total: int
) -> SearchedScene:
    review = _furthest(reviews) if reviews else None
    entry = review or (verdicts[0] if verdicts else sightings[0])
    record = None if isinstance(entry, Sighting) else entry.scene
    footprint = review.footprint if review else None if record is None else record.grid.footprint()
    holding = tuple(sighting for sighting in sightings if sighting.status != "withdrawn")
    return SearchedScene(
        **_description(entry),
        airfield=entry.airfield,
        record=record,
        footprint=footprint,
        detectors=tuple(sorted({f"{each.detector} {each.detector_version}" for each in reviews})),
        candidates=review.candidates if review else 0,
        tasks=review.tasks if review else None,
        reviewed=review.reviewed if review else 0,
        projects=tuple(sorted({each.project for each in reviews} | {each.project for each in verdicts})),
        sightings=holding,
        others=max(0, total - len(holding)),
        marked=tuple(
            LonLat(verdict.lon, verdict.lat)
            for verdict in verdicts
            if verdict.verdict != "rejected" and verdict.lon is not None and verdict.lat is not None
        ),
    )


def _furthest(reviews: Sequence[SceneReview]) -> SceneReview:
    """Return the review of one scene that got furthest, by the share of its tiles that have an answer.

    Of several that got as far it is the first with the most tiles.
    """
    return max(reviews, key=lambda review: (review.reviewed / max(review.tasks, 1), review.reviewed))


def _description(entry: SceneReview | Verdict | Sighting) -> dict[str, Any]:
    """Return what an entry says of its scene, by attribute of `SearchedScene`."""
    names = ("acquired", "sensor", "gsd_m", "image_id", "licence", "source_url", "rendered")
    if isinstance(entry, Sighting):
        facts = {name: getattr(entry, name) for name in names}
        return {"path": entry.scene_path, "sha256": entry.scene_sha256, **facts}
    return {name: getattr(entry.scene, name) for name in ("path", "sha256", *names)}
