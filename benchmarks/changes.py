"""What `hardstand changes` says of scenes whose aircraft are known: how often it is right, what it misses.

    .venv/bin/python benchmarks/changes.py IMAGES_FOLDER --work benchmarks/data

IMAGES_FOLDER is the Airbus Aircraft Sample Dataset with `airports.csv`: the pairs of
`benchmarks/registration.py`, which runs before; all of their aircraft are annotated. The others are
rendered: aircraft come and go at one airfield, and each day is seen by another sensor, in another season,
with another haze, noise, GSD (0.5 to 1.5 m) and offset. What is said is compared with the truth, with and
without a look at the pixels of a place that has a candidate in one scene only. The settings were chosen on
sites 01 and 02 and on seeds below 1000.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import shutil
import sys
from ast import literal_eval
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import rasterio
import shapely
from affine import Affine
from numpy.typing import NDArray

from detect import comparison
from detect.candidate import Candidate, CandidatesFile, read_candidates, write_candidates
from detect.compared import SceneComparison
from detect.comparison import compare_candidates
from detect.detectors import load_detector
from detect.scan import scan
from imagery import NoRegistration, open_scene
from imagery.area import area_on_earth
from imagery.synthetic.placement import CRS, PlacedAircraft, place_aircraft, scene_transform
from imagery.synthetic.rendering import _render

STEP_PX, SIDE_PX = 256, 2560
WITHIN = 0.35  # of an aircraft's longer side: how far the middle of a candidate of it may be from its own
DAYS, POOL, FIRST_SEED = 12, 40, 140_000
GSDS_M = (0.5, 0.5, 0.7, 1.0, 1.5)
HEADINGS = (
    "pairs",
    "changes said",
    "right",
    "occupied in both",
    "no aircraft",
    "stayed, right",
    "withheld",
    "true changes told",
)
Pixels = NDArray[np.uint8]


class KnownAircraft(NamedTuple):
    """An aircraft of the truth.

    Attributes:
        middle: In metres east and north of some point that both scenes of a pair share.
        side_m: The longer side of its extent.
        whole: False where the scene's border cuts it.
        icao: Its type; empty where unknown.
    """

    middle: tuple[float, float]
    side_m: float
    whole: bool = True
    icao: str = ""


class KnownScene(NamedTuple):
    """A scene with its candidates and its truth.

    Attributes:
        path: The image.
        file: Its candidates.
        aircraft: All that stand there.
        origin: Map coordinates of the point that ``middle`` counts from, by the scene's own georeference.
    """

    path: Path
    file: CandidatesFile
    aircraft: list[KnownAircraft]
    origin: tuple[float, float]

    def middle(self, candidate: Candidate) -> tuple[float, float]:
        """Return the middle of a candidate as that of a known aircraft."""
        x, y = self.file.scene.grid.transform @ candidate.box.center
        return x - self.origin[0], y - self.origin[1]

    def at(self, middle: tuple[float, float]) -> list[KnownAircraft]:
        """Return the aircraft that a candidate with this middle is of."""
        return [one for one in self.aircraft if math.dist(one.middle, middle) <= WITHIN * one.side_m]

    def stands_at(self, middle: tuple[float, float]) -> bool:
        """Check whether any aircraft covers a place."""
        return any(math.dist(one.middle, middle) <= one.side_m / 2 for one in self.aircraft)


def candidates_of(path: Path, key: str, work: Path, detector: Any) -> CandidatesFile:
    """Search a scene, or read what was found in it before under another place."""
    kept = work / f"{key}.candidates.geojson"
    with open_scene(path) as scene:
        if not kept.exists():
            write_candidates(scan(scene, detector), kept)
        file, record = read_candidates(kept), scene.record(with_hash=False)
    placed = replace(file.scene, path=str(path), transform=record.transform, crs=record.crs)
    grid = placed.grid
    whole = area_on_earth(grid, shapely.box(0, 0, grid.width, grid.height))
    limits = file.limits and file.limits._replace(clouds=None)  # they are of the first place
    candidates = tuple(replace(each, grid=grid) for each in file.candidates)
    return replace(file, scene=placed, candidates=candidates, searched=whole, limits=limits)


def pleiades(folder: Path, work: Path, detector: Any) -> Iterator[tuple[KnownScene, KnownScene]]:
    """Yield the pairs of the registration's benchmark."""
    marked = defaultdict(list)
    with (folder / "annotations.csv").open(newline="") as table:
        for row in csv.DictReader(table):
            points = np.array(literal_eval(row["geometry"]), float)
            marked[row["image_id"]].append(
                (points.min(axis=0), points.max(axis=0), row["class"] == "Airplane")
            )
    shifts = json.loads((work.parent / "registration" / "pleiades-shifts.json").read_text())
    for name, other, right, down in shifts:
        steps = round(right / STEP_PX), round(down / STEP_PX)
        scenes = []
        for image, (cols, rows), (dx, dy) in ((name, (0, 0), (0.0, 0.0)), (other, steps, (right, down))):
            path = work / f"{Path(image).stem[:8]}{cols:+d}{rows:+d}.jpg"
            corner = 400_000.0 - cols * STEP_PX / 2, 1_400_000.0 + rows * STEP_PX / 2
            if not path.exists():
                path.with_suffix(".jgw").write_text(
                    f"0.5\n0\n0\n-0.5\n{corner[0] + 0.25}\n{corner[1] - 0.25}\n"
                )
                shutil.copy(f"{folder / 'images' / image}.aux.xml", f"{path}.aux.xml")
                shutil.copy(folder / "images" / image, path)
            aircraft = [
                KnownAircraft(
                    (float((low[0] + high[0]) / 2 - dx) / 2, -float((low[1] + high[1]) / 2 - dy) / 2),
                    float((high - low).max()) / 2,
                    whole,
                )
                for low, high, whole in marked[image]
            ]
            file = candidates_of(path, Path(image).stem, work, detector)
            scenes.append(KnownScene(path, file, aircraft, (corner[0] + dx / 2, corner[1] - dy / 2)))
        yield scenes[0], scenes[1]


