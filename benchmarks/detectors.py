"""How good networks and detectors are on every benchmark, one row of a table for each.

    .venv/bin/python benchmarks/detectors.py IMAGES --model pleiades --model WEIGHTS --detector template
    .venv/bin/python benchmarks/detectors.py IMAGES --model open --set airbases --set sensor-1m

All candidates are kept (a least score of 0) and compared with the truth by `detect.evaluate`. Under --work,
candidates files are kept in a folder per model, named after the hash of its settings and weights, so a run
that was interrupted goes on where it was; beside them lies NAME-HASH.json with all figures. A set that a run
does not ask for keeps the figures of an earlier one. The table is printed.

Sites, not images, are split: where weights of folds exist, each scene of Pléiades is judged by those that
were made without its site. `benchmarks/pleiades.py` makes them; they are looked for beside weights of one's
own (WEIGHTS-fold-A, -B, -C), and in --work for the weights that come with hardstand (pleiades-fold-A, ...).
The images of `elsewhere` are for measuring alone: choose nothing by them but between finished rows.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, NamedTuple

from detect import DETECTORS, MODELS
from detect.archive import scan_archive
from detect.box import Extent
from detect.detector import Detector
from detect.detectors import load_detector
from detect.evaluation.figures import evaluate
from detect.evaluation.truth import SceneTruth, Truth, TruthBox
from detect.evaluation.truth_files import read_truth
from detect.scan import TILE_PX
from detect.training.photographs import is_kept_apart
from imagery.scene import open_scene

FOLDS = "CAB"  # the fold of a site is that of its number's remainder by three: `benchmarks/pleiades.py`
TANKERS_PX = Extent(175, 168, 330, 281), Extent(152, 321, 307, 434)  # read by eye, within 3 px
TIMED_RUNS = 5

Operator = Literal["military", "civil"]


@dataclass(frozen=True)
class Benchmark:
    """Scenes whose aircraft are known.

    Attributes:
        name: As on the command line.
        scenes: Their images.
        truth: Their aircraft.
        operator: Whose aircraft they are, where that is known of all.
        gsd_m: Metres per pixel, where the files do not say.
    """

    name: str
    scenes: tuple[Path, ...]
    truth: Truth
    operator: Operator | None = None
    gsd_m: float | None = None


def benchmarks_in(data: Path) -> dict[str, Benchmark]:
    """Return the benchmarks that a folder has images for, by name."""
    naip, tanker = data / "naip-geotiff", data / "rareplanes-tile" / "two_kc135.png"
    empty = naip / "m_3211605_ne_11_060_20200415.tif", *sorted((data / "other-geotiff").glob("*.tif"))
    negatives = sorted((data / "ucmerced" / "negatives").glob("*/*.jpg"))
    apart = tuple(path for path in negatives if is_kept_apart(path))  # others may be trained on
    points = tuple(sorted((data / "planetscope-3m").glob("*.tif")))
    every = [
        _of_files("pleiades", data / "airbus-pleiades", "images/*.jpg", "annotations.csv", "civil"),
        _of_files("airbases", data / "elsewhere" / "airbases", "*.png", "annotations.json", "military"),
        _of_files("sensor-1m", data / "elsewhere" / "sensor-1m", "*.png", "annotations.json"),
        _of_files("google-earth", data / "elsewhere" / "google-earth", "*.jpg", "annotations.json", "civil"),
        *(_jet(path) for path in sorted(naip.glob("*_boxes.json"))),
        Benchmark("rareplanes", (tanker,), _boxes(tanker, TANKERS_PX), "military", gsd_m=0.3),
        Benchmark("empty", empty, _nothing(empty)),
        Benchmark("negatives", apart, _nothing(apart), gsd_m=0.3048),
        Benchmark(
            "planetscope",
            points,
            read_truth(path.with_name(f"{path.stem}_planes.geojson") for path in points),
        ),
    ]
    return {
        one.name: one for one in every if one and one.scenes and all(path.exists() for path in one.scenes)
    }


def _of_files(
    name: str, folder: Path, images: str, truth: str, operator: Operator | None = None
) -> Benchmark | None:
    if not (folder / truth).exists():
        return None
    return Benchmark(name, tuple(sorted(folder.glob(images))), read_truth([folder / truth]), operator)


def _jet(boxes: Path) -> Benchmark:
    known = json.loads(boxes.read_text(encoding="utf-8"))
    scene = boxes.with_name(known["file"])
    return Benchmark("naip", (scene,), _boxes(scene, [Extent(*box) for box in known["boxes_px"]]), "civil")


def _boxes(scene: Path, extents: Iterable[Extent]) -> Truth:
    return Truth(scene.name, (SceneTruth(scene.name, boxes=tuple(map(TruthBox, extents))),))


def _nothing(scenes: Iterable[Path]) -> Truth:
    return Truth("no aircraft", tuple(SceneTruth(scene.name, boxes=()) for scene in scenes))


@dataclass(frozen=True)
class Contender:
    """A detector, or the network with some weights.

    Attributes:
        model: The weights; None for a detector without any.
        detector: Loaded.
        work: Where candidates and figures go.
    """

    model: str | None
    detector: Detector
    work: Path

    @property
    def name(self) -> str:
        """The weights' name, or the detector's."""
        return self.detector.info.name if self.model is None else Path(self.model).name

    @property
    def label(self) -> str:
        """Its name with the hash of its settings, which name the hash of the weights."""
        return f"{self.name}-{self.detector.info.params_hash[:12]}"

    def candidates(self, benchmark: Benchmark, scenes: Sequence[Path]) -> list[Path]:
        """Return the candidates files of some scenes of a benchmark, making those that are missing."""
        print(f"{self.label}: {benchmark.name}, {len(scenes)} scenes", file=sys.stderr)
        folder = self.work / "candidates" / self.label / benchmark.name
        folder.mkdir(parents=True, exist_ok=True)
        options: Any = {"gsd_m": benchmark.gsd_m}
        paths = []
        for result in scan_archive(
            [str(path) for path in scenes], folder, self.detector, min_score=0, options=options
        ):
            if result.error or result.path is None:
                raise SystemExit(f"Error: {result.error}")
            paths.append(result.path)
        return paths

    def of_folds(self) -> dict[str, Contender]:
        """Return the weights of each fold; empty unless all are there."""
        if self.model is None:
            return {}
        stem = self.work / self.model if self.model in MODELS else Path(self.model)
        folders = {fold: stem.with_name(f"{stem.name}-fold-{fold}") for fold in FOLDS}
        if not all((folder / "network.onnx").exists() for folder in folders.values()):
            return {}
        return {fold: contender(self.work, model=str(folder)) for fold, folder in folders.items()}


def contender(work: Path, *, model: str | None = None, detector: str = "network") -> Contender:
    """Load a detector, or the network with some weights."""
    return Contender(model, load_detector(detector, model), work)


class Judged(NamedTuple):
    """The candidates files of a benchmark.

    Attributes:
        candidates: One per scene.
        which: Which scenes were judged by which weights, in words.
    """

    candidates: list[Path]
    which: str


def judged(contender: Contender, benchmark: Benchmark) -> Judged:
    """Find candidates in a benchmark: by the weights of folds, or else where none was trained on."""
    folds = contender.of_folds() if benchmark.name == "pleiades" else {}
    if not folds:
        seen = _seen(contender.model)
        unseen = [path for path in benchmark.scenes if path.name not in seen]
        which = (
            "all scenes"
            if len(unseen) == len(benchmark.scenes)
            else f"the {len(unseen)} scenes not trained on"
        )
        return Judged(contender.candidates(benchmark, unseen), which)
    sites = {scene.scene: scene.site for scene in benchmark.truth.scenes}
    paths = []
    for remainder, fold in enumerate(FOLDS):
        scenes = [path for path in benchmark.scenes if _number(sites[path.name]) % len(FOLDS) == remainder]
        paths += folds[fold].candidates(benchmark, scenes)
    return Judged(paths, "by site folds")


def _number(site: str | None) -> int:
    return int((site or "").rpartition("-")[2])


def _seen(model: str | None) -> set[str]:
    """Return the names of the images that weights were made from, as far as they say."""
    folder = Path(str(files("detect"))) / "weights" / model if model in MODELS else Path(model or "")
    listed = folder / "images.csv"
    if not listed.is_file():
        return set()
    with listed.open(encoding="utf-8", newline="") as rows:
        return {row["file"] for row in csv.DictReader(rows)}


def measured(contender: Contender, chosen: Sequence[Benchmark]) -> dict[str, Any]:
    """Measure on some benchmarks; write and return all figures that there are of these weights."""
    target = contender.work / f"{contender.label}.json"
    figures: dict[str, Any] = (
        json.loads(target.read_text(encoding="utf-8")) if target.exists() else {"sets": {}}
    )
    info = contender.detector.info
    figures |= {"name": contender.name, "detector": info.name, "version": info.version, "params": info.params}
    made: dict[Operator, list[tuple[Benchmark, list[Path]]]] = {"military": [], "civil": []}
    for benchmark in chosen:
        paths, which = judged(contender, benchmark)
        figures["sets"][benchmark.name] = _figures(paths, benchmark.truth) | {"which": which}
        if benchmark.operator:
            made[benchmark.operator].append((benchmark, paths))
        _write(target, figures)
    for operator, parts in made.items():
        if parts:
            scenes = tuple(scene for benchmark, _ in parts for scene in benchmark.truth.scenes)
            together = _figures([path for _, paths in parts for path in paths], Truth(operator, scenes))
            figures[operator] = together | {"of": [benchmark.name for benchmark, _ in parts]}
    if "pleiades" in {benchmark.name for benchmark in chosen}:
        first = next(benchmark for benchmark in chosen if benchmark.name == "pleiades").scenes[0]
        figures["ms_per_megapixel"] = round(milliseconds(contender.detector, first), 1)
    _write(target, figures)
    return figures


def _figures(candidates: Sequence[Path], truth: Truth) -> dict[str, Any]:
    """Return what `detect.evaluate` says, by size and by scene too where that is of use."""
    figures = evaluate(candidates, truth, by="scene" if _points(truth) else "size").to_json()
    if not _points(truth):
        figures["by_size"] = figures.pop("groups")
        figures["by_pixels"] = evaluate(candidates, truth, by="pixels").to_json()["groups"]
    return figures


def _points(truth: Truth) -> bool:
    return any(scene.points for scene in truth.scenes)


def _write(target: Path, figures: dict[str, Any]) -> None:
    part = target.with_suffix(".part")
    part.write_text(json.dumps(figures, indent=1), encoding="utf-8")
    part.replace(target)


def milliseconds(detector: Detector, scene: Path) -> float:
    """Time a detector alone on one tile, per megapixel that it is shown: the best of a few runs."""
    with open_scene(str(scene)) as opened:
        gsd_m = detector.working_gsd_m(opened.grid.gsd_m())
        image = opened.read(opened.tiles(gsd_m, TILE_PX * gsd_m)[0])
    seconds = []
    for _ in range(TIMED_RUNS):
        start = time.perf_counter()
        detector.hits(image)
        seconds.append(time.perf_counter() - start)
    return 1e3 * min(seconds) / (image.valid.size / 1e6)


HEADER = (
    "model",
    "Pléiades: AP50; AP40",
    "airbases: AP50; AP30; recall at 0.5",
    "sensor-1m: AP50; AP30; recall at 0.5",
    "of it below 15 px; 15 to 20; 20 to 30",
    "google-earth: AP50; precision at 0.5",
    "military; civil: AP50",
    "both KC-135; NAIP jet, from score",
    "surest where nothing is: scenes; negatives",
    "PlanetScope SFO; LAX; SAN",
    "ms per megapixel",
)


def row(figures: dict[str, Any]) -> list[str]:
    """Return the cells of a model's row; a dash for what was not measured."""
    sets = figures["sets"]

    def at(name: str, iou: str) -> dict[str, Any]:
        return dict(sets.get(name, {}).get("at_iou", {}).get(iou, {}))

    def score(name: str, *members: str) -> Any:
        value: Any = at(name, "0.5")
        for member in members:
            value = (value or {}).get(member)
        return value

    def pooled(operator: str) -> Any:
        return figures.get(operator, {}).get("at_iou", {}).get("0.5", {}).get("ap")

    pleiades = _cell(at("pleiades", "0.5").get("ap"), at("pleiades", "0.4").get("ap"), digits=3)
    which = sets.get("pleiades", {}).get("which", "")
    by_pixels = [
        score("sensor-1m", "recall_by_pixels", f"{size} px", "recall") for size in ("<15", "15-20", "20-30")
    ]
    return [
        figures["name"],
        f"{pleiades} ({which})" if which else pleiades,
        *(
            _cell(at(name, "0.5").get("ap"), at(name, "0.3").get("ap"), score(name, "at_half", "recall"))
            for name in ("airbases", "sensor-1m")
        ),
        _cell(*by_pixels),
        _cell(score("google-earth", "ap"), score("google-earth", "at_half", "precision")),
        _cell(pooled("military"), pooled("civil")),
        _cell(*(_all_found(sets.get(name, {})) for name in ("rareplanes", "naip"))),
        _cell(*(score(name, "surest_false_alarm") for name in ("empty", "negatives"))),
        _cell(*(_near(sets.get("planetscope", {}), airport) for airport in ("sfo", "lax", "san"))),
        _cell(figures.get("ms_per_megapixel"), digits=0),
    ]


