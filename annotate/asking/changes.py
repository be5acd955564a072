"""What changed at an airfield from one scene to the next, and what the two cannot tell.

Clouds, and what stands under a roof, are not known to the log: where every tile of a scene was reviewed,
covers the place and holds data, an aircraft that nobody found there counts as gone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

from annotate.asking.cover import DataShare, data_share_in_file, unseen_because
from annotate.asking.match import Pair, match, measured, place_of, tolerance_m
from annotate.asking.scenes import SearchedScene
from annotate.log.entry import Sighting
from imagery.airfields import distance_m
from imagery.grid import LonLat
from imagery.tiling import LARGEST_AIRCRAFT_M

AMBIGUOUS = "several alike stand nearer to each other than the scenes' positions are sure"
UNORDERED = "which of the two scenes was taken first is not known"


class Untold(NamedTuple):
    """An aircraft of which two scenes don't tell whether it stayed, left or arrived, and why not."""

    sighting: Sighting
    because: str


@dataclass(frozen=True)
class Change:
    """What two successive scenes say.

    Attributes:
        earlier: One scene.
        later: The next one.
        stayed: Same stand and same size: one aircraft, as far as they can tell.
        left: In the earlier scene only, although the later one shows the stand.
        arrived: In the later scene only, although the earlier one shows the stand.
        untold: What they can't tell.
    """

    earlier: SearchedScene
    later: SearchedScene
    stayed: list[Pair] = field(default_factory=list)
    left: list[Sighting] = field(default_factory=list)
    arrived: list[Sighting] = field(default_factory=list)
    untold: list[Untold] = field(default_factory=list)

    @property
    def unordered(self) -> bool:
        """Whether it is not known which of the two was taken first."""
        first, second = self.earlier.span, self.later.span
        return first is None or second is None or first.last > second.first

    def to_json(self) -> dict[str, Any]:
        """As JSON members; sightings by all of their fields."""
        return {
            "earlier": self.earlier.to_json(),
            "later": self.later.to_json(),
            "stayed": [
                {
                    "before": asdict(pair.before),
                    "after": asdict(pair.after),
                    "distance_m": round(pair.distance_m, 2),
                    "turned": pair.turned,
                }
                for pair in self.stayed
            ],
            "left": [asdict(sighting) for sighting in self.left],
            "arrived": [asdict(sighting) for sighting in self.arrived],
            "untold": [{"sighting": asdict(one.sighting), "because": one.because} for one in self.untold],
        }


def changes(scenes: Sequence[SearchedScene], data_share: DataShare = data_share_in_file) -> Iterator[Change]:
    """Compare each scene with the next, in the order they were taken.

    Rendered scenes are compared with rendered ones only. A scene of unknown time has no next and is left out.

    Args:
        scenes: Of one airfield.
        data_share: Looks up gaps in a scene.
    """
    for rendered in (False, True):
        dated = [scene for scene in scenes if scene.span and scene.record.rendered is rendered]
        dated.sort(key=lambda scene: (scene.span, scene.name))
        for earlier, later in pairwise(dated):
            yield change(earlier, later, data_share)


def change(
    earlier: SearchedScene, later: SearchedScene, data_share: DataShare = data_share_in_file
) -> Change:
    """Compare two scenes."""
    found = Change(earlier, later)
    matched = match(earlier.sightings, later.sightings)
    judged = [(pair, _unsure_because(pair)) for pair in matched.same]
    judged += [(pair, AMBIGUOUS) for pair in matched.ambiguous]
    for pair, reason in judged:
        if reason is None:
            found.stayed.append(pair)
        else:
            found.untold.extend((Untold(pair.before, reason), Untold(pair.after, reason)))
    paired = {sighting.id for pair, _ in judged for sighting in (pair.before, pair.after)}
    for here, there, gone in ((earlier, later, found.left), (later, earlier, found.arrived)):
        for sighting in here.sightings:
            if sighting.id in paired:
                continue
            reason = UNORDERED if found.unordered else _absence_unsure_because(sighting, there, data_share)
            if reason is None:
                gone.append(sighting)
            else:
                found.untold.append(Untold(sighting, reason))
    return found


def _unsure_because(pair: Pair) -> str | None:
    """Why two aircraft on one stand are not said to be one; None where they are."""
    before, after = pair.before, pair.after
    if "disputed" in (before.status, after.status):
        return "one stands there in both scenes, but analysts disagree about it"
    if before.type and after.type and before.type != after.type:
        return f"one stands there in both scenes, first called {before.type}, then {after.type}"
    if not (measured(before) and measured(after)):
        return "one stands there in both scenes, but its size is not known in both"
    return None


def _absence_unsure_because(sighting: Sighting, other: SearchedScene, data_share: DataShare) -> str | None:
    """Why it is not said that an aircraft was absent from the other scene; None where it is."""
    place = place_of(sighting)
    if place is None:
        return "its own scene has no place on Earth"
    if sighting.status == "disputed":
        return "analysts disagree about it"
    reach_m = max(sighting.length_m or LARGEST_AIRCRAFT_M, sighting.wingspan_m or LARGEST_AIRCRAFT_M) / 2
    if reason := unseen_because(other, place, reach_m, data_share):
        return reason
    if _marked_but_not_agreed(place, tolerance_m(sighting, sighting), other):
        return f"somebody has marked an aircraft there in {other.name}, and others have not agreed yet"
    return None


def _marked_but_not_agreed(place: LonLat, within_m: float, scene: SearchedScene) -> bool:
    """Whether there is a mark near a place which no sighting came of."""
    seen = [there for sighting in scene.sightings if (there := place_of(sighting))]
    return any(
        distance_m(place, mark) <= within_m and all(distance_m(mark, there) > within_m for there in seen)
        for mark in scene.marked
    )
