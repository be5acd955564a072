"""How much a detector gains by the verdicts on a few scenes, judged on other airports.

    .venv/bin/python benchmarks/learning.py IMAGES --set pleiades --detector template
    .venv/bin/python benchmarks/learning.py IMAGES --set sensor-1m --scenes 1 3 5 8

An analyst who answers by the truth reviews some scenes, drawn at random; what `hardstand learn` makes of that
scores the candidates of scenes of other sites. Sites are folds, as in `benchmarks/detectors.py`; where a set
names no sites, each image is one. Each fold is judged by itself, and a row is their mean by aircraft.
A candidate that overlaps an aircraft (IoU 0.3) is one by the analyst, one that touches none is none, and what
is between is left out. Where the gate refuses a model, the detector's own scores stay.

Candidates and their features are kept under --work. Nothing that is learned here is kept.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from detectors import (  # type: ignore[import-not-found]  # a script beside this one
    Benchmark,
    benchmarks_in,
)

from annotate.learning.gathering import SceneExamples, joined
from annotate.learning.learn import LEAST_OF_A_KIND, LEAST_SCENES
from detect import DETECTORS, MODELS
from detect.archive import scan_archive
from detect.arrays import Bools
from detect.candidate import CandidatesFile, read_candidates
from detect.detector import Detector
from detect.detectors import load_detector
from detect.evaluation.coco_matching import MatchedScene, truth_overlap
from detect.evaluation.figures import evaluate
from detect.evaluation.truth import pair_scenes
from detect.reliability import calibration_error, score_bins
from detect.scan import SURE_SCORE
from detect.verifier.held_out import MOST_CONTRADICTED, WORSE, refusal
from detect.verifier.pose_features import FEATURES_VERSION, candidate_features
from detect.verifier.sensors import sensor_of
from detect.verifier.verified_detector import BUDGET_PER_KM2, MIN_SCORE
from detect.verifier.verifier import LearnedFrom, Verifier, faintest_score, fit_verifier
from imagery.grid import Floats
from imagery.scene import open_scene

FOLDS = 3
SEEN_IOU, TOUCHES = 0.3, 0.1  # from where on the analyst sees an aircraft in a candidate, or a part of one


class Known(NamedTuple):
    """A scene whose aircraft are known.

    Attributes:
        matched: Its candidates, surest first, and its truth.
        features: (N, COUNT) float64.
        aircraft: (N,) by the analyst.
        decided: (N,), False where a candidate is neither an aircraft nor clear of one.
        fold: Of its site.
    """

    matched: MatchedScene
    features: Floats
    aircraft: Bools
    decided: Bools
    fold: int

    def examples(self, flipped: float, random: np.random.Generator) -> SceneExamples:
        """Return what the analyst says, a share of it false."""
        aircraft = self.aircraft[self.decided]
        wrong = random.random(len(aircraft)) < flipped
        return SceneExamples(self.matched.file.scene, self.features[self.decided], aircraft ^ wrong)


def known_scenes(benchmark: Benchmark, detector: Detector, work: Path, label: str) -> list[Known]:
    """Search the scenes of a benchmark as `hardstand learn` does, and match what is found with the truth."""
    folder = work / "learning" / label / benchmark.name
    folder.mkdir(parents=True, exist_ok=True)
    options: Any = {"gsd_m": benchmark.gsd_m}
    least, names, files = faintest_score(detector), list(map(str, benchmark.scenes)), []
    for result in scan_archive(names, folder, detector, min_score=least, options=options):
        if result.error or result.path is None:
            raise SystemExit(f"Error: {result.error}")
        files.append(read_candidates(result.path))
        print(f"{result.scene}: {result.candidates}", file=sys.stderr)
    pairs = pair_scenes(files, benchmark.truth).pairs
    sites = sorted({truth.site or file.scene.path for file, truth in pairs})
    return [
        _known(MatchedScene(*pair), folder, sites.index(pair[1].site or pair[0].scene.path)) for pair in pairs
    ]


def _known(matched: MatchedScene, folder: Path, site: int) -> Known:
    kept = folder / f"{matched.file.scene.sha256}-{FEATURES_VERSION}.npy"
    if not kept.exists():
        with open_scene(matched.file.scene.path) as scene:
            boxes = [candidate.box for candidate in matched.candidates]
            np.save(kept, candidate_features(scene, boxes, matched.scores.tolist()))
    iou = truth_overlap(matched.candidates, matched.boxes, matched.file.scene.grid).iou
    most = iou.max(axis=1, initial=0.0)
    aircraft = matched.outcomes(SEEN_IOU) >= 0
    return Known(
        matched, np.load(kept).astype(np.float64), aircraft, aircraft | (most < TOUCHES), site % FOLDS
    )


def learned(examples: Sequence[SceneExamples], detector: Detector) -> Verifier | None:
    """Return what `hardstand learn` would write; None where it has too little to learn from."""
    both = [each for each in examples if 0 < each.aircraft.sum() < len(each.aircraft)]
    aircraft = sum(int(each.aircraft.sum()) for each in examples)
    others = sum(len(each.aircraft) for each in examples) - aircraft
    if len(both) < LEAST_SCENES or min(aircraft, others) < LEAST_OF_A_KIND:
        return None
    source = LearnedFrom((), 0, (), 0)
    return fit_verifier(joined(examples), detector.info, faintest_score(detector), source)


class Scored(NamedTuple):
    """A scene with the scores that it gets, and how many candidates per km² are shown from which score on."""

    known: Known
    scores: Floats
    min_score: float
    budget: float | None

    @property
    def file(self) -> CandidatesFile:
        """Its candidates with these scores."""
        pairs = zip(self.known.matched.candidates, self.scores.tolist(), strict=True)
        candidates = tuple(replace(candidate, score=score) for candidate, score in pairs)
        return replace(self.known.matched.file, candidates=candidates)

    @property
    def actions(self) -> int:
        """How many candidates an analyst rejects, and how many aircraft they add."""
        order = np.argsort(-self.scores, kind="stable")
        shown = order[self.scores[order] >= self.min_score]
        if self.budget is not None:
            sure = int((self.scores >= SURE_SCORE).sum())
            shown = shown[: max(sure, math.ceil(self.budget * self.known.matched.km2))]
        found = int(self.known.aircraft[shown].sum())
        return len(shown) - found + len(self.known.matched.boxes) - found


def scored(known: Known, verifier: Verifier | None, detector: Detector) -> Scored:
    """Score a scene's candidates by a verifier, or leave them as they are."""
    if verifier is None:
        budget = getattr(detector, "budget_per_km2", None)
        return Scored(known, known.matched.scores, detector.min_score, budget)
    record = known.matched.file.scene
    sensor = sensor_of(record.sensor, record.gsd_m)
    scores = verifier.scores_of(known.features, [sensor] * len(known.aircraft))
    return Scored(known, scores, MIN_SCORE, BUDGET_PER_KM2)


