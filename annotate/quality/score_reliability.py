"""What the scores of each detector were worth, by sensor: of candidates at 0.8, are eight in ten aircraft?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

import numpy as np

from annotate.quality.detector_precision import Proportion, proportion
from annotate.quality.judged_aircraft import JudgedAircraft
from detect.reliability import ScoreBin, calibration_error, score_bins
from detect.verifier.sensors import Sensor, sensor_of


class Scores(NamedTuple):
    """The scores that a detector gave on scenes of one kind, and what became of them.

    Attributes:
        detector: Its name.
        version: Its version; that of a verifier is in it.
        sensor: Which scenes.
        candidates: How many were decided.
        score: Their mean score.
        error: Mean distance of the score from the share that is right, over tenths of the score (ECE).
        bins: The tenths of the score that have candidates.
    """

    detector: str
    version: str
    sensor: Sensor
    candidates: int
    score: float
    error: float
    bins: tuple[ScoreBin, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the figures as JSON members, with the 95 % interval of each tenth's share."""
        return {
            "detector": self.detector,
            "detector_version": self.version,
            "sensor": self.sensor.name,
            "gsd_m": self.sensor.gsd_m,
            "candidates": self.candidates,
            "score": self.score,
            "aircraft": sum(each.aircraft for each in self.bins),
            "calibration_error": self.error,
            "bins": [
                {**each._asdict(), "share": share.share, "share_low": share.low, "share_high": share.high}
                for each, share in zip(self.bins, self.shares, strict=True)
            ],
        }

    @property
    def shares(self) -> list[Proportion]:
        """The share of each tenth that are aircraft, with its interval."""
        shares = (proportion(each.aircraft, each.candidates) for each in self.bins)
        return [share for share in shares if share is not None]


def score_reliability(aircraft: Iterable[JudgedAircraft], adjudicators: Collection[str] = ()) -> list[Scores]:
    """Compare scores with verdicts, for each detector and kind of scenes; the most candidates first.

    Args:
        aircraft: The aircraft of the project, with their verdicts. What analysts disagree about, or drew
            themselves, does not count.
        adjudicators: Analysts whose verdict settles a dispute.
    """
    decided: dict[tuple[str, str, Sensor], list[tuple[float, bool]]] = defaultdict(list)
    for judged in aircraft:
        verdict = next((each for each in judged.verdicts if each.score is not None), None)
        is_aircraft = judged.is_aircraft(adjudicators)
        if verdict is None or verdict.score is None or is_aircraft is None:
            continue
        sensor = sensor_of(verdict.scene.sensor, verdict.scene.gsd_m)
        key = (verdict.detector or "", verdict.detector_version or "", sensor)
        decided[key].append((min(max(verdict.score, 0.0), 1.0), is_aircraft))
    groups = [_scores(*key, pairs) for key, pairs in decided.items()]
    return sorted(groups, key=lambda each: (-each.candidates, each.detector, each.version))


def _scores(name: str, version: str, sensor: Sensor, pairs: list[tuple[float, bool]]) -> Scores:
    scores, right = (np.array(column, np.float64) for column in zip(*pairs, strict=True))
    bins = score_bins(scores, right)
    return Scores(name, version, sensor, len(pairs), float(scores.mean()), calibration_error(bins), bins)
