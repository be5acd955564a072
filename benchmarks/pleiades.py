"""How good each detector is on the Pléiades scenes, by site: the table of benchmarks/README.md.

    .venv/bin/pip install -e '.[train]'
    .venv/bin/python benchmarks/pleiades.py IMAGES_FOLDER --work benchmarks/data

IMAGES_FOLDER is the Airbus Aircraft Sample Dataset with `airports.csv` beside `annotations.csv`. The network
is trained three times, each time without the sites of one fold, and judged on those; the other two detectors
are judged on the sites that none of their settings was chosen on. Each step is a hardstand command, which is
printed; weights and candidates that are there are not made again. Training takes some ten minutes a fold.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

FOLDS = {
    "A": ("01", "04", "07", "10", "13"),
    "B": ("02", "05", "08", "11"),
    "C": ("03", "06", "09", "12"),
}
HELD_OUT = ("02", "04", "06", "08", "10", "12")  # of the sites, for template and contour
LICENCE = "CC-BY-NC-SA-4.0"
HARDSTAND = str(Path(sys.executable).with_name("hardstand"))


def hardstand(*arguments: str) -> str:
    """Run a command and return what it prints."""
    shown = [argument for argument in arguments if not argument.endswith(".jpg")]
    print("  hardstand", *shown, f"({len(arguments) - len(shown)} scenes)", file=sys.stderr)
    result = subprocess.run([HARDSTAND, *arguments], stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603
    return result.stdout


def scenes_of(folder: Path, sites: tuple[str, ...]) -> list[str]:
    """Return the images of some sites."""
    with (folder / "airports.csv").open(newline="") as table:
        rows = [row for row in csv.DictReader(table) if row["airport"].removeprefix("site-") in sites]
    return sorted(str(folder / "images" / row["image_id"]) for row in rows)


def trained(folder: Path, work: Path, fold: str) -> Path:
    """Train weights without a fold's sites, unless they are there; return their folder."""
    weights = work / f"pleiades-fold-{fold}"
    if not (weights / "network.onnx").exists():
        others = tuple(site for name, sites in FOLDS.items() if name != fold for site in sites)
        poses = str(files("detect") / "weights" / "pleiades" / "poses.csv")
        truth = ("--truth", str(folder / "annotations.csv"), "--truth", poses)
        options = ("--licence", LICENCE, "--steps", "2400", "-o", str(weights))
        hardstand("train", *scenes_of(folder, others), *truth, *options)
    return weights


def candidates_of(scenes: list[str], target: Path, *options: str) -> str:
    """Propose aircraft in scenes, keeping all candidates; return the folder of candidates files."""
    hardstand("detect", *scenes, "-o", str(target), "--min-score", "0", *options)
    return str(target)


def row(name: str, folder: Path, candidates: list[str]) -> None:
    """Print one line of the table."""
    marks = Path(__file__).resolve().parents[1] / "tests" / "data" / "pleiades_points.csv"
    truth = ("--truth", str(folder / "annotations.csv"))
    figures: dict[str, Any] = json.loads(hardstand("evaluate", *candidates, *truth, "--by", "size"))
    posed = json.loads(hardstand("evaluate", *candidates, "--truth", str(marks)))["measured"]
    half, loose = figures["at_iou"]["0.5"], figures["at_iou"]["0.4"]
    budget = half["recall_by_candidates_per_km2"], loose["recall_by_candidates_per_km2"]
    print(
        f"| {name} | {figures['scenes']} | {figures['aircraft']} | {half['ap']:.3f} | {loose['ap']:.3f} "
        f"| {budget[0]['50']:.3f} | {budget[1]['100']:.3f} |"
    )
    sizes = {
        size: (
            group["at_iou"]["0.5"]["aircraft"],
            group["at_iou"]["0.5"]["recall_by_candidates_per_km2"]["50"],
        )
        for size, group in figures["groups"].items()
    }
    print(f"  recall at 50 candidates/km2 by extent: {sizes}", file=sys.stderr)
    print(f"  against marks: {posed}", file=sys.stderr)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--work", type=Path, default=Path("benchmarks/data"))
    arguments = parser.parse_args()
    folder, work = arguments.folder, arguments.work
    print("| | scenes | aircraft | AP50 | AP40 | recall at 50/km², IoU 0.5 | recall at 100/km², IoU 0.4 |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    of_folds = []
    for fold, sites in FOLDS.items():
        weights = trained(folder, work, fold)
        of_folds.append(
            candidates_of(scenes_of(folder, sites), work / f"network-{fold}", "--model", str(weights))
        )
        row(f"network, fold {fold}", folder, of_folds[-1:])
    row("network, all folds", folder, of_folds)
    everywhere = tuple(site for sites in FOLDS.values() for site in sites)
    for name, options, sites in (
        ("network, open weights", ("--model", "open"), everywhere),
        ("template", ("--detector", "template"), HELD_OUT),
        ("contour", ("--detector", "contour"), HELD_OUT),
    ):
        target = work / name.replace(", ", "-").replace(" ", "-")
        row(name, folder, [candidates_of(scenes_of(folder, sites), target, *options)])


if __name__ == "__main__":
    main()
