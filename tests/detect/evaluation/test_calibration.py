"""A calibration makes scores say how often they are right, also on a set that it was not fitted to."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np
import pytest

from detect.evaluation.calibration import fit_calibration
from detect.evaluation.coco_matching import FALSE_ALARM, IGNORED
from detect.score import Calibration
from imagery.errors import UsageError


@dataclass
class Matched:
    """Stands in for a `MatchedScene`."""

    scores: np.ndarray
    right: np.ndarray
    rendered: bool = False
    name: str = "a.tif"
    file: SimpleNamespace = field(init=False)

    def __post_init__(self) -> None:
        self.file = SimpleNamespace(scene=SimpleNamespace(rendered=self.rendered))

    def outcomes(self, min_iou: float) -> np.ndarray:
        assert min_iou == 0.3
        return np.where(self.right, 0, FALSE_ALARM)


def drawn(seed: int, slope: float, shift: float, count: int = 4000) -> Matched:
    """Candidates whose true log-odds are a line in those of their scores."""
    rng = np.random.default_rng(seed)
    log_odds = rng.normal(0, 3, count)
    chance = 1 / (1 + np.exp(-(slope * log_odds + shift)))
    return Matched(1 / (1 + np.exp(-log_odds)), rng.random(count) < chance)


def test_what_was_drawn_by_a_line_gives_that_line():
    fit = fit_calibration(
        {"one": [drawn(1, 0.5, -1.0)], "other": [drawn(2, 0.5, -1.0)]}, Calibration(3.7, 0.3, 6.0)
    )
    assert fit.calibration == pytest.approx((0.5 * 3.7, 0.5 * 0.3 - 1.0, 0.5 * 6.0), abs=0.15)


def test_a_set_that_was_left_out_is_judged_by_the_others():
    """And a surer detector than it has a right to be is found out."""
    fit = fit_calibration({"one": [drawn(1, 0.3, 0.0)], "other": [drawn(2, 0.3, 0.0)]}, Calibration())
    for held_out in fit.held_out.values():
        assert held_out.candidates == 4000
        assert held_out.log_loss < held_out.log_loss_before
        assert held_out.error < 0.03
        assert held_out.error_before > 0.1


def test_sets_count_alike_however_many_candidates_they_have():
    def shift(small: int) -> float:
        sets = {"large": [drawn(1, 1.0, 2.0, 8000)], "small": [drawn(2, 1.0, -2.0, small)]}
        return fit_calibration(sets, Calibration(1.0, 0.0, 1.0)).calibration.shift

    assert shift(800) == pytest.approx(shift(8000), abs=0.25)


def test_candidates_that_are_perfectly_told_apart_give_a_finite_line():
    apart = Matched(np.array([0.9] * 20 + [0.1] * 20), np.arange(40) < 20)
    fit = fit_calibration({"one": [apart], "other": [apart]}, Calibration())
    assert all(np.isfinite(fit.calibration))
    assert fit.calibration.slope > 0


def test_what_counts_neither_way_is_left_out():
    scene = drawn(1, 1.0, 0.0, 1000)
    scene.outcomes = lambda _: np.full(1000, IGNORED)  # type: ignore[method-assign]
    fit = fit_calibration({"one": [drawn(2, 1, 0)], "two": [drawn(3, 1, 0)], "x": [scene]}, Calibration())
    assert set(fit.held_out) == {"one", "two"}


def test_rendered_scenes_do_not_count():
    scene = drawn(1, 1.0, 0.0)
    scene.file.scene.rendered = True
    with pytest.raises(UsageError, match="rendered"):
        fit_calibration({"one": [scene], "other": [drawn(2, 1.0, 0.0)]}, Calibration())


def test_one_set_is_not_enough():
    with pytest.raises(UsageError, match="two sets"):
        fit_calibration({"one": [drawn(1, 1.0, 0.0)]}, Calibration())
