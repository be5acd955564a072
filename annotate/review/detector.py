"""How good the detector is, as the review of its candidates shows while it goes on."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from annotate.review.aircraft import JudgedAircraft
from annotate.review.answers import TaskAnswers
from annotate.review.proportion import Proportion, proportion
from annotate.review.recall_estimate import AuditedScene, RecallEstimate, estimate_recall


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
