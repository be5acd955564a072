"""Which tile an analyst sees first."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from annotate.labelstudio.division import review_tasks
from annotate.labelstudio.task_order import ORDERS, in_order
from annotate.labelstudio.tasks import ReviewTask
from detect.box import OrientedBox
from detect.candidate import CandidatesFile
from imagery.grid import PixelPoint

PLACES = ((200, 200), (700, 200), (200, 700), (700, 700))  # one in each core


@pytest.fixture
def tasks(candidates_of: Callable[..., CandidatesFile]) -> list[ReviewTask]:
    """Four tiles, scored 0.9, 0.8, 0.7 and 0.6 row by row."""
    boxes = [OrientedBox(PixelPoint(*map(float, place)), 60.0, 50.0, 0.0) for place in PLACES]
    return review_tasks(candidates_of(*boxes))


def scores(tasks: list[ReviewTask]) -> list[float]:
    return [task.candidates[0].score for task in tasks]


def test_the_least_sure_the_surest_or_neighbours_come_first(tasks: list[ReviewTask]) -> None:
    shuffled = [tasks[index] for index in (2, 0, 3, 1)]
    assert scores(in_order(shuffled, "uncertain")) == [0.6, 0.7, 0.8, 0.9]
    assert scores(in_order(shuffled, "score")) == [0.9, 0.8, 0.7, 0.6]
    assert in_order(shuffled, "place") == tasks


@pytest.mark.parametrize("order", ORDERS)
def test_the_order_does_not_depend_on_that_of_the_files(order: str, tasks: list[ReviewTask]) -> None:
    assert in_order(tasks[::-1], order) == in_order(tasks, order)  # type: ignore[arg-type]


@pytest.mark.parametrize("order", ORDERS)
def test_audits_are_spread_evenly_so_that_a_review_that_ends_early_has_had_some(
    order: str, candidates_of: Callable[..., CandidatesFile]
) -> None:
    box = OrientedBox(PixelPoint(200.0, 200.0), 60.0, 50.0, 0.0)
    found = review_tasks(candidates_of(box))
    audits = [task for task in review_tasks(candidates_of(box), audit=1.0) if task.audit]
    assert len(audits) >= 2
    tasks = in_order([*found * 2 * len(audits), *audits], order)  # type: ignore[arg-type]
    assert [task.audit for task in tasks] == [False, False, True] * len(audits)
