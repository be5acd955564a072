"""Comparing what was learned, by verdicts that nobody learned from."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from contextlib import nullcontext
from typing import NamedTuple

import numpy as np

from annotate.learning.gathering import SceneProgress, gather_examples, joined
from annotate.learning.judged_scenes import judged_scenes
from annotate.learning.learn import NotLearned
from annotate.log.store import Log
from annotate.query.filters import Filter
from detect.detector import Detector
from detect.verifier.held_out import Quality, gain_interval, quality
from detect.verifier.regression import chances
from detect.verifier.verified_detector import load_verified


class Contestant(NamedTuple):
    """What gives scores.

    Attributes:
        name: The model's file; None for the detector alone.
        quality: Of its scores.
        gain: 95 % interval of what average precision gains over the detector alone; None for that.
    """

    name: str | None
    quality: Quality
    gain: tuple[float, float] | None


class ModelComparison(NamedTuple):
    """Models by the same verdicts.

    Attributes:
        scenes: On how many scenes, which none of the models has learned from.
        aircraft: How many candidates are aircraft.
        others: How many are not.
        contestants: The detector alone, then the models in the order given.
        left_out: Scenes that cannot be read, each with the reason.
    """

    scenes: int
    aircraft: int
    others: int
    contestants: tuple[Contestant, ...]
    left_out: tuple[str, ...]


def compare_models(
    log: Log,
    models: Sequence[str | os.PathLike[str]],
    detector: Detector,
    *,
    matching: Filter | None = None,
    adjudicators: Collection[str] = (),
    scenes: Sequence[str | os.PathLike[str]] = (),
    progress: SceneProgress = lambda _scene: nullcontext(),
) -> ModelComparison:
    """Judge models and the detector alone by the verdicts on scenes that none of the models has learned from.

    Args:
        log: An open log.
        models: Files that `annotate.learning.learn.learn` wrote.
        detector: Whose candidates they score anew.
        matching: As for `annotate.learning.learn.learn`.
        adjudicators: The same.
        scenes: The same.
        progress: The same.

    Raises:
        UsageError: A model cannot be read, or is of another detector.
        NotLearned: There are no verdicts of both kinds on scenes that are new to all.
        LogError: The log cannot be read.
    """
    names = [os.fspath(model) for model in models]
    verifiers = [load_verified(detector, name).verifier for name in names]
    known = {sha256 for verifier in verifiers for sha256 in verifier.learned_from.scenes}
    judged = judged_scenes(log, matching or Filter(), adjudicators)
    gathered = gather_examples(
        [scene for scene in judged if scene.record.sha256 not in known], detector, scenes, progress
    )
    aircraft = sum(int(each.aircraft.sum()) for each in gathered.scenes)
    others = sum(len(each.aircraft) for each in gathered.scenes) - aircraft
    if not (aircraft and others):
        why = f"; left out: {gathered.left_out[0]}" if gathered.left_out else ""
        raise NotLearned(
            f"{log.name}: no verdicts of both kinds on scenes that none of the models has learned from{why}"
        )
    examples = joined(gathered.scenes)
    alone, together = chances(examples.features[:, 0]), np.zeros(len(examples.aircraft), np.int_)
    contestants = [Contestant(None, quality(alone, examples.aircraft, together), None)]
    for name, verifier in zip(names, verifiers, strict=True):
        scores = verifier.scores_of(examples.features, examples.sensors)
        gain = gain_interval(alone, scores, examples.aircraft, examples.scenes, together)
        contestants.append(Contestant(name, quality(scores, examples.aircraft, together), gain))
    return ModelComparison(
        len(gathered.scenes), aircraft, others, tuple(contestants), tuple(gathered.left_out)
    )
