"""The examples that the verdicts of a log make, read out of its scenes."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple

import numpy as np

from annotate.learning.judged_scenes import AIRCRAFT, UNKNOWN, JudgedScene
from annotate.learning.searched_again import found_again
from detect import Progress
from detect.arrays import Bools
from detect.detector import Detector
from detect.verifier.examples import Examples
from detect.verifier.sensors import sensor_of
from imagery.errors import HardstandError
from imagery.grid import Floats
from imagery.record import SceneRecord
from imagery.recorded_scenes import RecordedScenes

SceneProgress = Callable[[str], AbstractContextManager[Progress | None]]


class SceneExamples(NamedTuple):
    """The candidates of a scene of which the verdicts tell what they are.

    Attributes:
        record: The scene's.
        features: (N, COUNT) float64, see `detect.verifier.pose_features`.
        aircraft: (N,).
    """

    record: SceneRecord
    features: Floats
    aircraft: Bools


class Gathered(NamedTuple):
    """The examples of some scenes.

    Attributes:
        scenes: Those that can be read.
        left_out: Why each of the others cannot.
    """

    scenes: list[SceneExamples]
    left_out: list[str]


def gather_examples(
    judged: Sequence[JudgedScene],
    detector: Detector,
    folders: Sequence[str | os.PathLike[str]],
    progress: SceneProgress,
) -> Gathered:
    """Search scenes again and label what is found by the verdicts.

    Args:
        judged: What the log says of each.
        detector: Searches them.
        folders: Where scenes may have been moved to.
        progress: Called with each scene's path; gives the progress function for its search.
    """
    gathered = Gathered([], [])
    with RecordedScenes(list(map(Path, folders))) as recorded:
        for scene in judged:
            examples = _scene_examples(scene, recorded, detector, progress)
            if isinstance(examples, str):
                gathered.left_out.append(examples)
            else:
                gathered.scenes.append(examples)
    return gathered


def joined(scenes: Sequence[SceneExamples]) -> Examples:
    """Return the examples of several scenes as one set."""
    sizes = [len(known.aircraft) for known in scenes]
    sensors = [sensor_of(known.record.sensor, known.record.gsd_m) for known in scenes]
    return Examples(
        np.concatenate([known.features for known in scenes]),
        np.concatenate([known.aircraft for known in scenes]),
        np.repeat(np.arange(len(scenes)), sizes),
        tuple(sensor for sensor, size in zip(sensors, sizes, strict=True) for _ in range(size)),
    )


def _scene_examples(
    judged: JudgedScene, recorded: RecordedScenes, detector: Detector, progress: SceneProgress
) -> SceneExamples | str:
    """Return the examples of a scene, or why there are none."""
    scene = recorded.scene(judged.record)
    if isinstance(scene, str):
        return scene
    try:
        with progress(judged.record.path) as report:
            found = found_again(scene, str(judged.record.sha256), detector, report)
    except HardstandError as reason:
        return str(reason)
    labels = judged.labels(found.boxes)
    known = labels != UNKNOWN
    return SceneExamples(judged.record, found.features[known], labels[known] == AIRCRAFT)