def _cell(*values: float | None, digits: int = 2) -> str:
    return "; ".join("-" if value is None else f"{value:.{digits}f}" for value in values)


def _all_found(figures: dict[str, Any]) -> float | None:
    """Return the score from which on all aircraft are found; boxes read by eye are compared at IoU 0.3."""
    curve = figures.get("curves", {}).get("0.3", ())
    return next((score for score, _, recall in curve if recall == 1), None)


def _near(figures: dict[str, Any], airport: str) -> float | None:
    """Return the share of an airport's points near one of the best 300 candidates."""
    for name, group in figures.get("groups", {}).items():
        if name.startswith(airport):
            share: float = group["points"]["recall_of_best"]["300"]
            return share
    return None


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, help="folder of the images, one folder per set")
    parser.add_argument(
        "--model", action="append", default=[], help="weights, as for `hardstand detect`; repeatable"
    )
    parser.add_argument("--detector", action="append", default=[], choices=DETECTORS[1:], help="repeatable")
    parser.add_argument("--set", action="append", default=[], help="only this benchmark; repeatable")
    parser.add_argument("--work", type=Path, default=Path("benchmarks/data"))
    arguments = parser.parse_args()
    known = benchmarks_in(arguments.data)
    for name in arguments.set:
        if name not in known:
            parser.error(
                f"no images of '{name}' in {arguments.data}; there are: {', '.join(known) or 'none'}"
            )
    chosen = [known[name] for name in dict.fromkeys(arguments.set)] or list(known.values())
    models = arguments.model or ([] if arguments.detector else list(MODELS))
    contenders = [contender(arguments.work, model=model) for model in models]
    contenders += [contender(arguments.work, detector=name) for name in arguments.detector]
    arguments.work.mkdir(parents=True, exist_ok=True)
    print("|", " | ".join(HEADER), "|")
    print("|", " | ".join("---" for _ in HEADER), "|")
    for one in contenders:
        print("|", " | ".join(row(measured(one, chosen))), "|", flush=True)


if __name__ == "__main__":
    main()
