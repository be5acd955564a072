"""The audit of a review project: how far it has come, and the detector's recall so far."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from annotate.quality.judged_aircraft import JudgedAircraft
from annotate.quality.pace import TaskAnswers
from annotate.query.recall_estimate import AuditedScene, RecallEstimate, estimate_recall


@dataclass(frozen=True)
class AuditProgress:
    """How far the audit has come, and the recall so far.

    Attributes:
        scenes: Scenes with audited tiles; the other members are about these only.
        drawn: Tiles without candidates that were put before analysts.
        answered: Of these, those that were reviewed.
        open_tiles: Tiles with candidates that nobody has answered yet; what they hold is not in the estimate.
        recall: None where no drawn tile was answered, or there is no aircraft at all.
    """

    scenes: int
    drawn: int
    answered: int
    open_tiles: int
    recall: RecallEstimate | None


def audit_so_far(
    tasks: Sequence[TaskAnswers], aircraft: Iterable[JudgedAircraft], adjudicators: Collection[str] = ()
) -> AuditProgress | None:
    """Estimate the recall from the tiles without candidates that were drawn at random.

    An aircraft counts for the tile in whose core its middle lies, wherever it was drawn: one in the margin of
    an audited tile belongs to a neighbour, which was not drawn. Where the detector did not search it missed
    nothing.

    Args:
        tasks: The tasks of the project.
        aircraft: The aircraft of the project, with their verdicts.
        adjudicators: Analysts whose verdict settles a dispute.

    Returns:
        None where no tile was drawn.
    """
    by_area: dict[object, list[TaskAnswers]] = defaultdict(list)
    for task in tasks:
        by_area[task.task.area].append(task)
    audited = [area for area in by_area.values() if any(task.task.audit for task in area)]
    if not audited:
        return None
    tiles = {task.id: task for area in audited for task in area}
    found, missed = 0, Counter[int]()
    for judged in aircraft:
        tile = _tile_of(judged, tiles) if judged.is_aircraft(adjudicators) else None
        if tile is not None and judged.proposed:
            found += 1
        elif tile is not None:
            missed[tile.id] += 1
    searched = [task for task in tiles.values() if not task.task.audit]
    scenes = [_audited_scene(area, missed) for area in audited]
    return AuditProgress(
        scenes=len({task.task.scene.sha256 for task in tiles.values()}),
        drawn=sum(scene.drawn for scene in scenes),
        answered=sum(len(scene.missed) for scene in scenes),
        open_tiles=sum(not task.analysts for task in searched),
        recall=estimate_recall(found, sum(missed[task.id] for task in searched), scenes),
    )


def _tile_of(aircraft: JudgedAircraft, tiles: Mapping[int, TaskAnswers]) -> TaskAnswers | None:
    """Return the tile that proposed an aircraft, or was searched where it stands."""
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
