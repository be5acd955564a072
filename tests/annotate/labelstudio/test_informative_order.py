"""Verdicts that teach most come first, with a fifth at random between by which the detector is measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from annotate.labelstudio.division import review_tasks
from annotate.labelstudio.informative_order import is_random, most_informative, random_place
from annotate.labelstudio.review_tiles import Core
from annotate.labelstudio.task_order import in_order
from annotate.labelstudio.tasks import ReviewTask
from annotate.log.entries import Verdict
from annotate.quality.judged_aircraft import JudgedAircraft
from annotate.quality.pace import Answer, TaskAnswers
from annotate.quality.random_precision import random_precision
from detect.box import OrientedBox
from detect.candidate import CandidatesFile, TypeSuggestion
from imagery.grid import PixelPoint

Make = Callable[..., ReviewTask]


@pytest.fixture
def tile(candidates_of: Callable[..., CandidatesFile]) -> Make:
    """Makes a tile with a candidate: its number, score and likeliest type."""
    (task,) = review_tasks(candidates_of(OrientedBox(PixelPoint(200.0, 200.0), 60.0, 50.0, 0.0)))

    def make(number: int, score: float, type: str = "C130") -> ReviewTask:
        candidate = replace(
            task.candidates[0], id=f"{number:016x}", score=score, types=(TypeSuggestion(type, 0.9),)
        )
        return replace(task, core=Core(number * 500, 0, 500, 500), candidates=(candidate,))

    return make


def numbers(tasks: list[ReviewTask]) -> list[int]:
    return [task.core.col // 500 for task in tasks]


def test_what_is_uncertain_comes_before_what_is_sure(tile: Make) -> None:
    grounds = [[tile(0, 0.95)], [tile(1, 0.5)], [tile(2, 0.02)]]
    assert numbers([ground[0] for ground in most_informative(grounds)]) == [1, 0, 2]


def test_the_second_of_a_kind_waits_for_the_first_of_another(tile: Make) -> None:
    alike = [[tile(number, 0.5)] for number in range(5)]
    ordered = most_informative([*alike, [tile(9, 0.7, "IL76")]])
    assert numbers([ground[0] for ground in ordered]) == [0, 9, 1, 2, 3, 4], "though 9 is less uncertain"


def test_a_fifth_is_drawn_at_random_and_spread_among_the_others(tile: Make) -> None:
    tasks = [tile(number, 0.1 + number % 80 / 100) for number in range(200)]
    ordered = in_order(tasks, "informative")
    assert sorted(numbers(ordered)) == list(range(200)), "every tile comes once"
    drawn = [place for place, task in enumerate(ordered) if is_random(task)]
    assert 0.12 < len(drawn) / 200 < 0.28
    first_half = sum(place < 100 for place in drawn)
    assert abs(first_half - len(drawn) / 2) <= 1
    places = [random_place(ordered[place]) for place in drawn]
    assert places == sorted(places), "which come first does not depend on what is in them"


def test_precision_at_random_counts_the_first_drawn_up_to_an_open_one(
    tile: Make, verdict: Callable[..., Verdict]
) -> None:
    tasks = [tile(number, 0.5) for number in range(60)]
    drawn = sorted(filter(is_random, tasks), key=random_place)
    answer = Answer("1/2026-01-02T03:04:05Z", "ana", None, 12.0, False)  # type: ignore[arg-type]
    open_one = drawn[3]
    answers = [TaskAnswers(n, task, () if task is open_one else (answer,)) for n, task in enumerate(tasks)]
    aircraft = []
    for n, task in enumerate(tasks):
        right = task in drawn[:2]  # all that was chosen is wrong, and what comes after the open one
        said = verdict(n, verdict="confirmed" if right else "rejected", task_id=n)
        aircraft.append(JudgedAircraft(str(n), (said,), None))
    share = random_precision(answers, aircraft)
    assert share is not None
    assert (share.part, share.whole) == (2, 3)


def test_without_a_drawn_tile_there_is_no_precision_at_random(tile: Make) -> None:
    assert random_precision([], []) is None
    chosen = next(task for number in range(60) if not is_random(task := tile(number, 0.5)))
    assert random_precision([TaskAnswers(1, chosen, ())], []) is None
