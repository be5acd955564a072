"""The coverage of a scene by its review: where people have looked, as areas on Earth."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import shapely

from annotate.labelstudio.pull_state import TaskState
from annotate.log.entries import SceneReview
from imagery.area import area_on_earth, area_to_json


def with_coverage(review: SceneReview, tasks: Sequence[TaskState]) -> SceneReview:
    """Return a scene's review with the counts and areas of its tasks.

    Args:
        review: What one of the tasks tells of the scene.
        tasks: All tasks of the scene in one project.
    """
    grid = review.scene.grid
    shown, windows = {tuple(task.core) for task in tasks}, _seen(tasks)
    seen = [shapely.box(col, row, col + width, row + height) for col, row, width, height in windows]
    hidden = [shapely.make_valid(shapely.Polygon(ring)) for task in tasks for ring in task.hidden]
    return replace(
        review,
        candidates=sum(task.candidates for task in tasks),
        tiles=max(review.tiles or 0, len(shown)),
        tasks=len(shown),
        reviewed=len(windows),
        seen=area_to_json(area_on_earth(grid, shapely.union_all(seen))),
        hidden=area_to_json(area_on_earth(grid, shapely.union_all(hidden))),
        audits=_audits(tasks),
    )


def _seen(tasks: Sequence[TaskState]) -> list[tuple[int, ...]]:
    """Return the windows that somebody has seen: all tasks of one are answered, as each shows some of it."""
    answered: dict[tuple[int, ...], bool] = {}
    for task in tasks:
        answered[tuple(task.core)] = answered.get(tuple(task.core), True) and task.reviewed
    return [core for core, whole in answered.items() if whole]


def _audits(tasks: Sequence[TaskState]) -> tuple[dict[str, Any], ...]:
    drawn: dict[str | None, list[TaskState]] = defaultdict(list)
    for task in tasks:
        if task.audit_of:
            drawn[task.area].append(task)
    return tuple(
        {
            # A detector that was run again leaves another number free; the larger promises less.
            "free": max(len(of_area), *(task.audit_of for task in of_area)),
            "drawn": len(of_area),
            "seen": [task.core for task in of_area if task.reviewed],
        }
        for of_area in drawn.values()
    )