def rendered(work: Path, first_seed: int, detector: Any) -> Iterator[tuple[KnownScene, KnownScene]]:
    """Yield each day of a rendered airfield with the next two."""
    rng = np.random.default_rng(first_seed)
    pool = [each for seed in range(6) for each in place_aircraft(first_seed + seed)]
    pool = [pool[index] for index in rng.permutation(len(pool))[:POOL]]
    present = rng.random(len(pool)) < 0.5
    days: list[KnownScene] = []
    for number in range(DAYS):
        present ^= rng.random(len(pool)) < 0.3
        aircraft = _apart([each for each, here in zip(pool, present, strict=True) if here])
        path = work / f"rendered-{first_seed}-{number}.tif"
        gsd_m, offset = float(rng.choice(GSDS_M)), rng.uniform(-12, 12, 2)
        look = np.random.default_rng([first_seed, number])
        if not path.exists():
            day = date(2023, 1, 5) + timedelta(days=30 * number)
            _write(path, _render(tuple(aircraft), first_seed + number, day), look, gsd_m, offset)
        known = [
            KnownAircraft(
                (each.pose.center_px[0] / 2, -each.pose.center_px[1] / 2),
                max(each.parked.aircraft.length_m, each.parked.aircraft.wingspan_m),
                icao=each.parked.aircraft.icao,
            )
            for each in aircraft
        ]
        corner = scene_transform()
        origin = float(corner.c + offset[0]), float(corner.f + offset[1])
        days.append(KnownScene(path, candidates_of(path, path.stem, work, detector), known, origin))
        for earlier in days[-3:-1]:
            yield earlier, days[-1]


def _apart(aircraft: list[PlacedAircraft]) -> list[PlacedAircraft]:
    """Return those that no earlier one stands in the way of."""
    kept: list[PlacedAircraft] = []
    for each in aircraft:
        sides = [max(one.parked.aircraft.length_m, one.parked.aircraft.wingspan_m) for one in (each, *kept)]
        far = (math.dist(each.pose.center_px, other.pose.center_px) / 2 for other in kept)
        if all(metres > (sides[0] + side) / 2 + 3 for metres, side in zip(far, sides[1:], strict=True)):
            kept.append(each)
    return kept


