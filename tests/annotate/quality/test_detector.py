"""Precision and recall of the detector out of a review, and who agrees: numbers counted by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import shapely

from annotate.labelstudio.tasks import ReviewTask
from annotate.log.entries import Verdict
from annotate.quality.agreement import presence_agreement, type_agreement
from annotate.quality.audit_recall import audit_so_far
from annotate.quality.detector_precision import precision_so_far, proportion
from annotate.quality.judged_aircraft import JudgedAircraft
from annotate.quality.pace import TaskAnswers
from detect.detector import DetectorInfo

Make = Callable[..., Verdict]
Judged = Callable[..., list[JudgedAircraft]]
Answered = Callable[..., list[TaskAnswers]]
UPPER_LEFT, UPPER_RIGHT, LOWER_LEFT, LOWER_RIGHT = (
    (300.0, 200.0),
    (900.0, 200.0),
    (300.0, 700.0),
    (900.0, 700.0),
)
ALL = (("ana",),) * 4


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [(0, 10, 0.0, 0.2775), (1, 10, 0.0179, 0.4042), (81, 263, 0.2553, 0.3662), (10, 10, 0.7225, 1.0)],
)
def test_a_share_has_wilsons_interval(part: int, whole: int, low: float, high: float) -> None:
    """Newcombe (1998), "Two-sided confidence intervals for the single proportion", has 81 of 263."""
    found = proportion(part, whole)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


def test_a_share_of_nothing_is_none() -> None:
    assert proportion(0, 0) is None


def test_precision_is_of_the_candidates_decided_on(judged: Judged, verdict: Make, drawn: Make) -> None:
    """One confirmed, one corrected, one rejected; one open, and one drawn, which is no candidate."""
    words = ("confirmed", "corrected", "rejected")
    said = [verdict(number, verdict=word) for number, word in enumerate(words)]
    disputed = [
        verdict(8 + i, verdict=word, analyst=name, candidate="d" * 16)
        for i, (word, name) in enumerate((("confirmed", "ana"), ("rejected", "ben")))
    ]
    aircraft = judged(*said, *disputed, drawn(20, center_px=LOWER_LEFT))
    precision = precision_so_far(aircraft)
    assert precision is not None
    assert precision[:2] == (2, 3)
    settled = precision_so_far(aircraft, adjudicators=["ben"])
    assert settled is not None
    assert settled[:2] == (2, 4)


def test_audited_tiles_tell_how_many_aircraft_were_missed_in_all(
    judged: Judged, verdict: Make, drawn: Make, answered: Answered, tiles: list[ReviewTask]
) -> None:
    """Found 2, drawn beside them 1; 1 in the audited tile, one of two, so 1 more is expected in the other."""
    aircraft = judged(
        verdict(1, task_id=1, center_px=UPPER_LEFT),
        verdict(2, task_id=4, center_px=LOWER_RIGHT),
        verdict(3, task_id=4, verdict="rejected", center_px=LOWER_RIGHT),
        drawn(4, task_id=1, center_px=(100.0, 100.0)),
        drawn(5, task_id=2, center_px=UPPER_RIGHT),
    )
    audit = audit_so_far(answered(("ana",), ("ana",), (), ("ana",)), aircraft)
    assert audit is not None
    assert (audit.scenes, audit.drawn, audit.answered, audit.open_tiles) == (1, 2, 1, 0)
    recall = audit.recall
    assert recall is not None
    assert (recall.found, recall.missed, recall.audited, recall.free) == (2, 2, 1, 2)
    assert recall.unseen.estimate == pytest.approx(1)
    assert recall.recall.estimate == pytest.approx(2 / 5)
    assert {task.audit_of for task in tiles} == {0, 2}


def test_what_is_drawn_in_the_margin_counts_for_the_tile_it_stands_in(
    judged: Judged, verdict: Make, drawn: Make, answered: Answered
) -> None:
    """Drawn in the upper right tile's task: one in the upper left's core, one in the lower right's."""
    aircraft = judged(
        verdict(1, task_id=1, center_px=UPPER_LEFT),
        drawn(2, task_id=2, center_px=(590.0, 200.0)),
        drawn(3, task_id=2, center_px=(620.0, 460.0)),
    )
    audit = audit_so_far(answered(("ana",), ("ana",), ("ana",), ()), aircraft)
    assert audit is not None
    assert audit.recall is not None
    assert (audit.recall.found, audit.recall.missed) == (1, 2)
    assert audit.recall.unseen == (0, 0, 0)
    assert audit.open_tiles == 1


def test_what_is_drawn_outside_the_area_of_interest_was_not_missed(
    judged: Judged, verdict: Make, drawn: Make, answered: Answered
) -> None:
    """The detector was told to look at the lower half of the upper right tile."""
    tasks = answered(*ALL)
    half = replace(tasks[1].task, searched=shapely.box(600.0, 225.0, 1200.0, 450.0))
    aircraft = judged(
        verdict(1, task_id=1, center_px=UPPER_LEFT),
        drawn(2, task_id=2, center_px=(900.0, 100.0)),
        drawn(3, task_id=2, center_px=(900.0, 300.0)),
    )
    audit = audit_so_far([tasks[0], replace(tasks[1], task=half), *tasks[2:]], aircraft)
    assert audit is not None
    assert audit.recall is not None
    assert audit.recall.missed == 1