def figures(scenes: Sequence[Scored], benchmark: Benchmark) -> dict[str, float]:
    """Return the figures of all folds, each by itself, by their aircraft."""
    parts = [[each for each in scenes if each.known.fold == fold] for fold in range(FOLDS)]
    weights = [sum(len(each.known.matched.boxes) for each in part) for part in parts]
    of_parts = [_figures(part, benchmark) for part in parts]
    return {
        name: float(np.average([each[name] for each in of_parts], weights=weights)) for name in of_parts[0]
    }


def _figures(scenes: Sequence[Scored], benchmark: Benchmark) -> dict[str, float]:
    result = evaluate([each.file for each in scenes], benchmark.truth, default_score=0.0).overall
    scores = np.concatenate([each.scores[each.known.decided] for each in scenes])
    right = np.concatenate([each.known.aircraft[each.known.decided] for each in scenes]).astype(np.float64)
    budgets = result.at_iou[0.3].recall_by_candidates_per_km2
    return {
        **{f"AP{round(100 * iou)}": at.ap or 0.0 for iou, at in result.at_iou.items()},
        "recall20": budgets[20] or 0.0,
        "actions": sum(each.actions for each in scenes) / max(1, result.aircraft),
        "ECE": calibration_error(score_bins(scores, right)),
    }


