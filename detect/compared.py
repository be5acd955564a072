"""What a comparison of two scenes says: how one lies over the other, and what became of each place."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from detect.candidate import Candidate, CandidatesFile, feature_of
from detect.measuring.accuracy import compare_sizes
from imagery.grid import LonLat
from imagery.measures import CE99
from imagery.registration import Registration

State = Literal["appeared", "went", "stayed", "not comparable"]
STATES: tuple[State, ...] = ("appeared", "went", "stayed", "not comparable")


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
        """True if two sizes differ by more than their errors: it is probably another aircraft."""
        if self.before is None or self.after is None:
            return False
        error, other_error = self.before.size_error_m, self.after.size_error_m
        if error is None or other_error is None:
            return False
        sizes = self.before.ground[:2], self.after.ground[:2]
        return compare_sizes(sizes[0], error, sizes[1], other_error) == "other"


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