def test_the_tiles_of_two_areas_of_one_scene_are_added_up(
    judged: Judged, verdict: Make, answered: Answered
) -> None:
    """Of either area, north and south, one free tile of ten was drawn."""
    tasks = [
        replace(task, task=replace(task.task, audit_of=10, detector=detector_of(area)))
        for task, area in zip(answered(*ALL), ("north", "north", "south", "south"), strict=True)
    ]
    both = verdict(1, task_id=1, center_px=UPPER_LEFT), verdict(2, task_id=4, center_px=LOWER_RIGHT)
    audit = audit_so_far(tasks, judged(*both))
    assert audit is not None
    assert (audit.scenes, audit.drawn) == (1, 2)
    assert audit.recall is not None
    assert (audit.recall.found, audit.recall.audited, audit.recall.free) == (2, 2, 20)
    alone = audit_so_far([tasks[0], *tasks[2:]], judged(*both))
    assert alone is not None
    assert alone.recall is not None
    assert alone.recall.found == 1, "of the north nothing was drawn"


def detector_of(area: str) -> DetectorInfo:
    return DetectorInfo("bright", "1", {"aoi_sha256": area})


def test_a_skipped_audit_tile_was_not_looked_at(judged: Judged, verdict: Make, answered: Answered) -> None:
    tasks = answered(*ALL)
    skipped = TaskAnswers(2, tasks[1].task, tuple(one._replace(skipped=True) for one in tasks[1].answers))
    audit = audit_so_far([tasks[0], skipped, *tasks[2:]], judged(verdict()))
    assert audit is not None
    assert (audit.drawn, audit.answered) == (2, 1)


def test_scenes_that_nobody_audits_are_left_out(
    judged: Judged, verdict: Make, answered: Answered, scene_record: Callable[..., object]
) -> None:
    elsewhere = verdict(9, scene=scene_record(sha256="cd" * 32), task_id=1, center_px=UPPER_LEFT)
    audit = audit_so_far(answered(*ALL), judged(verdict(1, task_id=1, center_px=UPPER_LEFT), elsewhere))
    assert audit is not None
    assert audit.recall is not None
    assert audit.recall.found == 1
    assert audit_so_far(answered(*ALL)[:1], judged(verdict())) is None


def test_before_anything_is_answered_there_is_no_estimate(judged: Judged, answered: Answered) -> None:
    audit = audit_so_far(answered((), (), (), ()), [])
    assert audit is not None
    assert (audit.recall, audit.answered, audit.open_tiles) == (None, 0, 2)


def test_who_answered_a_tile_and_drew_nothing_says_that_nothing_is_there(
    judged: Judged, drawn: Make, answered: Answered
) -> None:
    aircraft = judged(drawn(1, task_id=1, analyst="ana", center_px=UPPER_LEFT))
    both = presence_agreement(aircraft, answered(("ana", "ben"), (), (), ()))
    assert (both.units, both.values) == (1, 2)
    assert both.alpha == 0, "one value of each kind, as chance would have it"
    assert presence_agreement(aircraft, answered(("ana",), ("ben",), (), ())).units == 0
    margin = judged(drawn(2, task_id=1, analyst="ana", center_px=(620.0, 200.0)))
    assert presence_agreement(margin[1:], answered(("ana", "ben"), (), (), ())).units == 0


def test_agreement_is_of_those_who_judged_the_same_without_the_adjudicator(
    judged: Judged, verdict: Make, answered: Answered
) -> None:
    """Presence: yes yes, no no, yes no. 2 of 6 coincidences apart of 18 of 30 expected: 1 - 5 * 2 / 18."""
    words = (("confirmed", "corrected"), ("rejected", "rejected"), ("confirmed", "rejected"))
    said = [
        verdict(10 * unit + i, verdict=word, analyst=name, candidate=f"{unit:016x}", type=None)
        for unit, pair in enumerate(words)
        for i, (word, name) in enumerate(zip(pair, ("ana", "ben"), strict=True))
    ]
    settled = verdict(99, verdict="rejected", analyst="cleo", candidate=f"{2:016x}")
    aircraft = judged(*said, settled)
    found = presence_agreement(aircraft, answered(*ALL), adjudicators=["cleo"])
    assert found == (pytest.approx(1 - 5 * 2 / 18), 3, 6)


def test_who_names_no_type_takes_no_part_in_the_agreement_on_types(judged: Judged, verdict: Make) -> None:
    named = (("C130", "C130"), ("A400", "C130"), ("A400", None))
    said = [
        verdict(10 * unit + i, type=type_, analyst=name, candidate=f"{unit:016x}")
        for unit, pair in enumerate(named)
        for i, (type_, name) in enumerate(zip(pair, ("ana", "ben"), strict=True))
    ]
    found = type_agreement(judged(*said))
    assert found == (pytest.approx(1 - 3 * 2 / 6), 2, 4)
