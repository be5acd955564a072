"""What a push changes: nothing twice, nothing lost, and nothing that somebody has touched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from annotate.labelstudio.division import review_tasks
from annotate.labelstudio.push_plan import ExistingTask, plan
from annotate.labelstudio.tasks import ReviewTask
from detect.box import OrientedBox
from detect.candidate import Candidate, CandidatesFile
from detect.detector import DetectorInfo
from imagery.grid import PixelPoint

Candidates = Callable[..., CandidatesFile]
ONE = OrientedBox(PixelPoint(200.0, 200.0), 80.0, 70.0, 30.0)
NEAR = OrientedBox(PixelPoint(205.0, 203.0), 84.0, 68.0, 35.0)  # the same aircraft, measured otherwise
BESIDE = OrientedBox(PixelPoint(290.0, 200.0), 80.0, 70.0, 30.0)
FAR = OrientedBox(PixelPoint(900.0, 640.0), 80.0, 70.0, 0.0)


@pytest.fixture
def tasks(candidates_of: Candidates) -> Callable[..., list[ReviewTask]]:
    """The tasks of some boxes, as one detector or another found them."""

    def make(
        *boxes: OrientedBox, detector: str = "bright", area: str | None = None, audit: float = 0.0
    ) -> list[ReviewTask]:
        file = candidates_of(*boxes)
        params = {} if area is None else {"aoi_sha256": area}
        named = tuple(
            replace(one, id=f"{detector} {area} {one.box.center}") for one in file.candidates[: len(boxes)]
        )
        return review_tasks(
            CandidatesFile(file.scene, DetectorInfo(detector, "1", params), named), audit=audit
        )

    return make


def there(tasks: list[ReviewTask], **members: object) -> list[ExistingTask]:
    return [ExistingTask(number, task, **members) for number, task in enumerate(tasks, 1)]  # type: ignore[arg-type]


def candidates(tasks: list[ReviewTask]) -> list[Candidate]:
    return [candidate for task in tasks for candidate in task.candidates]


def test_of_an_empty_project_all_is_missing(tasks: Callable[..., list[ReviewTask]]) -> None:
    wanted = tasks(ONE, FAR)
    assert plan(wanted, []) == (wanted, [], 0)


def test_of_what_is_there_nothing_is_missing_whoever_has_touched_it(
    tasks: Callable[..., list[ReviewTask]],
) -> None:
    for touched in (True, False):
        assert plan(tasks(ONE, FAR), there(tasks(ONE, FAR), touched=touched)) == ([], [], 2)


def test_what_an_interrupted_push_left_out_is_added(tasks: Callable[..., list[ReviewTask]]) -> None:
    first, second = tasks(ONE, FAR)
    assert plan([first, second], there([first])) == ([second], [], 1)


def test_of_two_tasks_of_one_tile_the_second_goes_if_nobody_has_touched_it(
    tasks: Callable[..., list[ReviewTask]],
) -> None:
    (task,) = tasks(ONE)
    assert plan([task], there([task, task])) == ([], [2], 1)
    answered = [ExistingTask(1, task), ExistingTask(2, task, touched=True)]
    assert plan([task], answered) == ([], [1], 1), "the one with an answer stays"


def test_another_detectors_candidates_take_the_place_of_those_that_nobody_has_touched(
    tasks: Callable[..., list[ReviewTask]],
) -> None:
    wanted = tasks(NEAR, detector="other")
    assert plan(wanted, there(tasks(ONE, FAR))) == (wanted, [1, 2], 0)


def test_a_new_candidate_that_overlaps_a_reviewed_one_is_that_one(
    tasks: Callable[..., list[ReviewTask]],
) -> None:
    reviewed = there(tasks(ONE), touched=True)
    assert plan(tasks(NEAR, detector="other"), reviewed) == ([], [], 1)


def test_a_new_candidate_beside_a_reviewed_one_is_proposed_and_that_one_is_shown_as_anothers(
    tasks: Callable[..., list[ReviewTask]],
) -> None:
    (task,), removed, known = plan(tasks(NEAR, BESIDE, detector="other"), there(tasks(ONE), touched=True))
    assert [candidate.box for candidate in task.candidates] == [BESIDE]
    assert NEAR in [candidate.box for candidate in task.neighbours]
    assert (removed, known) == ([], 1)


def test_a_new_candidate_that_overlaps_what_an_analyst_drew_is_that_one(
    tasks: Callable[..., list[ReviewTask]],
) -> None:
    answered = [ExistingTask(1, tasks(ONE)[0], touched=True, boxes=(ONE, FAR))]
    assert plan(tasks(ONE, FAR), answered) == ([], [], 2)


def test_tasks_of_another_area_of_interest_stay_and_are_not_proposed_again(
    tasks: Callable[..., list[ReviewTask]],
) -> None:
    other = there(tasks(ONE, FAR, area="north"))
    (task,), removed, known = plan(tasks(NEAR, BESIDE, area="south"), other)
    assert [candidate.box for candidate in task.candidates] == [BESIDE]
    assert (removed, known) == ([], 1)


def test_the_audit_of_a_tile_stays_until_a_candidate_is_found_in_it(
    tasks: Callable[..., list[ReviewTask]],
) -> None:
    audited = tasks(ONE, audit=1.0)
    assert plan(tasks(ONE), there(audited)) == ([], [], 1)
    (number,) = [n for n, task in enumerate(audited, 1) if task.core == tasks(FAR)[0].core]
    added, removed, _ = plan(tasks(ONE, FAR), there(audited))
    assert [candidate.box for candidate in candidates(added)] == [FAR]
    assert number in removed


def test_a_tile_that_somebody_has_audited_is_not_audited_again(
    tasks: Callable[..., list[ReviewTask]],
) -> None:
    audited = tasks(ONE, audit=1.0)
    assert plan(tasks(ONE, detector="other", audit=1.0), there(audited, touched=True)).add == []
