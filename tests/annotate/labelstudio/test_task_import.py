"""Predictions checked before they are sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from annotate.labelstudio.division import review_tasks
from annotate.labelstudio.task_import import check_predictions
from annotate.labelstudio.tasks import ReviewTask
from detect.box import OrientedBox
from detect.candidate import CandidatesFile
from imagery.errors import HardstandError
from imagery.grid import PixelPoint

Make = Callable[..., CandidatesFile]


def changed(task: ReviewTask, **members: Any) -> ReviewTask:
    """The task with its first candidate changed."""
    first, *others = task.candidates
    return replace(task, candidates=(replace(first, **members), *others))


def test_what_is_pushed_is_valid(candidates_of: Make) -> None:
    check_predictions(review_tasks(candidates_of(), audit=1.0))


@pytest.mark.parametrize("center", [(2.0, 3.0), (1197.0, 896.0), (2.0, 896.0), (1197.0, 3.0)])
@pytest.mark.parametrize("angle", [0.0, 45.0, 135.0, 225.0, 315.0, 359.9])
def test_an_aircraft_that_the_edge_of_the_scene_cuts_is_valid(
    center: tuple[float, float], angle: float, candidates_of: Make
) -> None:
    """The corner that its box is turned about lies outside the picture."""
    check_predictions(review_tasks(candidates_of(OrientedBox(PixelPoint(*center), 80.0, 70.0, angle))))


NAN = float("nan")
FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "a score above one": ({"score": 87.0}, "Score must be between"),
    "a score that is not a number": ({"score": NAN}, "Score must be between"),
    "a box without length": ({"box": OrientedBox(PixelPoint(200, 220), 0.0, 70.0, 30.0)}, "it has no size"),
    "a box at no place": ({"box": OrientedBox(PixelPoint(NAN, 220), 80.0, 70.0, 30.0)}, "aircraft"),
    "a box far away": ({"box": OrientedBox(PixelPoint(9e4, 220), 80.0, 70.0, 30.0)}, "outside the picture"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_not_valid_is_refused_with_its_scene(fault: str, candidates_of: Make) -> None:
    file = candidates_of()
    members, words = FAULTS[fault]
    task, *others = review_tasks(file)
    with pytest.raises(HardstandError, match=words) as refused:
        check_predictions([*others, changed(task, **members)])
    assert str(refused.value).startswith(f"{file.scene.path}: a candidate cannot be shown for review")


def test_a_score_is_checked_for_each_candidate_not_only_for_the_best(candidates_of: Make) -> None:
    (task, *_) = review_tasks(candidates_of())
    with pytest.raises(HardstandError, match=r"a score of -0\.5 is not in 0\.\.1"):
        check_predictions([changed(task, score=-0.5)])


def test_a_label_that_the_interface_lacks_is_refused(
    candidates_of: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("annotate.labelstudio.tasks.LABEL", "Airship")
    with pytest.raises(HardstandError, match="Airship"):
        check_predictions(review_tasks(candidates_of()))
