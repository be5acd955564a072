"""The scene before: which candidates of a scene are new since, which were here before, and which are gone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from detect.box import Extent, OrientedBox, corners, from_ground
from detect.candidate import Candidate, candidate_from_feature, feature_of
from detect.compared import SceneComparison
from imagery.grid import Grid

Mark = Literal["new since", "here before"]
GONE = "gone-"  # before the identifier of a candidate of the scene before: that of its ghost


@dataclass(frozen=True)
class SceneBefore:
    """What the candidates of a scene are beside those of the scene before.

    Attributes:
        name: File name of the scene before.
        acquired: When that was taken, ISO 8601.
        marks: Of the candidates of which that can be said, by their identifiers.
        ghosts: Candidates of the scene before that are gone, where they would be in this scene.
    """

    name: str
    acquired: str
    marks: Mapping[str, Mark]
    ghosts: tuple[Candidate, ...] = ()

    def part(self, wanted: Callable[[Candidate], bool], candidates: tuple[Candidate, ...]) -> SceneBefore:
        """Return what is said of some candidates, with the ghosts that are wanted."""
        marks = {each.id: self.marks[each.id] for each in candidates if each.id in self.marks}
        return SceneBefore(self.name, self.acquired, marks, tuple(filter(wanted, self.ghosts)))

    @property
    def changes(self) -> int:
        """How many candidates are new since or gone."""
        return len(self.ghosts) + sum(mark == "new since" for mark in self.marks.values())

    def to_json(self, grid: Grid) -> dict[str, Any]:
        """Return JSON members; ghosts as GeoJSON Features of this scene."""
        ghosts = [feature_of(ghost, grid) for ghost in self.ghosts]
        return {"name": self.name, "acquired": self.acquired, "marks": dict(self.marks), "ghosts": ghosts}


def scene_before_from_json(members: Mapping[str, Any] | None) -> SceneBefore | None:
    """Read what `SceneBefore.to_json` returns.

    Raises:
        ValueError: A member makes no sense.
        KeyError: One is missing.
        TypeError: One is of the wrong kind.
    """
    if members is None:
        return None
    marks = dict(members["marks"])
    if not all(mark in get_args(Mark) for mark in marks.values()):
        raise ValueError("a mark of the scene before is unknown")
    ghosts = tuple(map(candidate_from_feature, members["ghosts"]))
    return SceneBefore(str(members["name"]), str(members["acquired"]), marks, ghosts)


def scene_before(comparison: SceneComparison, name: str) -> SceneBefore:
    """Return what a comparison says of the candidates of its later scene.

    Args:
        comparison: Of a scene with the one before it.
        name: File name of the scene before.
    """
    marks: dict[str, Mark] = {}
    for place in comparison.places:
        if place.after is not None and place.state in ("appeared", "stayed"):
            marks[place.after.id] = "new since" if place.state == "appeared" else "here before"
    ghosts = [place.before for place in comparison.of("went") if place.before is not None]
    return SceneBefore(
        name,
        comparison.earlier.scene.acquired or "",
        marks,
        tuple(_ghost(candidate, comparison) for candidate in ghosts),
    )


def _ghost(candidate: Candidate, comparison: SceneComparison) -> Candidate:
    """Return a candidate of the earlier scene at the same ground of the later one."""
    earlier, later = comparison.earlier.scene.grid, comparison.later.scene.grid
    center = later.pixel(comparison.laid.in_later(earlier.lonlat(candidate.box.center)))
    matrix = later.ground_matrix(center)
    box: OrientedBox = from_ground(center, candidate.ground, matrix)
    ring = corners(box, matrix)
    return Candidate(
        id=f"{GONE}{candidate.id}",
        box=box,
        extent=Extent(*ring.min(axis=0).tolist(), *ring.max(axis=0).tolist()),
        ground=candidate.ground,
        heading_sure=candidate.heading_sure,
        score=candidate.score,
        types=candidate.types,
        airfield=candidate.airfield,
        size_error_m=candidate.size_error_m,
        grid=later,
    )
