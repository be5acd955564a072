"""Where scenes were searched and people have looked, as areas, for the formats that are maps.

An aircraft is missing from a scene only where a person has seen the ground: a map of sightings needs these.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import shapely

from annotate.exports.selection import Selection
from annotate.query.searched_scenes import SearchedScene, gather_scenes

CoverageKind = Literal["searched", "seen", "hidden", "cloud"]
KIND_WORDS: dict[CoverageKind, str] = {
    "searched": "searched by the machine",
    "seen": "seen by a person",
    "hidden": "a person could not see there",
    "cloud": "under cloud",
}


@dataclass(frozen=True)
class CoverageArea:
    """A part of one scene; the members are columns under their own names.

    Attributes:
        kind: What is said of it, see `KIND_WORDS`.
        area: In lon/lat.
        coverage: How much of the whole scene a person has seen, in words.
        airfield: ICAO code; None where unknown, as all that follows.
        acquired: When the scene was taken, ISO 8601.
        image_id: The provider's.
        scene_sha256: Of its files.
        scene_path: Its file; None where that is left out.
        sensor: What took it.
        gsd_m: Metres per pixel.
        licence: Its terms.
        rendered: Whether it is no photograph.
        tiles: Review tiles in the area that was searched.
        reviewed: How many of those a person has seen.
    """

    kind: CoverageKind
    area: shapely.MultiPolygon
    coverage: str
    airfield: str | None
    acquired: str | None
    image_id: str | None
    scene_sha256: str | None
    scene_path: str | None
    sensor: str | None
    gsd_m: float | None
    licence: str | None
    rendered: bool
    tiles: int | None
    reviewed: int


def coverage_areas(selection: Selection) -> Iterator[CoverageArea]:
    """Yield the areas of the scenes that match, scene by scene in the order they were taken.

    Where positions are rounded no area is exported: people see the tiles with candidates, so what they have
    seen would say where aircraft stand.
    """
    if selection.redaction.round_m is not None:
        return
    for scene in gather_scenes(selection.log.scenes(selection.matching), []):
        areas: dict[CoverageKind, shapely.MultiPolygon | None] = {
            "searched": scene.searched,
            "seen": scene.seen,
            "hidden": scene.hidden,
            "cloud": scene.limits.clouds if scene.limits else None,
        }
        for kind, area in areas.items():
            if area is not None and not area.is_empty:
                yield _area(kind, area, scene, public=selection.redaction.public)


def _area(
    kind: CoverageKind, area: shapely.MultiPolygon, scene: SearchedScene, *, public: bool
) -> CoverageArea:
    return CoverageArea(
        kind=kind,
        area=area,
        coverage=scene.coverage,
        airfield=scene.airfield,
        acquired=scene.acquired,
        image_id=scene.image_id,
        scene_sha256=scene.sha256,
        scene_path=None if public else scene.path,
        sensor=scene.sensor,
        gsd_m=scene.gsd_m,
        licence=scene.licence,
        rendered=scene.rendered,
        tiles=scene.tiles,
        reviewed=scene.reviewed,
    )