def _write(
    path: Path, pixels: Pixels, rng: np.random.Generator, gsd_m: float, offset: NDArray[np.float64]
) -> None:
    """Write what a sensor makes of a picture of half a metre."""
    seen: NDArray[Any] = pixels.astype(np.float32)
    green = np.clip((seen[..., 1] - seen[..., 2]) / 25, 0, 1)[..., None]  # vegetation and soil, not pavement
    seen *= 1 + green * rng.uniform(-0.4, 0.2) * np.array([1.1, 0.6, 1.0], np.float32)
    seen = 255 * (seen.clip(0, 255) / 255) ** rng.uniform(0.75, 1.35)
    seen = seen * rng.uniform(0.5, 1.0) + rng.uniform(0, 60)  # haze
    zoom = gsd_m / 0.5
    seen = cv2.GaussianBlur(seen, (0, 0), 0.4 * zoom * rng.uniform(0.9, 1.5))
    side = int(pixels.shape[0] / zoom)
    warp = np.array([[zoom, 0, zoom / 2 - 0.5], [0, zoom, zoom / 2 - 0.5]])
    seen = cv2.warpAffine(seen, warp, (side, side), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    seen = seen + rng.normal(0, rng.uniform(1, 4), seen.shape)
    corner = scene_transform()
    transform = Affine(gsd_m, 0, corner.c + offset[0], 0, -gsd_m, corner.f + offset[1])
    profile = {"driver": "GTiff", "dtype": "uint8", "count": 3, "crs": CRS, "tiled": True}
    with rasterio.open(path, "w", width=side, height=side, transform=transform, **profile) as dataset:
        dataset.write(np.moveaxis(seen.clip(0, 255).astype(np.uint8), -1, 0))
        dataset.update_tags(RENDERED="true")


def judged(before: KnownScene, after: KnownScene, result: SceneComparison) -> Counter[str]:
    """Return how many statements are right, and what the others are; and how many true changes are told."""
    counts: Counter[str] = Counter()
    told: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for place in result.places:
        stood = [
            None if each is None else scene.at(scene.middle(each))
            for scene, each in ((before, place.before), (after, place.after))
        ]
        if any(not one.whole for ones in stood for one in ones or ()):
            continue
        if place.state in ("appeared", "went"):
            own, other = (before, after) if place.state == "went" else (after, before)
            middle = own.middle(place.candidate)
            told[place.state].append(middle)
            real = bool(stood[0] or stood[1])
            counts["changes said"] += 1
            counts["right"] += real and not other.stands_at(middle)
            counts["occupied in both"] += real and other.stands_at(middle)
            counts["no aircraft"] += not real
        elif place.state == "stayed":
            counts["stayed said"] += 1
            counts["stayed right"] += bool(stood[0] and stood[1])
        else:
            counts["withheld"] += 1
    for own, other, state in ((before, after, "went"), (after, before, "appeared")):
        for one in own.aircraft:
            if one.whole and not other.stands_at(one.middle) and _inside(other, one):
                counts["changes"] += 1
                counts["told"] += any(
                    math.dist(one.middle, middle) <= WITHIN * one.side_m for middle in told[state]
                )
    return counts


def _inside(scene: KnownScene, one: KnownAircraft) -> bool:
    """Check whether a scene shows the whole place of an aircraft."""
    grid = scene.file.scene.grid
    point = ~grid.transform @ (one.middle[0] + scene.origin[0], one.middle[1] + scene.origin[1])
    reach = one.side_m / 2 / grid.gsd_m()
    return all(
        reach <= at <= extent - reach for at, extent in zip(point, (grid.width, grid.height), strict=True)
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--work", type=Path, default=Path("benchmarks/data"))
    parser.add_argument("--seed", type=int, default=FIRST_SEED)
    arguments = parser.parse_args()
    work, detector = arguments.work / "changes", load_detector()
    work.mkdir(parents=True, exist_ok=True)
    kinds = {
        "Pléiades": pleiades(arguments.folder, work, detector),
        "rendered": rendered(work, arguments.seed, detector),
    }
    print(f"| | {' | '.join(HEADINGS)} |")
    print("| --- " * (len(HEADINGS) + 1) + "|")
    bound = comparison.ALIKE
    for kind, pairs in kinds.items():
        totals: dict[str, Counter[str]] = {kind: Counter(), f"{kind}, by boxes alone": Counter()}
        for before, after in pairs:
            with open_scene(before.path) as scene, open_scene(after.path) as other:
                for name, alike in zip(totals, (bound, math.inf), strict=True):
                    comparison.ALIKE = alike
                    try:
                        result = compare_candidates(before.file, after.file, scene, other)
                    except NoRegistration as refused:
                        print(refused, file=sys.stderr)
                        totals[name]["refused"] += 1
                        continue
                    totals[name] += Counter(pairs=1) + judged(before, after, result)
        for name, counts in totals.items():
            _print_row(name, counts)


def _print_row(name: str, counts: Counter[str]) -> None:
    said, changed, stayed = (max(1, counts[key]) for key in ("changes said", "changes", "stayed said"))
    cells = [
        name,
        f"{counts['pairs']}, {counts['refused']} refused",
        str(counts["changes said"]),
        f"{counts['right']} ({counts['right'] / said:.1%})",
        str(counts["occupied in both"]),
        str(counts["no aircraft"]),
        f"{counts['stayed right']} of {counts['stayed said']} ({counts['stayed right'] / stayed:.0%})",
        str(counts["withheld"]),
        f"{counts['told']} of {counts['changes']} ({counts['told'] / changed:.0%})",
    ]
    print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