def replayed(
    scenes: Sequence[Known], count: int, detector: Detector, seed: int, flipped: float
) -> tuple[list[Scored], list[Verifier]]:
    """Review so many scenes of the other folds for each fold, and score the fold by what they teach."""
    result, verifiers = [], []
    for fold in range(FOLDS):
        random = np.random.default_rng([seed, fold])
        others = [known for known in scenes if known.fold != fold]
        reviewed = [others[index] for index in random.permutation(len(others))[:count]]
        verifier = learned([known.examples(flipped, random) for known in reviewed], detector)
        if verifier is not None:
            verifiers.append(verifier)
        used = verifier if verifier is not None and refusal(verifier.held_out) is None else None
        result += [scored(known, used, detector) for known in scenes if known.fold == fold]
    return result, verifiers


def row(
    scenes: Sequence[Known], benchmark: Benchmark, count: int, detector: Detector, orders: int, flipped: float
) -> dict[str, Any]:
    """Return the mean, least and most of each figure over several orders of review."""
    found: dict[str, list[float]] = defaultdict(list)
    verifiers: list[Verifier] = []
    for seed in range(orders if count else 1):
        result, made = replayed(scenes, count, detector, seed, flipped)
        verifiers += made
        for name, value in figures(result, benchmark).items():
            found[name].append(value)
    contradicted = [verifier.held_out.contradicted for verifier in verifiers]
    return {
        "scenes": count,
        "flipped": flipped,
        "learned": len(verifiers),
        "refused": sum(refusal(verifier.held_out) is not None for verifier in verifiers),
        "contradicted": [min(contradicted), max(contradicted)] if contradicted else None,
        **{name: [float(np.mean(values)), min(values), max(values)] for name, values in found.items()},
    }


COLUMNS = ("AP50", "AP40", "AP30", "recall20", "actions", "ECE")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, help="folder of the images, one folder per set")
    parser.add_argument("--set", required=True, help="the benchmark")
    parser.add_argument("--detector", choices=DETECTORS, default=DETECTORS[0])
    parser.add_argument("--model", help="the network's weights")
    parser.add_argument("--scenes", type=int, nargs="+", default=[1, 3, 5, 10], help="how many are reviewed")
    parser.add_argument("--orders", type=int, default=5, help="how many orders of review")
    parser.add_argument("--flipped", type=float, default=0.0, help="share of the verdicts that are false")
    parser.add_argument("--work", type=Path, default=Path("benchmarks/data"))
    arguments = parser.parse_args()
    known_sets = benchmarks_in(arguments.data)
    if arguments.set not in known_sets:
        parser.error(f"no images of '{arguments.set}'; there are: {', '.join(known_sets) or 'none'}")
    benchmark = known_sets[arguments.set]
    detector = load_detector(arguments.detector, arguments.model)
    label = arguments.detector if arguments.detector != "network" else arguments.model or MODELS[0]
    scenes = known_scenes(benchmark, detector, arguments.work, Path(label).name)
    print(f"gate: at most {MOST_CONTRADICTED} contradicted, at most {WORSE} of average precision lost")
    print("| scenes reviewed |", " | ".join(COLUMNS), "| learned; refused | contradicted |")
    print("|", " | ".join("---" for _ in range(len(COLUMNS) + 3)), "|")
    for count in (0, *arguments.scenes):
        made = row(scenes, benchmark, count, detector, arguments.orders, arguments.flipped)
        cells = [f"{made[name][0]:.3f} ({made[name][1]:.3f} to {made[name][2]:.3f})" for name in COLUMNS]
        doubt = made["contradicted"]
        words = f"{doubt[0]:.2f} to {doubt[1]:.2f}" if doubt else "-"
        print(
            "|",
            count,
            "|",
            " | ".join(cells),
            f"| {made['learned']}; {made['refused']} | {words} |",
            flush=True,
        )
        print(json.dumps(made), file=sys.stderr)
    perfect = [
        Scored(known, known.aircraft.astype(np.float64), MIN_SCORE, BUDGET_PER_KM2) for known in scenes
    ]
    best = figures(perfect, benchmark)
    print("| perfect scores |", " | ".join(f"{best[name]:.3f}" for name in COLUMNS), "| - | - |")


if __name__ == "__main__":
    main()
