"""The detector's precision by tiles drawn at random, whatever was chosen to be reviewed first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from annotate.labelstudio.informative_order import is_random, random_place
from annotate.quality.detector_precision import Proportion, precision_so_far
from annotate.quality.judged_aircraft import JudgedAircraft
from annotate.quality.pace import TaskAnswers


def random_precision(
    tasks: Sequence[TaskAnswers], aircraft: Iterable[JudgedAircraft], adjudicators: Collection[str] = ()
) -> Proportion | None:
    """Return the share of candidates that are aircraft, in tiles that were drawn at random and answered.

    Of each scene count the first of these in the order they were drawn, up to one that nobody has answered:
    which they are does not depend on what is in them, so the share holds for all tiles with candidates.

    Args:
        tasks: The tasks of the project, with their answers.
        aircraft: The aircraft of the project, with their verdicts.
        adjudicators: Analysts whose verdict settles a dispute.

    Returns:
        None where there is no such tile, or no candidate in them is decided.
    """
    drawn: dict[object, list[TaskAnswers]] = defaultdict(list)
    for task in tasks:
        if not task.task.audit and is_random(task.task):
            drawn[task.task.area].append(task)
    counted: set[int] = set()
    for of_scene in drawn.values():
        for task in sorted(of_scene, key=lambda each: random_place(each.task)):
            if not task.analysts:
                break
            counted.add(task.id)
    inside = [judged for judged in aircraft if any(each.task_id in counted for each in judged.verdicts)]
    return precision_so_far(inside, adjudicators)
