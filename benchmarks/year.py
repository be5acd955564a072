"""A rendered year of one airfield: which statements on its stands are wrong, and which are withheld and why.

24 scenes of three sensors (0.5, 3 and 10 m per pixel), clouds over every third, 40 aircraft that come and go.
The detector searches each scene. An analyst who knows the truth, but only as far as pixels show it, sees the
tiles with candidates, those where aircraft have stood before, and three in ten of the others; skips one in
twenty; and marks clouds in every second scene, so that in the others all rests on what was measured.
"""

from __future__ import annotations

import argparse
import json
import math
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray

from annotate.labelstudio.coverage import with_coverage
from annotate.labelstudio.division import review_tasks
from annotate.labelstudio.interface import BOXES, HIDDEN, IMAGE, LABEL
from annotate.labelstudio.pull_state import TaskState
from annotate.labelstudio.region import rectangle_of
from annotate.labelstudio.task_reading import Reading, read_task
from annotate.labelstudio.tasks import ReviewTask
from annotate.log.entries import Sighting
from annotate.log.store import Log, open_log
from annotate.query.changes import Change, compare_successive
from annotate.query.searched_scenes import SearchedScene, searched_scenes
from annotate.query.shown import data_share_in
from annotate.query.stand_matching import place_of, side_m
from detect.box import OrientedBox, box_to_tile
from detect.detectors import load_detector
from detect.scan import scan
from imagery.grid import PixelPoint
from imagery.recorded_scenes import RecordedScenes
from imagery.scene import open_scene
from imagery.synthetic.placement import CRS, PlacedAircraft, place_aircraft, scene_transform
from imagery.synthetic.rendering import _render

SCENES, AIRCRAFT, SEEDS = 24, 40, 6
SENSORS = (1, 1, 6, 1, 6, 20)  # times half a metre, in turn
SEEN_ALPHA, SEEN_PX = 0.35, 8  # what the analyst makes out: cloud over it, and pixels along its longer side
Json = dict[str, Any]


class RenderedScene(NamedTuple):
    """A scene with its truth.

    Attributes:
        path: The image.
        factor: How many pixels of half a metre its own have on a side.
        aircraft: Those that stand there.
        cloud: (H, W) float32 at half a metre: how much of the ground a cloud hides, 0..1.
    """

    path: Path
    factor: int
    aircraft: list[PlacedAircraft]
    cloud: NDArray[np.float32]


def scenes_of_a_year(folder: Path, seed: int, count: int) -> Iterator[RenderedScene]:
    """Render the scenes; those that are there are kept."""
    chance = random.Random(seed)  # noqa: S311 -- no secret
    pool = [each for offset in range(SEEDS) for each in place_aircraft(seed + offset)]
    pool = chance.sample(pool, AIRCRAFT)
    present = {index: chance.random() < 0.4 for index in range(AIRCRAFT)}
    day = date(2023, 1, 10)
    for number in range(count):
        for index in present:
            present[index] ^= chance.random() < 0.25
        aircraft = _apart([each for index, each in enumerate(pool) if present[index]])
        cloud = _clouds(seed + number) if number % 3 == 1 else np.zeros((3000, 3000), np.float32)
        factor = SENSORS[number % len(SENSORS)]
        path = folder / f"{day.isoformat()}.tif"
        if not path.exists():
            _write(path, _render(tuple(aircraft), seed, day), cloud, factor, day)
        yield RenderedScene(path, factor, aircraft, cloud)
        day += timedelta(days=chance.randint(2, 28))


def _apart(aircraft: Sequence[PlacedAircraft]) -> list[PlacedAircraft]:
    """Return those that no earlier one stands in the way of."""
    kept: list[PlacedAircraft] = []
    for each in aircraft:
        reach = [(_side_px(each) + _side_px(other)) / 2 + 6 for other in kept]
        far = (math.dist(each.pose.center_px, other.pose.center_px) for other in kept)
        if all(distance > least for distance, least in zip(far, reach, strict=True)):
            kept.append(each)
    return kept


def _side_px(placed: PlacedAircraft) -> float:
    aircraft = placed.parked.aircraft
    return max(aircraft.length_m, aircraft.wingspan_m) * placed.pose.px_per_m


