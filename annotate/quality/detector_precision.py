"""A share, and how surely it is known."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from annotate.quality.audit_recall import AuditedScene, RecallEstimate, estimate_recall
from annotate.quality.judged_aircraft import JudgedAircraft
from annotate.quality.pace import TaskAnswers

Z = 1.959963984540054  # of a normal distribution 95 % lie within so many standard deviations


class Proportion(NamedTuple):
    """A share with its 95 % interval.

    Attributes:
        part: Of the whole.
        whole: Above 0.
        low: Lower limit, 0..1.
        high: Upper limit, 0..1.
    """

    part: int
    whole: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """0..1."""
        return self.part / self.whole


def proportion(part: int, whole: int) -> Proportion | None:
    """A share with Wilson's score interval, which holds for few and for extreme ones too.

    Wilson (1927), "Probable inference, the law of succession, and statistical inference", JASA 22:209-212.

    Returns:
        None where there is nothing to take a share of.
    """
    if not whole:
        return None
    share = part / whole
    middle = (share + Z**2 / (2 * whole)) / (1 + Z**2 / whole)
    reach = Z / (1 + Z**2 / whole) * math.sqrt(share * (1 - share) / whole + Z**2 / (4 * whole**2))
    return Proportion(part, whole, max(0.0, middle - reach), min(1.0, middle + reach))


@dataclass(frozen=True)
class AuditProgress:
    """How far the audit has come, and what it says.

    Attributes:
        scenes: Scenes with audited tiles; only they are spoken of.
        drawn: Tiles without candidates that were put before analysts.
        answered: Of these, those that were looked at.
        open_tiles: Tiles with candidates that nobody has answered yet; what they hold is not in the estimate.
        recall: What it says; None where nothing was answered, or no aircraft was found at all.
    """

    scenes: int
    drawn: int
    answered: int
    open_tiles: int
    recall: RecallEstimate | None


def precision_so_far(
    aircraft: Iterable[JudgedAircraft], adjudicators: Collection[str] = ()
) -> Proportion | None:
    """The share of the candidates that are aircraft; of those that are decided on.

    Args:
        aircraft: What is said of each.
        adjudicators: Analysts whose word settles.
    """
    decided = [one.is_aircraft(adjudicators) for one in aircraft if one.proposed]
    return proportion(decided.count(True), decided.count(True) + decided.count(False))


def audit_so_far(
    tasks: Sequence[TaskAnswers], aircraft: Iterable[JudgedAircraft], adjudicators: Collection[str] = ()
) -> AuditProgress | None:
    """The detector's recall, by the tiles without candidates that were drawn at random.

    An aircraft counts for the tile in whose core its middle lies, wherever it was drawn: what is seen in the
    margin of an audited tile belongs to another, which was not drawn. Where the detector was told not to look
    it missed nothing.

    Args:
        tasks: Of the project.
        aircraft: What is said of each.
        adjudicators: Analysts whose word settles.

    Returns:
        None where no tile was drawn.
    """
    by_area: dict[object, list[TaskAnswers]] = defaultdict(list)
    for task in tasks:
        by_area[task.task.area].append(task)
    audited = [of for of in by_area.values() if any(task.task.audit for task in of)]
    if not audited:
        return None
    tiles = {task.id: task for of in audited for task in of}
    found, missed = 0, Counter[int]()
    for one in aircraft:
        tile = _tile_of(one, tiles) if one.is_aircraft(adjudicators) else None
        if tile is not None and one.proposed:
            found += 1
        elif tile is not None:
            missed[tile.id] += 1
    searched = [task for task in tiles.values() if not task.task.audit]
    scenes = [_audited_scene(of, missed) for of in audited]
    return AuditProgress(
        scenes=len({task.task.scene.sha256 for task in tiles.values()}),
        drawn=sum(scene.drawn for scene in scenes),
        answered=sum(len(scene.missed) for scene in scenes),
        open_tiles=sum(not task.analysts for task in searched),
        recall=estimate_recall(found, sum(missed[task.id] for task in searched), scenes),
    )


def _tile_of(aircraft: JudgedAircraft, tiles: Mapping[int, TaskAnswers]) -> TaskAnswers | None:
    """The tile that answers for an aircraft: the one that proposed it, or was searched where it stands."""
    center = aircraft.center
    of_scene = (
        (tiles[verdict.task_id] for verdict in aircraft.verdicts if verdict.task_id in tiles)
        if aircraft.proposed
        else (tile for tile in tiles.values() if tile.holds(center) and tile.task.was_searched(center))
    )
    return next((tile for tile in of_scene if tile.task.scene.sha256 == aircraft.scene), None)


def _audited_scene(tasks: Sequence[TaskAnswers], missed: Mapping[int, int]) -> AuditedScene:
    drawn = [task for task in tasks if task.task.audit]
    return AuditedScene(
        # A detector that was run again leaves another number free; the larger promises less.
        free=max(len(drawn), *(task.task.audit_of for task in drawn)),
        drawn=len(drawn),
        missed=tuple(missed[task.id] for task in drawn if task.analysts),
    )


class VerdictCount(NamedTuple):
    """How many verdicts of each word there are; the latest of each analyst on each aircraft."""

    confirmed: int = 0
    corrected: int = 0
    rejected: int = 0
    added: int = 0

    @property
    def judged(self) -> int:
        """How many are about candidates."""
        return self.confirmed + self.corrected + self.rejected

    @property
    def rates(self) -> dict[str, float | None]:
        """Of the candidates, what part was accepted, corrected, rejected; of the aircraft, added."""
        seen = self.confirmed + self.corrected + self.added
        return {
            "accept": _share(self.confirmed, self.judged),
            "correct": _share(self.corrected, self.judged),
            "reject": _share(self.rejected, self.judged),
            "add": _share(self.added, seen),
        }


def verdicts_by_analyst(aircraft: Iterable[JudgedAircraft]) -> dict[str, VerdictCount]:
    """What each analyst's verdicts are."""
    words: dict[str, Counter[str]] = defaultdict(Counter)
    for one in aircraft:
        for verdict in one.verdicts:
            words[verdict.analyst][verdict.verdict] += 1
    return {analyst: VerdictCount(**count) for analyst, count in sorted(words.items())}


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
