"""Fit how a network's score comes about to scenes that it has not seen: `calibration` of training.json.

    .venv/bin/python benchmarks/calibration.py IMAGES --model WEIGHTS

Candidates are found, or taken from --work, as `benchmarks/detectors.py` does it: Pléiades scenes by the
weights of folds where these exist. A site of Pléiades is a set, and so is each other set of photographs
whose aircraft are all known; `elsewhere` is for measuring alone and has no part. Each set is judged by what
was fitted without it; the last line is what training.json takes.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from pathlib import Path

from detectors import (  # type: ignore[import-not-found]  # a script beside this one
    Contender,
    benchmarks_in,
    contender,
    judged,
)

from detect.detectors.network_weights import weights_of
from detect.evaluation.calibration import fit_calibration
from detect.evaluation.coco_matching import MatchedScene
from detect.evaluation.figures import evaluate

SETS = ("pleiades", "naip", "rareplanes", "negatives", "empty")


def matched_sets(data: Path, network: Contender) -> dict[str, list[MatchedScene]]:
    """Return the candidates of all sets, matched with their aircraft, without sets seen in training."""
    sets: dict[str, list[MatchedScene]] = defaultdict(list)
    for name, benchmark in benchmarks_in(data).items():
        if name not in SETS:
            continue
        result = judged(network, benchmark)
        if result.seen:
            print(f"{name}: left out, {result.which}")
            continue
        for scene in evaluate(result.candidates, benchmark.truth).scenes:
            sets[scene.truth.site or name].append(scene)
    return sets


def main() -> None:
    """Print the table and the calibration."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, help="folder of the images, one folder per set")
    parser.add_argument("--model", required=True, help="weights, as for `hardstand detect`")
    parser.add_argument("--work", type=Path, default=Path("benchmarks/data"))
    arguments = parser.parse_args()
    network = contender(arguments.work, model=arguments.model)
    fit = fit_calibration(matched_sets(arguments.data, network), weights_of(arguments.model).calibration)
    print("| left out | candidates | log loss before; after | error of the score before; after |")
    print("| --- | --- | --- | --- |")
    for name, set_ in fit.held_out.items():
        losses = f"{set_.log_loss_before:.3f}; {set_.log_loss:.3f}"
        print(f"| {name} | {set_.candidates} | {losses} | {set_.error_before:.3f}; {set_.error:.3f} |")
    rounded = {name: round(value, 3) for name, value in fit.calibration._asdict().items()}
    print(json.dumps({"calibration": rounded}))


if __name__ == "__main__":
    main()
