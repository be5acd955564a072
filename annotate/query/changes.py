"""The stands of an airfield from scene to scene: occupied, newly occupied, newly empty, or not visible.

Aircraft move unseen between two scenes. So what is said is said of stands, and of absence only where
`annotate.query.shown` finds that the place was shown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from itertools import pairwise
from typing import Any, Literal, NamedTuple, get_args

from annotate.log.entries import Sighting
from annotate.query import shown
from annotate.query.emptiness import not_empty, said_empty
from annotate.query.sameness import OccupiedStand, occupied_stand
from annotate.query.searched_scenes import SearchedScene
from annotate.query.shown import DataShare, not_shown
from annotate.query.stand_matching import match, place_of, side_m, tolerance_m
from imagery.acquisition import parse_acquired
from imagery.airfields import distance_m
from imagery.grid import LonLat
from imagery.words import counted

Reason = Literal[shown.Reason, "disputed", "unordered"]
AMBIGUOUS = "similar aircraft stand closer together than the scenes' position error"
UNORDERED = "which of the two scenes was taken first is not known"
DISPUTED = "analysts disagree about it"
SAID_EMPTY = "asked about this stand, a person said that nothing stands there"


class Unclear(NamedTuple):
    """An aircraft of one scene of whose stand the other does not tell whether it was occupied.

    Attributes:
        sighting: The aircraft.
        reason: Why not, in a word.
        because: Why not, in words.
    """

    sighting: Sighting
    reason: Reason
    because: str

    @property
    def not_visible(self) -> bool:
        """True if the other scene does not show the stand, whoever looks at it."""
        return self.reason in get_args(shown.NotVisible)


@dataclass(frozen=True)
class Change:
    """The stands of an airfield in two scenes.

    Attributes:
        earlier: The scene that was taken first.
        later: The next one, or the next that shows these stands, see `passed`.
        occupied: Stands with an aircraft in both, maybe another.
        newly_empty: Aircraft of the earlier scene whose stand the later one shows empty.
        newly_occupied: Aircraft of the later scene whose stand the earlier one shows empty.
        unclear: Aircraft of one scene of whose stand the other does not tell.
        passed: The scenes taken between the two. Where there are any, this is of nothing but the stands that
            none of them shows.
    """

    earlier: SearchedScene
    later: SearchedScene
    occupied: list[OccupiedStand] = field(default_factory=list)
    newly_empty: list[Sighting] = field(default_factory=list)
    newly_occupied: list[Sighting] = field(default_factory=list)
    unclear: list[Unclear] = field(default_factory=list)
    passed: tuple[SearchedScene, ...] = ()

    @property
    def unordered(self) -> bool:
        """True if it is not known which of the two was taken first."""
        first, second = self.earlier.span, self.later.span
        return first is None or second is None or first.last > second.first

    @property
    def interval(self) -> str:
        """The time between the two, in words: ``103 days apart``."""
        first, second = self.earlier.span, self.later.span
        if first is None or second is None:
            return "an unknown time apart"
        least, most = (abs(end) for end in (second.first - first.last, second.last - first.first))
        if most - least <= timedelta(days=2):
            days = abs((second.first.date() - first.first.date()).days)
            return f"{counted(days, 'day')} apart" if days else "of one day"
        low = 0 if self.unordered else least.days
        return f"{low} to {counted(most.days, 'day')} apart"

    def said_empty(self, sighting: Sighting) -> bool:
        """Check whether an analyst was asked about the stand of an aircraft of one scene, in the other.

        True only where they said that nothing stands there.
        """
        return said_empty(self.later if sighting in self.newly_empty else self.earlier, sighting)

    def to_json(self) -> dict[str, Any]:
        """Return JSON members; sightings by all of their fields."""
        absent = [*self.newly_empty, *self.newly_occupied]
        return {
            "earlier": self.earlier.to_json(),
            "later": self.later.to_json(),
            "interval": self.interval,
            "passed": [scene.key for scene in self.passed],
            "occupied": [stand.to_json() for stand in self.occupied],
            "newly_empty": [asdict(sighting) for sighting in self.newly_empty],
            "newly_occupied": [asdict(sighting) for sighting in self.newly_occupied],
            "said_empty": [sighting.id for sighting in absent if self.said_empty(sighting)],
            "unclear": [
                {"sighting": asdict(sighting), "reason": reason, "because": because}
                for sighting, reason, because in self.unclear
            ],
        }


def compare_successive(scenes: Sequence[SearchedScene], data_share: DataShare) -> Iterator[Change]:
    """Compare each scene with the next, in the order they were taken.

    Then, for the stands that the next scene does not show, each with the next that does; `Change.passed` has
    the others. Rendered scenes are compared with rendered ones only. A scene of unknown time is left out.

    Args:
        scenes: Of one airfield, as `annotate.query.searched_scenes.searched_scenes` returns them.
        data_share: Looks up gaps in a scene.
    """
    for series in _series(scenes):
        neighbours = [compare_scenes(*pair, data_share) for pair in pairwise(series)]
        further = _past_scenes(series, neighbours, data_share)
        for index, change in enumerate(neighbours, start=1):
            yield change
            for first in sorted(first for first, last in further if last == index):
                yield _compared_past(series[first : index + 1], further[first, index], data_share)


def _past_scenes(
    series: Sequence[SearchedScene], neighbours: Sequence[Change], data_share: DataShare
) -> dict[tuple[int, int], set[str]]:
    """Return pairs of scenes that are not neighbours, and whose stands to compare in them.

    Args:
        series: The scenes in the order they were taken.
        neighbours: Each compared with the next.
        data_share: Looks up gaps in a scene.

    Returns:
        Identifiers of sightings of one of the two scenes, by the scenes' indices: no scene between shows
        where they stand, and the other scene does.
    """
    pairs: dict[tuple[int, int], set[str]] = defaultdict(set)
    for index, change in enumerate(neighbours):
        earlier = {sighting.id for sighting in change.earlier.sightings}
        for unclear in (each for each in change.unclear if each.not_visible):
            sighting = unclear.sighting
            place = place_of(sighting)
            if place is None:
                continue
            forward = sighting.id in earlier
            others = range(index + 1, len(series)) if forward else range(index, -1, -1)
            other = _first_showing(series, others, sighting, place, data_share)
            if other is not None:
                pairs[(index, other) if forward else (other, index + 1)].add(sighting.id)
    return pairs


def _first_showing(
    series: Sequence[SearchedScene],
    others: Iterable[int],
    sighting: Sighting,
    place: LonLat,
    data_share: DataShare,
) -> int | None:
    """Return the first scene that shows an aircraft's stand; None where one before it has an aircraft there.

    People see aircraft also where a scene cannot show that there is none.
    """
    reach_m = tolerance_m(sighting, sighting) + side_m(sighting) / 2
    for other in others:
        if not_shown(series[other], place, side_m(sighting), data_share) is None:
            return other
        stands = (place_of(each) for each in series[other].sightings)
        if any(stand is not None and distance_m(place, stand) <= reach_m for stand in stands):
            return None
    return None


def _compared_past(scenes: Sequence[SearchedScene], about: set[str], data_share: DataShare) -> Change:
    """Compare the first and the last of some scenes, as far as it is about certain aircraft."""
    whole = compare_scenes(scenes[0], scenes[-1], data_share)
    return replace(
        whole,
        occupied=[stand for stand in whole.occupied if {stand.before.id, stand.after.id} <= about],
        newly_empty=[sighting for sighting in whole.newly_empty if sighting.id in about],
        newly_occupied=[sighting for sighting in whole.newly_occupied if sighting.id in about],
        unclear=[unclear for unclear in whole.unclear if unclear.sighting.id in about],
        passed=tuple(scenes[1:-1]),
    )


def compare_days(
    scenes: Sequence[SearchedScene],
    since: str,
    until: str,
    data_share: DataShare,
) -> Iterator[Change]:
    """Compare the first scene of a day or month with the last of a later one.

    Args:
        scenes: Of one airfield.
        since: The first day or month, ISO 8601.
        until: The other one.
        data_share: Looks up gaps in a scene.

    Raises:
        UsageError: One is not a time.
    """
    for series in _series(scenes):
        first, last = (_taken(series, day) for day in (since, until))
        if first and last and series.index(first[0]) < series.index(last[-1]):
            between = series[series.index(first[0]) + 1 : series.index(last[-1])]
            yield compare_scenes(first[0], last[-1], data_share, between)


def _series(scenes: Sequence[SearchedScene]) -> Iterator[list[SearchedScene]]:
    """Yield the scenes of known time in the order they were taken: photographs, then rendered ones."""
    for rendered in (False, True):
        dated = [scene for scene in scenes if scene.span and scene.rendered is rendered]
        yield sorted(dated, key=lambda scene: (scene.span, scene.name))


def _taken(scenes: Sequence[SearchedScene], day: str) -> list[SearchedScene]:
    wanted = parse_acquired(day, "`days`").span
    return [scene for scene in scenes if scene.span and wanted and scene.span.overlaps(wanted)]


def compare_scenes(
    earlier: SearchedScene,
    later: SearchedScene,
    data_share: DataShare,
    between: Sequence[SearchedScene] = (),
) -> Change:
    """Compare two scenes of one airfield; see `compare_successive`.

    Args:
        earlier: The scene that was taken first.
        later: The other one.
        data_share: Looks up gaps in a scene.
        between: Scenes taken between the two, in which a stand may have been empty.
    """
    change = Change(earlier, later)
    matched = match(earlier.sightings, later.sightings)
    on_one_stand = [*matched.same, *matched.other]
    for pair in on_one_stand:
        if "disputed" in (pair.before.status, pair.after.status):
            because = f"an aircraft stands there in both scenes, but {DISPUTED}"
            change.unclear.extend(Unclear(each, "disputed", because) for each in pair[:2])
            continue
        change.occupied.append(occupied_stand(pair, matched.same, between=between, data_share=data_share))
    for pair in matched.ambiguous:
        change.unclear.extend(Unclear(each, "ambiguous", AMBIGUOUS) for each in pair[:2])
    paired = {each.id for pair in (*on_one_stand, *matched.ambiguous) for each in pair[:2]}
    sides = ((earlier, later, change.newly_empty), (later, earlier, change.newly_occupied))
    for scene, other, absent in sides:
        for sighting in scene.sightings:
            if sighting.id in paired:
                continue
            unclear = _unclear(sighting, other, data_share, unordered=change.unordered)
            if unclear is None:
                absent.append(sighting)
            else:
                change.unclear.append(unclear)
    return change


def _unclear(
    sighting: Sighting, other: SearchedScene, data_share: DataShare, *, unordered: bool
) -> Unclear | None:
    """Return why an aircraft's stand may be occupied in the other scene; None where it is empty there."""
    if sighting.status == "disputed" and place_of(sighting) is not None:
        return Unclear(sighting, "disputed", DISPUTED)
    if unseen := not_empty(other, sighting, data_share):
        return Unclear(sighting, *unseen)
    return Unclear(sighting, "unordered", UNORDERED) if unordered else None
