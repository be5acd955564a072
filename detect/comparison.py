"""Two scenes of one place by their candidates: what appeared, what went, what stayed.

This is the machine's talk of candidates, not of aircraft that somebody has seen. Candidates are matched on
the ground once one scene is laid over the other; of one that has no match, something is said only where the
other scene can show it and does not look the same there.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import PurePath
from typing import NamedTuple

import numpy as np
import shapely

from detect.candidate import Candidate, CandidatesFile
from detect.compared import STATES, ComparedPlace, LaidOver, SceneComparison, State
from detect.ground_shown import GroundShown, pixel_reasons
from detect.merge import MERGED_COVER, MERGED_IOU, shared_areas
from detect.scan import SURE_SCORE
from imagery.area import area_on_earth
from imagery.errors import NoRegistration, StretchedScene
from imagery.grid import WGS84, Floats, LonLat
from imagery.measures import CE99
from imagery.registration import register
from imagery.registration.common_ground import window_of
from imagery.registration.matching import best_place
from imagery.scene import Scene
from imagery.tiling import LARGEST_AIRCRAFT_M

# A place may seem displaced by so much of an aircraft's longer side, or it could be its neighbour's.
MOST_DISPLACED = 1 / 3
AROUND = 1.3  # times the longer side: how much of the ground around a candidate is looked at
LEAST_PX = 12  # of its side
# Two scenes that are so alike around a candidate show the same there. Of 600 stands that were left or taken
# on Pléiades scenes none are; of rendered aircraft that stayed a quarter are, and some that are not aircraft.
ALIKE = 0.6
LEAST_VALID = 0.9  # share of it that must hold data


def compare_candidates(
    earlier: CandidatesFile, later: CandidatesFile, scene: Scene, other: Scene
) -> SceneComparison:
    """Compare the candidates of two scenes of one place.

    Args:
        earlier: Candidates of the scene that was taken first.
        later: Those of the other one.
        scene: The first scene, open.
        other: The other one.

    Raises:
        NoRegistration: The scenes cannot be laid over each other, and their stated position errors are too
            large, or not stated, to compare them without.
        SceneError: One is damaged.
    """
    laid = lay_over(scene, other)
    return _Comparing(earlier, later, scene, other, laid).compared()


def lay_over(scene: Scene, other: Scene) -> LaidOver:
    """Lay a later scene over an earlier one by what they show, or by their georeference if that suffices.

    Raises:
        NoRegistration: Neither holds.
        SceneError: One is damaged.
    """
    try:
        registration = register(scene, other)
    except StretchedScene:
        raise
    except NoRegistration as refused:
        errors = [each.record(with_hash=False).position_error_m for each in (scene, other)]
        if not (scene.grid.placed and other.grid.placed) or not all(errors):
            raise
        error_m = math.hypot(*(error or 0.0 for error in errors))
        if CE99 * error_m > MOST_DISPLACED * LARGEST_AIRCRAFT_M:
            raise
        return LaidOver(None, error_m, str(refused))
    return LaidOver(registration, math.hypot(registration.error_m, registration.spread_m))


class _Side(NamedTuple):
    """One of the two scenes.

    Attributes:
        file: Its candidates.
        scene: Open.
        ground: What it shows.
        places: (N, 2) lon/lat of the candidates' middles by the later scene's georeference.
    """

    file: CandidatesFile
    scene: Scene
    ground: GroundShown
    places: Floats


class _Comparing:
    """One comparison."""

    def __init__(
        self, earlier: CandidatesFile, later: CandidatesFile, scene: Scene, other: Scene, laid: LaidOver
    ) -> None:
        self._laid, self._files = laid, (earlier, later)
        places = [_places(earlier), _places(later)]
        places[0] = np.array([laid.in_later(LonLat(*place)) for place in places[0].tolist()]).reshape(-1, 2)
        self._before, self._after = (
            _Side(file, opened, _ground(file), there)
            for file, opened, there in zip(self._files, (scene, other), places, strict=True)
        )

    def compared(self) -> SceneComparison:
        pairs = self._pairs()
        places = [self._pair(*pair) for pair in pairs]
        unsure = 0
        for index, (side, facing, state) in enumerate(
            ((self._before, self._after, "went"), (self._after, self._before, "appeared"))
        ):
            matched = {pair[index] for pair in pairs}
            for number, candidate in enumerate(side.file.candidates):
                if number in matched:
                    continue
                if candidate.score < SURE_SCORE:
                    unsure += 1
                    continue
                places.append(self._alone(number, side, facing, state))  # type: ignore[arg-type]
        shown = [place for place in places if place.candidate.score >= SURE_SCORE]
        order = sorted(
            shown,
            key=lambda place: (STATES.index(place.state), place.because or "", -place.candidate.score),
        )
        return SceneComparison(*self._files, self._laid, tuple(order), unsure)

    def _pairs(self) -> list[tuple[int, int]]:
        """Match candidates that lie over each other, the best first, each once."""
        before, after = (self._rings(side) for side in (self._before, self._after))
        if not (len(before) and len(after)):
            return []
        tree = shapely.STRtree([shapely.Polygon(ring) for ring in after])
        reach_m = self._laid.reach_m
        one, other = tree.query(
            [shapely.Polygon(ring) for ring in before], predicate="dwithin", distance=reach_m
        )
        shared = shared_areas(before[one], after[other])
        area, other_area = (shared_areas(rings, rings) for rings in (before[one], after[other]))
        overlap = shared / (area + other_area - shared)
        apart = np.hypot(*(before[one].mean(axis=1) - after[other].mean(axis=1)).T)
        same = overlap >= MERGED_IOU
        same |= shared >= MERGED_COVER * np.minimum(area, other_area)
        same |= apart <= reach_m
        pairs: list[tuple[int, int]] = []
        taken: tuple[set[int], set[int]] = set(), set()
        for index in np.lexsort((apart, -overlap)):
            pair = int(one[index]), int(other[index])
            if same[index] and pair[0] not in taken[0] and pair[1] not in taken[1]:
                pairs.append(pair)
                taken[0].add(pair[0])
                taken[1].add(pair[1])
        return pairs

    def _rings(self, side: _Side) -> Floats:
        """Return the boxes of candidates, (N, 4, 2) metres east and north of the later scene's middle."""
        candidates = side.file.candidates
        if not candidates:
            return np.empty((0, 4, 2))
        grid = self._after.scene.grid
        origin = grid.lonlat(grid.center)
        lons, lats = side.places.T.tolist()
        count = len(candidates)
        azimuth, _, distance = WGS84.inv([origin.lon] * count, [origin.lat] * count, lons, lats)
        turn = np.radians([candidate.ground.heading_deg for candidate in candidates])
        length, width = np.array([candidate.ground[:2] for candidate in candidates]).T
        middle = np.asarray(distance)[:, None] * np.column_stack(
            [np.sin(np.radians(azimuth)), np.cos(np.radians(azimuth))]
        )
        nose = np.column_stack([np.sin(turn), np.cos(turn)]) * length[:, None] / 2
        wing = np.column_stack([np.cos(turn), -np.sin(turn)]) * width[:, None] / 2
        corners = [nose - wing, -nose - wing, wing - nose, nose + wing]
        return np.asarray(np.stack(corners, axis=1) + middle[:, None])

    def _pair(self, number: int, other: int) -> ComparedPlace:
        before, after = self._before.file.candidates[number], self._after.file.candidates[other]
        because = self._too_uncertain(max(before.side_m, after.side_m))
        for side, candidate in ((self._before, before), (self._after, after)):
            if because is None and candidate.score < SURE_SCORE:
                because = (
                    f"{side.ground.name} has only an unsure candidate there (score {candidate.score:.2f})"
                )
        return ComparedPlace("not comparable" if because else "stayed", before, after, because)

    def _alone(self, number: int, side: _Side, facing: _Side, state: State) -> ComparedPlace:
        """Return what is said of a candidate that the other scene has no match for."""
        candidate = side.file.candidates[number]
        alike = None
        because = next(self._reasons(candidate, LonLat(*side.places[number].tolist()), facing), None)
        if because is None:
            alike = self._likeness(candidate, side, facing)
            if alike is None:
                because = f"{facing.ground.name} has no data there"
            elif alike >= ALIKE:
                because = "both look the same there: missed in one of them, or not an aircraft"
        before, after = (candidate, None) if state == "went" else (None, candidate)
        return ComparedPlace("not comparable" if because else state, before, after, because, alike)

    def _reasons(self, candidate: Candidate, place: LonLat, facing: _Side) -> Iterator[str]:
        """Yield why the other scene may lack a candidate although what it is of is there.

        Args:
            candidate: The candidate.
            place: Its middle by the later scene's georeference.
            facing: The other scene.
        """
        side = candidate.side_m
        if because := self._too_uncertain(side):
            yield because
        there = place if facing is self._after else self._laid.in_earlier(place)
        for _, words in pixel_reasons(facing.ground, there, side):
            yield words
        limits, name = facing.ground.limits, facing.ground.name
        if limits is None:
            yield f"what {name} cannot show was not measured"
        elif limits.found_from_m is not None and side < limits.found_from_m:
            yield f"the detector misses many under {limits.found_from_m:.0f} m in {name}"
        reach_m = side / 2
        near = np.asarray(WGS84.inv(*np.broadcast_to(place, facing.places.shape).T, *facing.places.T)[2])
        if any(
            metres <= max(reach_m, other.side_m / 2)
            for metres, other in zip(near.tolist(), facing.file.candidates, strict=True)
        ):
            yield f"a candidate of {name} lies partly over it"

    def _too_uncertain(self, side: float) -> str | None:
        if self._laid.reach_m <= MOST_DISPLACED * side:
            return None
        how = "georeference" if self._laid.registration is None else "registration"
        return f"by {how} places are up to {self._laid.reach_m:.0f} m off, and it has {side:.0f} m"

    def _likeness(self, candidate: Candidate, side: _Side, facing: _Side) -> float | None:
        """Return how alike the two scenes are around a candidate; None where one has no data."""
        here = side.scene.grid.lonlat(candidate.box.center)
        there = self._laid.in_later(here) if side is self._before else self._laid.in_earlier(here)
        extent_m = AROUND * candidate.side_m
        gsd_m = max(*side.scene.grid.gsd_xy_m(), *facing.scene.grid.gsd_xy_m())
        gsd_m = min(gsd_m, extent_m / LEAST_PX)
        pixels, reach = math.ceil(extent_m / gsd_m), math.ceil(self._laid.reach_m / gsd_m) + 1
        window = window_of(side.scene, here, pixels, gsd_m)
        around = window_of(facing.scene, there, pixels + 2 * reach, gsd_m)
        if min(window.valid.mean(), around.valid.mean()) < LEAST_VALID:
            return None
        best = best_place(window, around)
        return 0.0 if best is None else best.likeness


def _places(file: CandidatesFile) -> Floats:
    centers = np.array([candidate.box.center for candidate in file.candidates], float).reshape(-1, 2)
    return file.scene.grid.lonlats(centers)


def _ground(file: CandidatesFile) -> GroundShown:
    scene = file.scene
    area = area_on_earth(scene.grid, shapely.box(0, 0, scene.width, scene.height))
    return GroundShown(PurePath(scene.path).name, area, file.searched, file.limits)