def _clouds(seed: int) -> NDArray[np.float32]:
    noise = np.random.default_rng(seed).normal(size=(12, 12)).astype(np.float32)
    field = np.asarray(cv2.resize(noise, (3000, 3000), interpolation=cv2.INTER_CUBIC), np.float32)
    least = np.float32(np.quantile(field, 0.65))
    return np.clip((field - least) * np.float32(4), 0, 1).astype(np.float32)


def _write(path: Path, pixels: NDArray[np.uint8], cloud: NDArray[np.float32], factor: int, day: date) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    clouded = pixels * (1 - cloud[..., None]) + 252 * cloud[..., None]
    side = 3000 // factor
    seen = cv2.resize(clouded.astype(np.float32), (side, side), interpolation=cv2.INTER_AREA)
    profile = {"driver": "GTiff", "dtype": "uint8", "count": 3, "crs": CRS, "compress": "deflate"}
    transform = scene_transform() @ Affine.scale(factor)
    with rasterio.open(path, "w", width=side, height=side, transform=transform, **profile) as dataset:
        dataset.write(np.moveaxis(seen.round().astype(np.uint8), -1, 0))
        dataset.update_tags(RENDERED="true")
        dataset.update_tags(ns="IMAGERY", ACQUISITIONDATETIME=day.isoformat())


def review(scene: RenderedScene, log: Log, detector: Any, chance: random.Random, known: set[Any]) -> None:
    """Search a scene, have the analyst review it, and log what they say and where they looked."""
    with open_scene(scene.path) as opened:
        file = scan(opened, detector)
    marks_clouds = chance.random() < 0.5
    readings = []
    stood = set[Any]()
    for number, task in enumerate(review_tasks(file, audit=1.0)):
        place = round(task.core.col * scene.factor / 100), round(task.core.row * scene.factor / 100)
        if not task.candidates and place not in known and chance.random() > 0.3:
            continue
        result = _answer(scene, task, marks_clouds=marks_clouds)
        if any(region["value"]["rectanglelabels"] == [LABEL] for region in result):
            stood.add(place)
        readings.append(_read(task, result, scene, number, skipped=chance.random() < 0.05))
    known |= stood
    log.record([verdict for reading in readings for verdict in reading.verdicts])
    first = next(reading.review for reading in readings if reading.review)
    log.review([with_coverage(first, [reading.state for reading in readings])])


def _read(
    task: ReviewTask, result: list[Json], scene: RenderedScene, number: int, *, skipped: bool
) -> Reading:
    data = json.loads(json.dumps(task.to_json("a.jpg")["data"]))
    made = f"{scene.path.stem}T10:00:00.{number:06d}Z"
    annotation = {"id": number, "result": result, "parent_prediction": 1, "was_cancelled": skipped}
    annotation |= {"created_at": made, "updated_at": made, "completed_by": 1, "lead_time": 5.0}
    listed = {"id": number, "updated_at": made, "data": data, "annotations": [annotation]}
    reading = read_task(listed, TaskState(), project="Year", analysts={1: "analyst"})
    if reading.state.left_out is not None:
        raise SystemExit(reading.state.left_out)
    return reading


def _answer(scene: RenderedScene, task: ReviewTask, *, marks_clouds: bool) -> list[Json]:
    """Return a box around each aircraft of the tile that can be made out, and one around its clouds."""
    regions = []
    col, row, width, height = task.core
    for number, placed in enumerate(scene.aircraft):
        box = _box(placed, scene.factor)
        inside = col <= box.center.col < col + width and row <= box.center.row < row + height
        x, y = (min(2999, max(0, int(edge))) for edge in placed.pose.center_px)
        if inside and scene.cloud[y, x] < SEEN_ALPHA and max(box.length, box.width) >= SEEN_PX:
            proposed = [each for each in task.candidates if math.dist(each.box.center, box.center) < 15]
            identifier = proposed[0].id if proposed else f"drawn{number}"
            regions.append(_region(task, proposed[0].box if proposed else box, identifier, LABEL))
    tile = task.tile
    left, top = tile.col * scene.factor, tile.row * scene.factor
    part = scene.cloud[top : top + tile.height * scene.factor, left : left + tile.width * scene.factor]
    if marks_clouds and (part >= 0.2).any():
        rows, cols = (np.flatnonzero((part >= 0.2).any(axis=axis)) / scene.factor for axis in (1, 0))
        middle = PixelPoint(tile.col + (cols[0] + cols[-1]) / 2, tile.row + (rows[0] + rows[-1]) / 2)
        around = OrientedBox(middle, np.ptp(rows) + 1, np.ptp(cols) + 1, 0.0)
        regions.append(_region(task, around, "clouds", HIDDEN))
    return regions


