"""Fitting how a score comes about, so that of candidates of 0.7 seven in ten are aircraft, on any sensor.

Platt's way ("Probabilistic outputs for support vector machines", 1999): the log-odds of an aircraft are a
line in those of the score. Sets count alike, however many candidates they have, and each is judged by what
was fitted without it. Rendered scenes are not photographs: they do not count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from detect.evaluation.coco_matching import FALSE_ALARM, MatchedScene
from detect.reliability import calibration_error, log_loss, score_bins
from detect.score import LEAST_DOUBT, Calibration
from imagery.errors import UsageError
from imagery.grid import Floats

MIN_IOU = 0.3  # from which overlap on a candidate is the aircraft
STEPS = 50  # of Newton's method, which needs some ten
FINEST_STEP = 1e-10


class HeldOut(NamedTuple):
    """How well scores of a set agree with what was right, by the calibration of the others.

    Attributes:
        candidates: How many there are.
        log_loss_before: Mean negative log-likelihood, by the calibration that the candidates were made with.
        log_loss: The same, by the calibration that was fitted to the other sets.
        error_before: Mean distance of the score from the share that is right, over tenths of the score.
        error: The same, by the calibration that was fitted to the other sets.
    """

    candidates: int
    log_loss_before: float
    log_loss: float
    error_before: float
    error: float


class CalibrationFit(NamedTuple):
    """A calibration, and how well those fitted without a set did on it."""

    calibration: Calibration
    held_out: dict[str, HeldOut]


class _Outcomes(NamedTuple):
    """Candidates of a set: the log-odds of their scores, and which are right; (N,) each."""

    log_odds: Floats
    right: Floats


class _Line(NamedTuple):
    slope: float
    shift: float


def fit_calibration(sets: Mapping[str, Sequence[MatchedScene]], made_with: Calibration) -> CalibrationFit:
    """Fit a calibration to candidates whose truth is known.

    Args:
        sets: By name, at least two: all candidates (a least score of 0) of scenes that the weights had not
            seen, matched with all of their aircraft. A site is a set.
        made_with: The calibration of these candidates' scores.

    Raises:
        UsageError: There are fewer than two sets with right and wrong candidates, or a scene is rendered.
    """
    rendered = [scene.name for scenes in sets.values() for scene in scenes if scene.file.scene.rendered]
    if rendered:
        raise UsageError(f"{rendered[0]} is rendered; a calibration is fitted to photographs")
    outcomes = {name: _outcomes(scenes) for name, scenes in sets.items()}
    telling = {name for name, known in outcomes.items() if 0 < known.right.sum() < len(known.right)}
    if len(telling) < 2:
        raise UsageError(
            "`sets` needs two sets with right and wrong candidates each, so that one can be left out"
        )
    held_out = {}
    for name, known in outcomes.items():
        if len(known.right):
            others = _fitted([other for set_name, other in outcomes.items() if set_name != name])
            held_out[name] = _judged(known, others)
    line = _fitted(list(outcomes.values()))
    slope, shift, weight = made_with
    return CalibrationFit(
        Calibration(line.slope * slope, line.slope * shift + line.shift, line.slope * weight), held_out
    )


def _outcomes(scenes: Sequence[MatchedScene]) -> _Outcomes:
    """Return the candidates that count, with their outcomes."""
    scores = np.concatenate([np.empty(0), *(scene.scores for scene in scenes)])
    outcome = np.concatenate([np.empty(0), *(scene.outcomes(MIN_IOU) for scene in scenes)])
    counted = outcome >= FALSE_ALARM
    doubtful = scores[counted].clip(LEAST_DOUBT, 1 - LEAST_DOUBT)
    return _Outcomes(np.log(doubtful / (1 - doubtful)), (outcome[counted] >= 0).astype(np.float64))


def _fitted(sets: Sequence[_Outcomes]) -> _Line:
    """Fit a line by Newton's method; the targets are Platt's, which keep it from running off to infinity."""
    sets = [known for known in sets if len(known.right)]
    log_odds = np.concatenate([known.log_odds for known in sets])
    right = np.concatenate([known.right for known in sets])
    weights = np.concatenate([np.full(len(known.right), 1 / len(known.right)) for known in sets])
    positives = right.sum()
    negatives = len(right) - positives
    targets = np.where(right > 0, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    columns = np.column_stack([log_odds, np.ones_like(log_odds)])
    line = np.array([1.0, 0.0])
    for _ in range(STEPS):
        chance = _chance(columns @ line)
        slope = columns.T @ (weights * (chance - targets))
        curvature = (columns * (weights * chance * (1 - chance))[:, None]).T @ columns + 1e-9 * np.eye(2)
        step = np.linalg.solve(curvature, slope)
        line -= step * min(1.0, 2.0 / max(1e-12, float(np.abs(step).max())))
        if np.abs(step).max() < FINEST_STEP:
            break
    return _Line(float(line[0]), float(line[1]))


def _judged(known: _Outcomes, line: _Line) -> HeldOut:
    before, after = _chance(known.log_odds), _chance(known.log_odds * line.slope + line.shift)
    return HeldOut(
        len(known.right),
        log_loss(before, known.right),
        log_loss(after, known.right),
        calibration_error(score_bins(before, known.right)),
        calibration_error(score_bins(after, known.right)),
    )


def _chance(log_odds: Floats) -> Floats:
    chance: Floats = 1 / (1 + np.exp(-log_odds.clip(-50, 50)))
    return chance
