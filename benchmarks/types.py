"""How well aircraft are measured and named on rendered scenes, one row of a table per kind of aircraft.

    .venv/bin/python benchmarks/types.py --airfields 12 --grounds 60
    .venv/bin/python benchmarks/types.py --airfields 4 --grounds 20 --model open --seed 120000

Rendered airfields (0.5 m; dimensions are those of the types) and practice grounds (0.4 m; any type of the
table, up to 5 % longer or wider than the table says, on any ground), of seeds that nothing was trained on:
training takes its seeds from 0 to 400. Candidates are kept from a score of 0.05. An aircraft is found where
a candidate stands in its place; shares are of the found. Aircraft that the border cuts, or
that are in no table, are left out.
Scenes, candidates and types-NAME.json with all figures lie under --work.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import shapely
from rasterio.transform import Affine

from detect.box import Extent, OrientedBox
from detect.detectors import load_detector
from detect.evaluation.coco_matching import MatchedScene
from detect.evaluation.measurement_errors import MeasuredPair, measured_pairs
from detect.evaluation.truth import SceneTruth, TruthBox
from detect.scan import scan
from imagery.aircraft.types import AircraftType, aircraft_types
from imagery.grid import PixelPoint
from imagery.scene import open_scene
from imagery.synthetic.placement import SIZE_PX, PlacedAircraft, place_aircraft
from imagery.synthetic.practice_ground import render_practice_ground
from imagery.synthetic.rendering import render_airfield

FIRST_SEED = 110_000
LEAST_SCORE = 0.05
LIGHT_M = 22.0  # business jets and turboprops below count as light
SIZES = ("length_error", "wingspan_error")
KINDS = ("airliner", "transport", "fighter", "light", "helicopter", "all")
CATEGORIES = {
    "Helicopter": "helicopter",
    **dict.fromkeys(("Fighter", "Attack", "Trainer"), "fighter"),
    **dict.fromkeys(("Military transport", "Tanker", "Surveillance", "Bomber"), "transport"),
    "Airliner": "airliner",
    **dict.fromkeys(("Light", "Drone"), "light"),
}


def kind_of(aircraft: AircraftType) -> str:
    """Return the row of the table that a type belongs to."""
    light = max(aircraft.length_m, aircraft.wingspan_m) < LIGHT_M
    return CATEGORIES.get(aircraft.category, "light" if light else "airliner")


def airfield(work: Path, seed: int) -> tuple[Path, list[TruthBox]]:
    """Render an airfield unless it is there; return its file and its aircraft."""
    path = work / f"airfield-{seed}.tif"
    if not path.exists():
        render_airfield(path, seed=seed)
    return path, list(_whole(place_aircraft(seed), SIZE_PX))


def practice_ground(work: Path, seed: int) -> tuple[Path, list[TruthBox]]:
    """Render a practice ground; return its file and its aircraft."""
    path, ground = work / f"ground-{seed}.tif", render_practice_ground(seed)
    rows, cols, bands = ground.pixels.shape
    transform = Affine(ground.gsd_m, 0, 500_000, 0, -ground.gsd_m, 1_400_000)
    profile = {"driver": "GTiff", "dtype": "uint8", "count": bands, "crs": "EPSG:32629"}
    with rasterio.open(path, "w", width=cols, height=rows, transform=transform, **profile) as dataset:
        dataset.write(np.moveaxis(ground.pixels, -1, 0))
    return path, list(_whole(ground.aircraft, cols))


def _whole(placed: Iterable[PlacedAircraft], side_px: int) -> Iterator[TruthBox]:
    for aircraft in placed:
        outline = shapely.get_coordinates(aircraft.parked.planform.silhouette().exterior)
        px, scale, kind = aircraft.pose.to_px(outline), aircraft.pose.px_per_m, aircraft.parked.aircraft
        extent = Extent(*px.min(axis=0).tolist(), *px.max(axis=0).tolist())
        whole = min(extent) >= 0 and max(extent) <= side_px
        if whole and kind.icao in aircraft_types():
            center = PixelPoint(*aircraft.pose.center_px)
            sides = kind.length_m * scale, kind.wingspan_m * scale
            yield TruthBox(extent, OrientedBox(center, *sides, aircraft.pose.angle_deg % 360), kind.icao)


def pairs_of(
    scenes: Iterable[tuple[Path, list[TruthBox]]], model: str
) -> tuple[dict[str, int], dict[str, list[MeasuredPair]]]:
    """Find candidates; return how many aircraft of each kind there are, and those found."""
    detector, types = load_detector("network", model), aircraft_types()
    standing: dict[str, int] = defaultdict(int)
    pairs: dict[str, list[MeasuredPair]] = defaultdict(list)
    for path, boxes in scenes:
        for box in boxes:
            standing[kind_of(types[str(box.type)])] += 1
        with open_scene(path) as scene:
            file = scan(scene, detector, min_score=LEAST_SCORE)
        for _, pair in measured_pairs(MatchedScene(file, SceneTruth(path.name, boxes=tuple(boxes)))):
            pairs[kind_of(types[str(pair.type)])].append(pair)
    standing["all"] = sum(standing.values())
    pairs["all"] = [pair for found in list(pairs.values()) for pair in found]
    return dict(standing), dict(pairs)


def figures_of(standing: int, pairs: Sequence[MeasuredPair]) -> dict[str, Any]:
    """Return what the table and the JSON say of some aircraft."""
    sure = [pair for pair in pairs if pair.heading_sure]
    length, span = (np.array([getattr(pair, name) for pair in pairs]) for name in SIZES)
    return {
        "aircraft": standing,
        "found": len(pairs),
        "named": _share([bool(pair.suggested) for pair in pairs]),
        "first": _share([pair.type in pair.suggested[:1] for pair in pairs]),
        "first_five": _share([pair.type in pair.suggested[:5] for pair in pairs]),
        "reversed": _share([pair.swapped for pair in pairs]),
        "sure": _share([pair.heading_sure for pair in pairs]),
        "reversed_of_sure": _share([pair.swapped for pair in sure]),
        "length_error": float(np.median(np.abs(length))) if len(pairs) else None,
        "wingspan_error": float(np.median(np.abs(span))) if len(pairs) else None,
        "length_error_signed": float(np.median(length)) if len(pairs) else None,
        "wingspan_error_signed": float(np.median(span)) if len(pairs) else None,
    }


def _share(holds: Sequence[bool]) -> float | None:
    return sum(holds) / len(holds) if holds else None


def row(kind: str, figures: dict[str, Any]) -> str:
    """Return a row of the table."""

    def percent(*names: str) -> str:
        return "; ".join("-" if figures[name] is None else f"{100 * figures[name]:.1f} %" for name in names)

    cells = (
        kind,
        f"{figures['found']} of {figures['aircraft']}",
        percent("first", "first_five"),
        percent("named"),
        percent("sure", "reversed_of_sure"),
        percent("reversed"),
        percent(*SIZES),
    )
    return f"| {' | '.join(cells)} |"


HEADER = (
    "",
    "found",
    "type first; among first five",
    "named",
    "noses sure; reversed of these",
    "reversed of all",
    "length; span off (median)",
)


def main() -> None:
    """Print one table for airfields and one for practice grounds."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--airfields", type=int, default=12, help="how many (default: 12)")
    parser.add_argument("--grounds", type=int, default=60, help="how many (default: 60)")
    parser.add_argument("--seed", type=int, default=FIRST_SEED, help=f"the first (default: {FIRST_SEED})")
    parser.add_argument("--model", default="pleiades", help="weights, as for `hardstand detect`")
    parser.add_argument("--work", type=Path, default=Path("benchmarks/data"))
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    every: dict[str, Any] = {}
    for name, make, count in (
        ("airfields", airfield, arguments.airfields),
        ("practice grounds", practice_ground, arguments.grounds),
    ):
        seeds = range(arguments.seed, arguments.seed + count)
        scenes = (make(arguments.work, seed) for seed in seeds)
        standing, pairs = pairs_of(scenes, arguments.model)
        every[name] = {
            kind: figures_of(standing.get(kind, 0), pairs.get(kind, [])) for kind in KINDS if kind in standing
        }
        print(f"\n{count} {name}, seeds from {arguments.seed}\n")
        print("|", " | ".join(HEADER), "|")
        print("|", " | ".join("---" for _ in HEADER), "|")
        for kind, figures in every[name].items():
            print(row(kind, figures), flush=True)
    target = arguments.work / f"types-{Path(arguments.model).name}.json"
    target.write_text(json.dumps(every, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
