"""Scenes that were searched, with what was found in each: a scene without aircraft is a finding, too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from annotate.log.entries import SceneReview, Sighting
from annotate.query.searched_scenes import furthest, reviews_by_scene, seen_in

State = Literal["aircraft", "others", "none", "partly", "unseen"]


@dataclass(frozen=True)
class Found:
    """How many aircraft the log has in a scene.

    Attributes:
        shown: Those that this report shows.
        every: All, also those that the report's filters leave out.
        types: Types claimed for those that are shown, the commonest first.
    """

    shown: int = 0
    every: int = 0
    types: tuple[str, ...] = ()


@dataclass(frozen=True)
class SceneFindings:
    """A scene, all of its reviews together; None where something is unknown.

    Attributes:
        sha256: Of its files.
        acquired: ISO 8601.
        airfield: ICAO code.
        sensor: What took it.
        gsd_m: Metres a pixel.
        image_id: The provider's.
        licence: Terms.
        source_url: Where it is to be had.
        rendered: Whether it is no photograph.
        footprint: GeoJSON geometry.
        detectors: What searched it, name and version.
        candidates: How many places were proposed.
        tasks: Tiles put before people, in the review that got furthest; 0 where no review is logged.
        reviewed: Of those, how many have an answer.
        found: Aircraft in it.
    """

    sha256: str | None
    acquired: str | None
    airfield: str | None
    sensor: str | None
    gsd_m: float | None
    image_id: str | None
    licence: str | None
    source_url: str | None
    rendered: bool
    footprint: dict[str, Any] | None
    detectors: tuple[str, ...]
    candidates: int
    tasks: int
    reviewed: int
    found: Found

    @property
    def partial(self) -> bool:
        """Whether people have answered some of the tiles, not all."""
        return 0 < self.reviewed < self.tasks

    @property
    def state(self) -> State:
        """What the scene says: of absence only where people have answered every tile put before them."""
        if self.found.shown:
            return "aircraft"
        if not self.reviewed:
            return "others" if self.found.every else "unseen"
        if self.partial:
            return "partly"
        return "others" if self.found.every else "none"


def findings_of(
    reviews: Iterable[SceneReview], shown: Iterable[Sighting], found: Mapping[str, Found]
) -> list[SceneFindings]:
    """The scenes of some reviews and of some sightings, in the order they were taken, undated ones last.

    Args:
        reviews: Several projects may have reviewed one scene.
        shown: Sightings that the report shows; their scenes count as searched.
        found: What the log has in each scene, see `found_by_scene`.
    """
    scenes = {
        key: _reviewed(each, found.get(key, Found())) for key, each in reviews_by_scene(reviews).items()
    }
    for sighting in shown:
        scene = seen_in(sighting)
        if scene is not None and scene not in scenes:
            scenes[scene] = _unreviewed(sighting, found.get(scene, Found()))
    return sorted(
        scenes.values(), key=lambda one: (one.acquired is None, one.acquired or "", one.sha256 or "")
    )


def found_by_scene(sightings: Iterable[Sighting], shown: set[str]) -> dict[str, Found]:
    """How many aircraft of each scene there are, by its `annotate.query.searched_scenes.scene_key`.

    Args:
        sightings: All that hold.
        shown: Identifiers of those that a report shows.
    """
    every: Counter[str] = Counter()
    types: dict[str, list[str | None]] = {}
    for one in sightings:
        scene = seen_in(one)
        if scene is not None:
            every[scene] += 1
            types.setdefault(scene, []).extend([one.type] if one.id in shown else [])
    return {
        scene: Found(
            shown=len(types[scene]),
            every=count,
            types=tuple(name for name, _ in Counter(filter(None, types[scene])).most_common()),
        )
        for scene, count in every.items()
    }


def _reviewed(reviews: list[SceneReview], found: Found) -> SceneFindings:
    best = furthest(reviews)
    scene = best.scene
    return SceneFindings(
        sha256=scene.sha256,
        acquired=scene.acquired,
        airfield=best.airfield,
        sensor=scene.sensor,
        gsd_m=scene.gsd_m,
        image_id=scene.image_id,
        licence=scene.licence,
        source_url=scene.source_url,
        rendered=scene.rendered,
        footprint=best.footprint,
        detectors=tuple(sorted({f"{review.detector} {review.detector_version}" for review in reviews})),
        candidates=best.candidates,
        tasks=best.tasks,
        reviewed=best.reviewed,
        found=found,
    )


def _unreviewed(sighting: Sighting, found: Found) -> SceneFindings:
    return SceneFindings(
        sha256=sighting.scene_sha256,
        acquired=sighting.acquired,
        airfield=sighting.airfield,
        sensor=sighting.sensor,
        gsd_m=sighting.gsd_m,
        image_id=sighting.image_id,
        licence=sighting.licence,
        source_url=sighting.source_url,
        rendered=sighting.rendered,
        footprint=None,
        detectors=(),
        candidates=0,
        tasks=0,
        reviewed=0,
        found=found,
    )
