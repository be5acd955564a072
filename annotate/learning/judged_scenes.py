"""What the log says of each scene: where aircraft are, where none is, and where nobody knows."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np
import shapely

from annotate.log.store import Log
from annotate.quality.judged_aircraft import JudgedAircraft, judged_aircraft
from annotate.query.filters import Filter
from detect.arrays import Bools, Ints
from detect.box import OrientedBox, corners_of
from detect.merge import SAME_AIRCRAFT_IOU, shared_areas
from imagery.grid import Floats
from imagery.record import SceneRecord

AIRCRAFT, OTHER, UNKNOWN = 1, 0, -1
TOUCHES = 0.1  # of a candidate and an aircraft, from which on it is neither that one nor another thing


@dataclass
class JudgedScene:
    """A scene with verdicts.

    Attributes:
        record: The scene's.
        airfield: ICAO code, or None.
        aircraft: Boxes of what is an aircraft, in scene pixels.
        others: Of what is none.
        unsettled: Of what analysts disagree about, or what the verdicts that count say nothing of.
        contradicted: How many of these analysts disagree about.
        analysts: Whose verdicts count.
        seen: Areas in lon/lat in which people saw all that there is.
        hidden: Areas where an analyst says that nothing can be seen.
    """

    record: SceneRecord
    airfield: str | None
    aircraft: list[OrientedBox] = field(default_factory=list)
    others: list[OrientedBox] = field(default_factory=list)
    unsettled: list[OrientedBox] = field(default_factory=list)
    contradicted: int = 0
    analysts: set[str] = field(default_factory=set)
    seen: list[shapely.Geometry] = field(default_factory=list)
    hidden: list[shapely.Geometry] = field(default_factory=list)

    def labels(self, boxes: list[OrientedBox]) -> Ints:
        """Tell what candidates are by the verdicts, (N,): `AIRCRAFT`, `OTHER` or `UNKNOWN`.

        A candidate is what the box says that it overlaps by half. One that touches no aircraft is none if it
        lies where a person saw all that there is. Where two verdicts say the opposite, nobody knows.

        Args:
            boxes: Of the candidates, in scene pixels.
        """
        labels = np.full(len(boxes), UNKNOWN)
        if not boxes:
            return labels
        matrix = self.record.grid.ground_matrix(self.record.grid.center)
        to_aircraft, to_others, to_unsettled = (
            _overlap(boxes, known, matrix) for known in (self.aircraft, self.others, self.unsettled)
        )
        rejected = to_others >= SAME_AIRCRAFT_IOU
        clear = np.maximum(to_aircraft, to_unsettled) < TOUCHES
        labels[clear & (self._shown(boxes) | rejected)] = OTHER
        labels[(to_aircraft >= SAME_AIRCRAFT_IOU) & ~rejected & (to_unsettled < SAME_AIRCRAFT_IOU)] = AIRCRAFT
        return labels

    def _shown(self, boxes: list[OrientedBox]) -> Bools:
        """Tell which boxes' middles lie where people saw all, (N,)."""
        grid = self.record.grid
        if not (self.seen and grid.placed):
            return np.zeros(len(boxes), np.bool_)
        places = shapely.points(grid.lonlats([box.center for box in boxes]))
        shown = shapely.covers(shapely.union_all(self.seen), places)
        hidden = shapely.covers(shapely.union_all(self.hidden), places)
        return np.asarray(shown & ~hidden, np.bool_)


def judged_scenes(log: Log, matching: Filter, adjudicators: Collection[str] = ()) -> list[JudgedScene]:
    """Read what a log says of its scenes, in the order of their first verdicts.

    Args:
        log: An open log.
        matching: Place, time and analysts of the verdicts that count; the aircraft that others spoke of are
            unsettled.
        adjudicators: Analysts whose verdict settles a dispute.

    Raises:
        LogError: The log cannot be read.
    """
    scenes: dict[str | None, JudgedScene] = {}
    for judged in judged_aircraft(log.entries()):
        first = judged.verdicts[0]
        if first.scene.sha256 is not None:
            scene = scenes.setdefault(judged.scene, JudgedScene(first.scene, first.airfield))
            _add(scene, judged, matching, adjudicators)
    for review in log.scenes():
        if review.scene.sha256 in scenes:
            scene = scenes[review.scene.sha256]
            for areas, area in ((scene.seen, review.seen), (scene.hidden, review.hidden)):
                if area is not None:
                    areas.append(shapely.from_geojson(json.dumps(area)))
    return [scene for scene in scenes.values() if scene.aircraft or scene.others]


def _add(scene: JudgedScene, judged: JudgedAircraft, matching: Filter, adjudicators: Collection[str]) -> None:
    box = next((each for each in reversed(judged.verdicts) if each.present), judged.verdicts[-1]).box
    is_aircraft = judged.is_aircraft(adjudicators)
    if is_aircraft is None or not all(map(matching.counts, judged.verdicts)):
        scene.contradicted += is_aircraft is None
        scene.unsettled.append(box)
        return
    scene.analysts |= {verdict.analyst for verdict in judged.verdicts}
    (scene.aircraft if is_aircraft else scene.others).append(box)


def _overlap(boxes: list[OrientedBox], others: list[OrientedBox], matrix: Floats) -> Floats:
    """Return the most that each box shares with one of the others, (N,): intersection over union."""
    most = np.zeros(len(boxes))
    if not others:
        return most
    rings, known = corners_of(boxes, matrix), corners_of(others, matrix)
    extents = [shapely.box(*each.min(axis=1).T, *each.max(axis=1).T) for each in (rings, known)]
    other, own = shapely.STRtree(extents[0]).query(extents[1])
    areas, known_areas = (shared_areas(each, each) for each in (rings, known))
    shared = shared_areas(rings[own], known[other])
    np.maximum.at(most, own, shared / (areas[own] + known_areas[other] - shared))
    return most
