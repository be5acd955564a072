"""The scenes of the log: what was seen in each, and where people have looked.

A scene without aircraft is a finding, too, but only as far as people have seen its tiles.
"""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import PurePath
from typing import Any, Literal

import shapely

from annotate.log.entries import SceneReview, Sighting, Verdict
from annotate.log.store import Log
from annotate.query.audited_recall import detector_of, recall_by_detector
from annotate.query.recall_estimate import Interval
from annotate.query.where_and_when import written_span
from detect.limits import SceneLimits, limits_from_json
from imagery.acquisition import Span
from imagery.area import area_from_json, area_to_json, polygons_of
from imagery.grid import LonLat
from imagery.record import SceneRecord
from imagery.words import counted

LEAST_CLOUD = 0.01  # share of the ground from which on clouds are mentioned
SMALLEST_OF_NOTE_M = 12.0  # below the length of a fighter, what a scene cannot show need not be mentioned

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
        tiles: Review tiles in the area that was searched; None where no review of it is logged.
        reviewed: How many of those a person has seen, as by the union of all reviews.
        searched: What a detector searched, in lon/lat; None where that is not known.
        seen: What a person has seen; None where that is not known.
        hidden: Where an analyst could see nothing.
        limits: What the scene cannot show; None where nobody measured it.
        recall: The share of the aircraft that the detector proposed in scenes like this one, estimated from
            audited tiles; None where it was not measured.
        projects: Titles of the review projects.
        sightings: Aircraft seen in it that hold, disputed or not, in the order logged: those asked for.
        others: How many more hold that were not asked for.
        marked: Where analysts say that an aircraft is, whether or not others agree.
        gone: Where analysts were asked about an aircraft of the scene before, and say that nothing stands.
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
    tiles: int | None = None
    reviewed: int = 0
    searched: shapely.MultiPolygon | None = None
    seen: shapely.MultiPolygon | None = None
    hidden: shapely.MultiPolygon | None = None
    limits: SceneLimits | None = None
    recall: Interval | None = None
    projects: tuple[str, ...] = ()
    sightings: tuple[Sighting, ...] = ()
    others: int = 0
    marked: tuple[LonLat, ...] = ()
    gone: tuple[LonLat, ...] = ()

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
        """True if people have seen every tile that was searched, and no aircraft was hidden from them."""
        return self.tiles is not None and 0 < self.tiles <= self.reviewed and not self.obstructed

    @property
    def obstructed(self) -> bool:
        """True if a cloud or an analyst's mark hides ground, or aircraft are too small for the scene."""
        clouds = self.limits.clouds if self.limits else None
        if self.limits is not None and self.limits.shown_from_m > SMALLEST_OF_NOTE_M:
            return True
        return any(area is not None and not area.is_empty for area in (self.hidden, clouds))

    @property
    def partial(self) -> bool:
        """True if people have seen some of it, not all."""
        return self.reviewed > 0 and not self.complete

    @property
    def state(self) -> SceneState:
        """What the scene says; ``none``, that there is no aircraft, only where people have seen all of it."""
        if self.sightings:
            return "aircraft"
        if not self.reviewed:
            return "others" if self.others else "unseen"
        if self.partial:
            return "partly"
        return "others" if self.others else "none"

    @property
    def coverage(self) -> str:
        """How much of it a person has seen, what of the rest is known, and what it cannot show, in words."""
        if self.tiles is None:
            return "not known where people have looked"
        if self.reviewed >= self.tiles > 0:
            seen = f"all {self.tiles} tiles seen by a person" if self.tiles > 1 else "all seen by a person"
        elif self.reviewed:
            tiles = counted(self.tiles, "tile")
            seen = f"{self.reviewed} of {tiles} seen by a person, the rest {self.machine_words}"
        else:
            seen = f"no tile of {self.tiles} seen by a person, all {self.machine_words}"
        return "; ".join([seen, *self._limits_words()])

    @property
    def machine_words(self) -> str:
        """What is known of ground that no person has seen."""
        if self.recall is None:
            return "searched by the machine only (recall not measured)"
        estimate, low, high = self.recall
        return (
            f"searched by the machine only (estimated recall {estimate:.2f}, "
            f"95 % interval {low:.2f} to {high:.2f})"
        )

    def _limits_words(self) -> Iterator[str]:
        if self.hidden is not None and not self.hidden.is_empty:
            yield "a part cannot be seen (cloud, shadow or blur)"
        if self.limits is None:
            return
        if (self.limits.cloud_share or 0.0) >= LEAST_CLOUD:
            yield f"{100 * (self.limits.cloud_share or 0.0):.0f} % under cloud"
        elif (self.limits.cloud_stated or 0.0) >= LEAST_CLOUD:
            yield f"{100 * (self.limits.cloud_stated or 0.0):.0f} % cloud by its provider"
        if self.limits.shown_from_m > SMALLEST_OF_NOTE_M:
            yield f"shows no aircraft under {self.limits.shown_from_m:.0f} m"

    def to_json(self) -> dict[str, Any]:
        """Return what is known of it, as JSON members."""
        return {
            "scene": None if self.record is None else asdict(self.record),
            "footprint": self.footprint,
            "tiles": self.tiles,
            "reviewed": self.reviewed,
            "searched": area_to_json(self.searched),
            "seen": area_to_json(self.seen),
            "hidden": area_to_json(self.hidden),
            "limits": self.limits and self.limits.to_json(),
            "recall": self.recall and self.recall._asdict(),
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
    known = list(every)
    totals = Counter(scene_seen_in(sighting) for sighting in known)
    recalls = recall_by_detector(
        [review for reviews in reviews_of.values() for review in reviews],
        known or [sighting for seen in sightings_of.values() for sighting in seen],
    )
    scenes = [
        _scene(
            reviews_of[key],
            verdicts_of[key],
            sightings_of[key],
            totals[key],
            next((recalls.get(detector_of(review)) for review in reviews_of[key]), None),
        )
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
    reviews: Sequence[SceneReview],
    verdicts: Sequence[Verdict],
    sightings: Sequence[Sighting],
    total: int,
    recall: Interval | None,
) -> SearchedScene:
    review = max(reviews, key=lambda review: review.reviewed) if reviews else None
    entry = review or (verdicts[0] if verdicts else sightings[0])
    record = None if isinstance(entry, Sighting) else entry.scene
    footprint = review.footprint if review else None if record is None else record.grid.footprint()
    holding = tuple(sighting for sighting in sightings if sighting.status != "withdrawn")
    return SearchedScene(
        **_description(entry),
        **_coverage(reviews),
        airfield=entry.airfield,
        record=record,
        footprint=footprint,
        detectors=tuple(sorted({f"{each.detector} {each.detector_version}" for each in reviews})),
        candidates=review.candidates if review else 0,
        recall=recall,
        projects=tuple(sorted({each.project for each in reviews} | {each.project for each in verdicts})),
        sightings=holding,
        others=max(0, total - len(holding)),
        marked=_places([verdict for verdict in verdicts if verdict.present]),
        gone=_places([verdict for verdict in verdicts if verdict.verdict == "absent"]),
    )


def _places(verdicts: Iterable[Verdict]) -> tuple[LonLat, ...]:
    return tuple(
        LonLat(verdict.lon, verdict.lat)
        for verdict in verdicts
        if verdict.lon is not None and verdict.lat is not None
    )


def _coverage(reviews: Sequence[SceneReview]) -> dict[str, Any]:
    """Return where a scene was searched and seen by all of its reviews, by attribute of `SearchedScene`.

    Where reviews saw different tiles, the number of tiles is that whose area the union has, rounded down.
    """
    known = [review for review in reviews if review.tiles is not None]
    if not known:
        return {}
    furthest = max(known, key=lambda review: review.reviewed)
    areas = {name: _union(known, name) for name in ("searched", "seen", "hidden")}
    tiles = max(review.tiles or 0 for review in known)
    reviewed, seen, searched = furthest.reviewed, areas["seen"], areas["searched"]
    if len(known) > 1 and seen is not None and searched is not None and searched.area:
        share = shapely.intersection(seen, searched).area / searched.area
        reviewed = max(reviewed, math.floor(tiles * share + 1e-3))
    limits = [limits_from_json(review.limits) for review in known if review.limits is not None]
    return {
        **areas,
        "tiles": tiles,
        "reviewed": reviewed,
        "limits": max(limits, key=lambda each: each.shown_from_m) if limits else None,
    }


def _union(reviews: Sequence[SceneReview], name: str) -> shapely.MultiPolygon | None:
    areas = [area for review in reviews if (area := area_from_json(getattr(review, name))) is not None]
    if len(areas) < 2:
        return areas[0] if areas else None
    return polygons_of(shapely.union_all(areas))


def _description(entry: SceneReview | Verdict | Sighting) -> dict[str, Any]:
    """Return what an entry says of its scene, by attribute of `SearchedScene`."""
    names = ("acquired", "sensor", "gsd_m", "image_id", "licence", "source_url", "rendered")
    if isinstance(entry, Sighting):
        facts = {name: getattr(entry, name) for name in names}
        return {"path": entry.scene_path, "sha256": entry.scene_sha256, **facts}
    return {name: getattr(entry.scene, name) for name in ("path", "sha256", *names)}