def _box(placed: PlacedAircraft, factor: int) -> OrientedBox:
    aircraft, (col, row) = placed.parked.aircraft, placed.pose.center_px
    scale = placed.pose.px_per_m / factor
    center = PixelPoint(col / factor, row / factor)
    return OrientedBox(center, aircraft.length_m * scale, aircraft.wingspan_m * scale, placed.pose.angle_deg)


def _region(task: ReviewTask, box: OrientedBox, identifier: str, label: str) -> Json:
    value = {**rectangle_of(box_to_tile(task.tile, box), task.frame), "rectanglelabels": [label]}
    kind = {"type": "rectanglelabels", "from_name": BOXES, "to_name": IMAGE}
    return {"id": identifier, **kind, "value": value}


def wrong(sighting: Sighting, other: RenderedScene, scene: SearchedScene) -> bool:
    """Check whether an aircraft stands on a stand that is said to be empty in a scene."""
    place = place_of(sighting)
    if scene.record is None or place is None:
        raise SystemExit(f"{scene.name}: has no place")
    (pixel,) = scene.record.grid.pixels([place])
    reach_m = min(20.0, side_m(sighting) / 2)
    return any(
        math.dist(pixel * other.factor, placed.pose.center_px) / placed.pose.px_per_m < reach_m
        for placed in other.aircraft
    )


def report(changes: Sequence[Change], scenes: dict[str, RenderedScene]) -> None:
    """Print what was said, how much of it is wrong, and what was withheld and why."""
    said, errors, reasons = Counter[str](), Counter[str](), Counter[str]()
    for change in changes:
        for name, sightings, other in (
            ("newly empty", change.newly_empty, change.later),
            ("newly occupied", change.newly_occupied, change.earlier),
        ):
            said[name] += len(sightings)
            errors[name] += sum(wrong(each, scenes[other.name], other) for each in sightings)
        said["occupied in both"] += len(change.occupied)
        reasons.update(unclear.reason for unclear in change.unclear)
        if not all(unclear.because for unclear in change.unclear):
            raise SystemExit("withheld without a reason")
    stated, withheld = said["newly empty"] + said["newly occupied"], reasons.total()
    for name in ("newly empty", "newly occupied", "occupied in both"):
        print(f"{name}: {said[name]}" + (f", wrong: {errors[name]}" if name != "occupied in both" else ""))
    listed = ", ".join(f"{reason} {number}" for reason, number in reasons.most_common())
    print(f"withheld: {withheld / max(1, withheld + stated):.0%} of {withheld + stated} ({listed})")


def main() -> None:
    """Render the year, review it, and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=Path("benchmarks/data/year"))
    parser.add_argument("--scenes", type=int, default=SCENES)
    parser.add_argument("--seed", type=int, default=120_000)
    parser.add_argument("--detector", default="network")
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)  # noqa: S311 -- no secret
    detector = load_detector(arguments.detector)
    folder = arguments.work / str(arguments.seed)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "log.db").unlink(missing_ok=True)
    scenes, known = {}, set[Any]()
    with open_log(str(folder / "log.db"), create=True) as log:
        for scene in scenes_of_a_year(folder, arguments.seed, arguments.scenes):
            review(scene, log, detector, chance, known)
            scenes[scene.path.name] = scene
            print(f"{scene.path.name}: {len(scene.aircraft)} aircraft", flush=True)
        found = searched_scenes(log, "GABS")
        for searched in found:
            print(f"{searched.name}: {len(searched.sightings)} seen; {searched.coverage}")
        with RecordedScenes(hashed=False) as files:
            report(list(compare_successive(found, data_share_in(files))), scenes)


if __name__ == "__main__":
    main()
