"""A verifier: what was learned from verdicts on the candidates of one detector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from detect.box import OrientedBox
from detect.detector import Detector, DetectorInfo
from detect.verifier.examples import Examples
from detect.verifier.held_out import HeldOutFigures, cross_validate
from detect.verifier.pose_features import candidate_features
from detect.verifier.regression import Regression, fit_regression
from detect.verifier.sensors import Lines, Sensor, fit_lines, sensor_of
from imagery.grid import Floats
from imagery.scene import Scene

FAINTER = 0.4  # of a detector's own bound: from there on its candidates are looked at again
OWN_TO_A_MACHINE = {"runtime"}  # settings that may differ where a verifier is used


class LearnedFrom(NamedTuple):
    """What a verifier was learned from.

    Attributes:
        scenes: Their hashes, in order.
        rendered: How many of them are rendered.
        licences: Of the scenes, in order; an unknown one is not in it.
        unlicensed: How many scenes do not say theirs.
    """

    scenes: tuple[str, ...]
    rendered: int
    licences: tuple[str, ...]
    unlicensed: int


@dataclass(frozen=True)
class Verifier:
    """Scores the candidates of a detector anew.

    Attributes:
        detector: Of whose candidates it was learned.
        faintest: The least score of these candidates.
        regression: From features to log-odds.
        lines: From these to the log-odds of a score, by sensor.
        learned_from: The scenes.
        held_out: How good it was on scenes that it had not seen.
    """

    detector: DetectorInfo
    faintest: float
    regression: Regression
    lines: Lines
    learned_from: LearnedFrom
    held_out: HeldOutFigures

    def scores(self, scene: Scene, boxes: Sequence[OrientedBox], scores: Sequence[float]) -> list[float]:
        """Return the scores of candidates, 0..1: of those at 0.8, eight in ten are to be aircraft.

        Args:
            scene: An open scene.
            boxes: In its pixels.
            scores: Of the detector. What is below `faintest` has the score 0.

        Raises:
            SceneError: The scene cannot be read.
        """
        known = [index for index, score in enumerate(scores) if score >= self.faintest]
        features = candidate_features(scene, [boxes[i] for i in known], [scores[i] for i in known])
        sensor = sensor_of(scene.provenance.sensor, scene.grid.gsd_m())
        chances = self.scores_of(features.astype(np.float64), [sensor] * len(known))
        again = dict(zip(known, chances.tolist(), strict=True))
        return [again.get(index, 0.0) for index in range(len(scores))]

    def scores_of(self, features: Floats, sensors: Sequence[Sensor]) -> Floats:
        """Return the scores of candidates with these features, on scenes of these sensors, (N,) float64."""
        return self.lines.scores(self.regression.log_odds(features), sensors)

    def is_of(self, info: DetectorInfo) -> bool:
        """Check whether it was learned from candidates of a detector with these settings."""
        return _without_machine(self.detector) == _without_machine(info)


def fit_verifier(
    examples: Examples, detector: DetectorInfo, faintest: float, learned_from: LearnedFrom
) -> Verifier:
    """Fit a verifier, and measure on held-out scenes how good it is.

    Args:
        examples: As for `detect.verifier.held_out.cross_validate`.
        detector: Whose candidates they are.
        faintest: Their least score.
        learned_from: Where they are from.
    """
    judged = cross_validate(examples)
    return Verifier(
        detector,
        faintest,
        fit_regression(examples.features, examples.aircraft, judged.freedom),
        fit_lines(judged.log_odds, examples.aircraft, examples.sensors),
        learned_from,
        judged.held_out,
    )


def faintest_score(detector: Detector) -> float:
    """Return the score from which on a verifier looks at a detector's candidates."""
    return FAINTER * detector.min_score


def _without_machine(info: DetectorInfo) -> DetectorInfo:
    params = {name: value for name, value in info.params.items() if name not in OWN_TO_A_MACHINE}
    return info._replace(params=params)
