"""How good a verifier is on scenes that it has not learned from, and whether that is good enough.

The scenes are divided into folds. What is said of a fold is what was fitted without it, its calibration and
the freedom of its prior too.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from detect.arrays import Bools, Ints
from detect.reliability import calibration_error, log_loss, score_bins
from detect.verifier.examples import Examples
from detect.verifier.regression import FREEDOMS, chances, fit_regression
from detect.verifier.sensors import fit_lines
from imagery.grid import Floats

FOLDS = 5
RESAMPLES = 400  # of the scenes, for the interval of a difference
INTERVAL = 2.5, 97.5  # hundredths
WORSE = 0.005  # of average precision that may be lost: 1 in 200 is within what a fold's luck does
SUREST = 0.5  # share of either kind whose verdicts are compared with what the model is surest of
# Share of these that may say the opposite: where 3 of 10 verdicts are false it is 0.3 whatever the model is,
# and of honest verdicts on Pléiades scenes and on images of 1 m it was below 0.08 (docs/learning.md).
MOST_CONTRADICTED = 0.2


class Quality(NamedTuple):
    """How well scores tell aircraft from other candidates.

    Attributes:
        average_precision: Mean of the precision at each aircraft, 0..1; see `quality`.
        log_loss: Mean negative log-likelihood.
        calibration_error: See `detect.reliability.calibration_error`.
    """

    average_precision: float
    log_loss: float
    calibration_error: float


class HeldOutFigures(NamedTuple):
    """What verdicts of held-out scenes say.

    Attributes:
        scenes: How many there are.
        aircraft: How many of their candidates are aircraft.
        others: How many are not.
        before: By the detector's own scores.
        after: By the verifier's.
        gain: What the average precision gains by 95 % of the resampled scenes, lowest and highest.
        contradicted: Share of the candidates that the verifier is surest of, either way, whose verdicts say
            the opposite.
    """

    scenes: int
    aircraft: int
    others: int
    before: Quality
    after: Quality
    gain: tuple[float, float]
    contradicted: float


class CrossValidated(NamedTuple):
    """The result of the folds.

    Attributes:
        freedom: Of the prior that served held-out scenes best.
        log_odds: Of each example by what was fitted without its scene, (N,) float64, not calibrated.
        held_out: How good they are.
    """

    freedom: float
    log_odds: Floats
    held_out: HeldOutFigures


def cross_validate(examples: Examples) -> CrossValidated:
    """Judge what can be learned from examples on scenes that are held out.

    Args:
        examples: Of two scenes at least; whichever is left out, the others have both kinds.
    """
    folds = _folds(examples)
    numbers = np.unique(folds)
    aircraft = examples.aircraft
    by_freedom = np.zeros((len(FREEDOMS), len(aircraft)))
    for fold in numbers:
        rest, own = folds != fold, folds == fold
        for row, freedom in enumerate(FREEDOMS):
            fitted = fit_regression(examples.features[rest], aircraft[rest], freedom)
            by_freedom[row, own] = fitted.log_odds(examples.features[own])
    losses = np.array([_losses(log_odds, aircraft) for log_odds in by_freedom])
    log_odds, scores = np.zeros(len(aircraft)), np.zeros(len(aircraft))
    for fold in numbers:
        rest, own = folds != fold, folds == fold
        best = int(losses[:, rest].mean(axis=1).argmin())
        log_odds[own] = by_freedom[best, own]
    for fold in numbers:
        rest, own = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        known, new = ([examples.sensors[index] for index in part] for part in (rest, own))
        scores[own] = fit_lines(log_odds[rest], aircraft[rest], known).scores(log_odds[own], new)
    freedom = FREEDOMS[int(losses.mean(axis=1).argmin())]
    return CrossValidated(freedom, log_odds, _judged(examples, scores, folds))


def refusal(held_out: HeldOutFigures) -> str | None:
    """Say why a verifier is not good enough, with the figures; None where it is."""
    low, high = held_out.gain
    before, after = held_out.before.average_precision, held_out.after.average_precision
    if held_out.contradicted > MOST_CONTRADICTED:
        return (
            f"{held_out.contradicted:.0%} of the verdicts contradict what the others agree on (at most "
            f"{MOST_CONTRADICTED:.0%} may): some are wrong, or these scenes do not show what is an aircraft"
        )
    if after < before - WORSE:
        return (
            f"on scenes held out, average precision would fall from {before:.3f} to {after:.3f} "
            f"(95 %: {low:+.3f} to {high:+.3f})"
        )
    return None


def quality(scores: Floats, aircraft: Bools, folds: Ints) -> Quality:
    """Measure scores.

    Args:
        scores: (N,), 0..1.
        aircraft: (N,).
        folds: (N,): average precision is that of each fold, by its aircraft, since what was fitted apart is
            not to be ranked together.
    """
    right = aircraft.astype(np.float64)
    return Quality(
        _precision_of_folds(scores, aircraft, folds),
        log_loss(scores, right),
        calibration_error(score_bins(scores, right)),
    )


def ranked_precision(scores: Floats, aircraft: Bools) -> float:
    """Return the mean of the precision at each aircraft, surest first; 0 without one.

    Args:
        scores: (N,).
        aircraft: (N,).
    """
    ranked = aircraft[np.argsort(-scores, kind="stable")]
    places = np.flatnonzero(ranked)
    if not len(places):
        return 0.0
    return float((np.arange(1, len(places) + 1) / (places + 1)).mean())


def _precision_of_folds(scores: Floats, aircraft: Bools, folds: Ints) -> float:
    parts = [folds == fold for fold in np.unique(folds)]
    counts = [int(aircraft[part].sum()) for part in parts]
    precisions = [ranked_precision(scores[part], aircraft[part]) for part in parts]
    return float(np.dot(counts, precisions)) / max(1, sum(counts))


def _folds(examples: Examples) -> Ints:
    """Return the fold of each example, (N,): scenes by falling number, each to the emptiest fold."""
    scenes, sizes = np.unique(examples.scenes, return_counts=True)
    count = min(FOLDS, len(scenes))
    filled = np.zeros(count)
    fold_of = {}
    for index in np.argsort(-sizes, kind="stable"):
        fold = int(filled.argmin())
        fold_of[int(scenes[index])] = fold
        filled[fold] += sizes[index]
    return np.array([fold_of[int(scene)] for scene in examples.scenes])


def _losses(log_odds: Floats, aircraft: Bools) -> Floats:
    chance = chances(log_odds)
    losses: Floats = -np.log(np.where(aircraft, chance, 1 - chance))
    return losses


def _judged(examples: Examples, scores: Floats, folds: Ints) -> HeldOutFigures:
    before, aircraft = chances(examples.features[:, 0]), examples.aircraft
    return HeldOutFigures(
        scenes=len(np.unique(examples.scenes)),
        aircraft=int(aircraft.sum()),
        others=int((~aircraft).sum()),
        before=quality(before, aircraft, folds),
        after=quality(scores, aircraft, folds),
        gain=gain_interval(before, scores, aircraft, examples.scenes, folds),
        contradicted=_contradicted(scores, aircraft),
    )


def gain_interval(
    before: Floats, after: Floats, aircraft: Bools, scenes: Ints, folds: Ints
) -> tuple[float, float]:
    """Return the 95 % interval of what average precision gains, by resampling scenes.

    Args:
        before: (N,) scores.
        after: (N,) other scores of the same candidates.
        aircraft: (N,).
        scenes: (N,), the number of each one's scene.
        folds: As for `quality`.
    """
    members = [np.flatnonzero(scenes == scene) for scene in np.unique(scenes)]
    random = np.random.default_rng(1)
    gains = []
    for _ in range(RESAMPLES):
        drawn = np.concatenate([members[index] for index in random.integers(len(members), size=len(members))])
        better, worse = (
            _precision_of_folds(scores[drawn], aircraft[drawn], folds[drawn]) for scores in (after, before)
        )
        gains.append(better - worse)
    low, high = np.percentile(gains, INTERVAL)
    return float(low), float(high)


def _contradicted(scores: Floats, aircraft: Bools) -> float:
    """Return the share of the surest, as many as half of either kind, whose verdicts say the opposite."""
    order = np.argsort(scores, kind="stable")
    count = int(aircraft.sum())
    lowest, highest = round(SUREST * (len(scores) - count)), round(SUREST * count)
    wrong = aircraft[order[:lowest]].sum() + (~aircraft[order[len(order) - highest :]]).sum()
    return float(wrong) / max(1, lowest + highest)
