"""Two scenes of one place by their candidates: what appeared, what went, what stayed.

This is the machine's talk of candidates, not of aircraft that somebody has seen. Candidates are matched on
the ground once one scene is laid over the other; of one that has no match, something is said only where the
other scene can show it and does not look the same there.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Literal, NamedTuple

import numpy as np
import shapely

from detect.candidate import Candidate, CandidatesFile, feature_of
from detect.ground_shown import GroundShown, pixel_reasons
from detect.merge import MERGED_COVER, MERGED_IOU, shared_areas
from detect.scan import SURE_SCORE
from imagery.errors import NoRegistration, StretchedScene
from imagery.grid import WGS84, Floats, LonLat
from imagery.measures import CE99
from imagery.registration import Registration, register
from imagery.registration.common_ground import window_of
from imagery.registration.matching import best_place
from imagery.scene import Scene
from imagery.tiling import LARGEST_AIRCRAFT_M

State = Literal["appeared", "went", "stayed", "not comparable"]
STATES: tuple[State, ...] = ("appeared", "went", "stayed", "not comparable")
# A place may seem displaced by so much of an aircraft's longer side, or it could be its neighbour's.
MOST_DISPLACED = 1 / 3
SIZES_DIFFER = 2.0  # standard errors; of pairs that are one aircraft, one in twenty differs by more
AROUND = 1.3  # times the longer side: how much of the ground around a candidate is looked at
LEAST_PX = 12  # of its side
LEAST_VALID = 0.9  # share of it that must hold data


class LaidOver(NamedTuple):
    """How the later scene lies over the earlier one.

    Attributes:
        registration: By what both show; None where that was refused.
        error_m: How far a place may be off, 1 sigma, radial.
        refused: Why there is no registration, so that the scenes' own georeference must do; None otherwise.
    """

    registration: Registration | None
    error_m: float
    refused: str | None = None

    @property
    def reach_m(self) -> float:
        """How far a place is off at most, in 99 of 100 cases."""
        return CE99 * self.error_m

    def in_later(self, place: LonLat) -> LonLat:
        """Return where the later scene has a place of the earlier one."""
        return place if self.registration is None else self.registration.in_other(place)

    def in_earlier(self, place: LonLat) -> LonLat:
        """Return where the earlier scene has a place of the later one."""
        return place if self.registration is None else self.registration.in_scene(place)

    def to_json(self) -> dict[str, Any]:
        """Return JSON members."""
        shift_m = (0.0, 0.0) if self.registration is None else self.registration.shift_m
        return {
            "registered": self.registration is not None,
            "shift_m": [round(metres, 2) for metres in shift_m],
            "error_m": round(self.error_m, 2),
            "refused": self.refused,
        }


class ComparedPlace(NamedTuple):
    """A place with a candidate in one scene or in both.

    Attributes:
        state: What became of it.
        before: In the earlier scene; None where there is none.
        after: In the later one; None where there is none.
        because: Why it cannot be compared; None where it can.
        likeness: How alike the two scenes are there, -1 to 1; None where nobody looked.
    """

    state: State
    before: Candidate | None
    after: Candidate | None
    because: str | None = None
    likeness: float | None = None

    @property
    def candidate(self) -> Candidate:
        """The candidate; the surer of two."""
        (surest,) = sorted(filter(None, (self.before, self.after)), key=lambda each: -each.score)[:1]
        return surest

    @property
    def size_differs(self) -> bool:
        """True if two sizes differ by more than their errors: it may be another aircraft."""
        if self.before is None or self.after is None:
            return False
        error, other_error = self.before.size_error_m, self.after.size_error_m
        if error is None or other_error is None:
            return False
        differences = np.subtract(self.before.ground[:2], self.after.ground[:2])
        return bool((np.abs(differences) > SIZES_DIFFER * np.hypot(error, other_error)).any())


@dataclass(frozen=True)
class SceneComparison:
    """Two scenes of one place, compared.

    Attributes:
        earlier: The candidates of the scene that was taken first.
        later: Those of the other one.
        laid: How one lies over the other.
        places: What appeared, went, stayed and cannot be compared, in this order;
            the last by the reason, the others surest first.
        unsure: How many candidates of a score under 0.5 are in one scene only, and left out.
    """

    earlier: CandidatesFile
    later: CandidatesFile
    laid: LaidOver
    places: tuple[ComparedPlace, ...]
    unsure: int

    def of(self, state: State) -> list[ComparedPlace]:
        """Return the places of one state."""
        return [place for place in self.places if place.state == state]

    @property
    def counts(self) -> dict[State, int]:
        """How many places there are of each state."""
        counts = Counter(place.state for place in self.places)
        return {state: counts[state] for state in STATES}

    def to_json(self) -> dict[str, Any]:
        """Return JSON members; candidates as GeoJSON Features."""
        return {
            **pair_to_json(self.earlier, self.later),
            "laid_over": self.laid.to_json(),
            **{state.replace(" ", "_"): count for state, count in self.counts.items()},
            "unsure": self.unsure,
            "places": [self._place_to_json(place) for place in self.places],
        }

    def _place_to_json(self, place: ComparedPlace) -> dict[str, Any]:
        before, after = (
            None if candidate is None else feature_of(candidate, file.scene.grid)
            for candidate, file in ((place.before, self.earlier), (place.after, self.later))
        )
        return {
            "state": place.state,
            "because": place.because,
            "likeness": None if place.likeness is None else round(place.likeness, 2),
            "size_differs": place.size_differs,
            "before": before,
            "after": after,
        }


def pair_to_json(earlier: CandidatesFile, later: CandidatesFile) -> dict[str, Any]:
    """Return which scenes are compared, as JSON members."""
    return {
        name: {"path": file.scene.path, "acquired": file.scene.acquired, "rendered": file.scene.rendered}
        for name, file in (("earlier", earlier), ("later", later))
    }


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
        because = self._too_uncertain(max(side_m(before), side_m(after)))
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
        side = side_m(candidate)
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
            metres <= max(reach_m, side_m(other) / 2)
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
        extent_m = AROUND * side_m(candidate)
        gsd_m = max(*side.scene.grid.gsd_xy_m(), *facing.scene.grid.gsd_xy_m())
        gsd_m = min(gsd_m, extent_m / LEAST_PX)
        pixels, reach = math.ceil(extent_m / gsd_m), math.ceil(self._laid.reach_m / gsd_m) + 1
        window = window_of(side.scene, here, pixels, gsd_m)
        around = window_of(facing.scene, there, pixels + 2 * reach, gsd_m)
        if min(window.valid.mean(), around.valid.mean()) < LEAST_VALID:
            return None
        best = best_place(window, around)
        return 0.0 if best is None else best.likeness


ALIKE = 0.5


def side_m(candidate: Candidate) -> float:
    """Return the longer of a candidate's length and wingspan."""
    return max(candidate.ground.length_m, candidate.ground.wingspan_m)


def _places(file: CandidatesFile) -> Floats:
    centers = np.array([candidate.box.center for candidate in file.candidates], float).reshape(-1, 2)
    return file.scene.grid.lonlats(centers)


def _ground(file: CandidatesFile) -> GroundShown:
    footprint = file.scene.grid.footprint()
    area = None if footprint is None else shapely.from_geojson(json.dumps(footprint))
    return GroundShown(PurePath(file.scene.path).name, area, file.searched, file.limits)
