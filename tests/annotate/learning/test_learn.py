"""Learning from a log: what is learned, what it is used for, and what nothing can be learned from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from annotate.intake.filter_parsing import parse_filter
from annotate.learning.learn import Learned, NotLearned, learn
from annotate.log.entries import Verdict
from annotate.log.store import Log
from detect.detector import Detector
from detect.scan import scan
from detect.verifier.held_out import MOST_CONTRADICTED, ranked_precision
from detect.verifier.verified_detector import load_verified
from imagery.errors import OutputExists
from imagery.scene import open_scene

Draw = Callable[..., Any]
Review = Callable[..., list[Verdict]]
Bright = Callable[..., Detector]


@pytest.fixture
def learned(log: Log, drawn_field: Draw, review: Review, bright_detector: Bright, tmp_path: Path) -> Learned:
    """What three reviewed fields teach."""
    for seed in range(3):
        review(drawn_field(seed))
    return learn(log, tmp_path / "model.json", bright_detector())


def test_a_false_alarm_sinks_on_new_scenes_by_verdicts_on_its_like(
    learned: Learned, drawn_field: Draw, bright_detector: Bright
) -> None:
    field = drawn_field(9)
    detector = load_verified(bright_detector(), str(learned.path))
    with open_scene(field.path) as scene:
        before, after = scan(scene, bright_detector()).candidates, scan(scene, detector).candidates
    first = [field.has(candidate.box) for candidate in after[:12]]
    assert sum(field.has(candidate.box) for candidate in before[:12]) < 9, "brightness tells nothing"
    assert all(first), "airliners come before all sheds"
    assert all(candidate.score < 0.5 for candidate in after if not field.has(candidate.box))
    assert learned.verifier.held_out.after.average_precision > 0.95


def test_the_hash_of_the_model_is_named_in_the_candidates_file_and_reaches_the_log(
    learned: Learned, drawn_field: Draw, bright_detector: Bright
) -> None:
    detector = load_verified(bright_detector(), str(learned.path))
    with open_scene(drawn_field(9).path) as scene:
        file = scan(scene, detector)
    feature = file.__geo_interface__["features"][0]["properties"]
    assert feature["verifier_sha256"] == file.detector.params["verifier_sha256"] == learned.sha256
    # Verdicts, sightings and scenes of the log carry the version.
    assert feature["detector_version"] == f"1+{learned.sha256[:16]}"
    assert feature["detector"] == "bright"


def test_the_same_verdicts_give_the_same_model_to_the_byte(
    learned: Learned, log: Log, bright_detector: Bright, tmp_path: Path
) -> None:
    again = learn(log, tmp_path / "again.json", bright_detector())
    assert again.sha256 == learned.sha256
    assert again.path.read_bytes() == learned.path.read_bytes()


def test_poisoned_verdicts_are_refused_with_the_figures(
    log: Log, drawn_field: Draw, review: Review, bright_detector: Bright, tmp_path: Path
) -> None:
    for seed in range(4):
        review(drawn_field(seed), wrong=0.3)
    with pytest.raises(NotLearned, match=r"nothing was written: \d\d% of the verdicts contradict"):
        learn(log, tmp_path / "model.json", bright_detector())
    assert not (tmp_path / "model.json").exists()


def test_a_few_slips_are_not_poison(
    log: Log, drawn_field: Draw, review: Review, bright_detector: Bright, tmp_path: Path
) -> None:
    for seed in range(4):
        review(drawn_field(seed), wrong=0.05)
    held_out = learn(log, tmp_path / "model.json", bright_detector()).verifier.held_out
    assert held_out.contradicted < MOST_CONTRADICTED
    assert held_out.after.average_precision > held_out.before.average_precision + 0.2


def test_too_few_verdicts_teach_nothing(
    log: Log, drawn_field: Draw, review: Review, bright_detector: Bright, tmp_path: Path
) -> None:
    with pytest.raises(NotLearned, match="no verdict that matches"):
        learn(log, tmp_path / "model.json", bright_detector())
    review(drawn_field(0, airliners=3))
    with pytest.raises(NotLearned, match="on 3 aircraft and 21 other candidates; it takes 10"):
        learn(log, tmp_path / "model.json", bright_detector())


def test_one_scene_leaves_nothing_to_judge_by(
    log: Log, drawn_field: Draw, review: Review, bright_detector: Bright, tmp_path: Path
) -> None:
    review(drawn_field(0))
    with pytest.raises(NotLearned, match="only 1 scene that can be read has both kinds"):
        learn(log, tmp_path / "model.json", bright_detector())


def test_verdicts_of_one_kind_teach_nothing(
    log: Log, drawn_field: Draw, review: Review, bright_detector: Bright, tmp_path: Path
) -> None:
    for seed in range(2):
        review(drawn_field(seed), verdict="confirmed")
    with pytest.raises(NotLearned, match="48 candidates that they are aircraft and of 0 that they are not"):
        learn(log, tmp_path / "model.json", bright_detector())


def test_what_analysts_disagree_about_is_left_out_and_said(
    log: Log, drawn_field: Draw, review: Review, bright_detector: Bright, tmp_path: Path
) -> None:
    fields = [drawn_field(seed) for seed in range(3)]
    for field in fields:
        review(field)
    first = review(fields[0])
    other = [
        Verdict(
            **vars(each)
            | {"verdict": "rejected", "analyst": "ben", "annotation_id": 5000 + each.annotation_id}
        )
        for each in first
        if each.verdict == "confirmed"
    ][:2]
    log.record(other)
    learned = learn(log, tmp_path / "model.json", bright_detector())
    assert learned.contradicted == 2
    assert learned.verifier.held_out.aircraft == 34


def test_scenes_that_are_gone_are_named_and_those_that_moved_are_found(
    log: Log, drawn_field: Draw, review: Review, bright_detector: Bright, tmp_path: Path
) -> None:
    fields = [drawn_field(seed) for seed in range(3)]
    for field in fields:
        review(field)
    moved = tmp_path / "archive" / "another name.tif"
    moved.parent.mkdir()
    fields[0].path.rename(moved)
    fields[1].path.unlink()
    with pytest.raises(NotLearned, match=r"takes 2; left out: .*field-0.tif.*, and 1 more scene"):
        learn(log, tmp_path / "model.json", bright_detector())
    learned = learn(log, tmp_path / "model.json", bright_detector(), scenes=[moved.parent])
    assert len(learned.verifier.learned_from.scenes) == 2
    assert [str(fields[1].path) in reason for reason in learned.left_out] == [True]


def test_filters_choose_whose_verdicts_count(
    log: Log, drawn_field: Draw, review: Review, bright_detector: Bright, tmp_path: Path
) -> None:
    for seed in range(3):
        review(drawn_field(seed), analyst="ana@example.org")
    for seed in range(3, 6):
        review(drawn_field(seed), analyst="ben", wrong=1.0)
    learned = learn(log, tmp_path / "model.json", bright_detector(), matching=parse_filter(analysts=["ana"]))
    assert learned.analysts == ("ana@example.org",)
    assert len(learned.verifier.learned_from.scenes) == 3


def test_what_is_there_is_not_overwritten_unasked(
    learned: Learned, log: Log, bright_detector: Bright
) -> None:
    with pytest.raises(OutputExists):
        learn(log, learned.path, bright_detector())
    assert learn(log, learned.path, bright_detector(), overwrite=True).sha256 == learned.sha256


def test_licences_of_the_scenes_are_kept(learned: Learned) -> None:
    assert learned.verifier.learned_from.licences == ("CC-BY-4.0",)
    assert ranked_precision(np.array([0.9, 0.5, 0.1]), np.array([True, False, True])) == pytest.approx(5 / 6)
