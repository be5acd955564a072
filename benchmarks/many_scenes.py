"""Two hundred scenes, five of them broken: what is done, how far memory grows, what two workers are worth.

    .venv/bin/python benchmarks/many_scenes.py
    .venv/bin/python benchmarks/many_scenes.py --speed --runs 3

The scenes are parts of the rendered airfield, 1,500 px square of 0.5 m (0.56 km²), each of another place and
with another day; five are cut short, empty, a text, without a place, or of a second image that is not there.
Memory is the resident set of each process of `hardstand detect`, looked at four times a second; the peak of
the first quarter of the run is held against that of the last. The speed is that of two workers on two cores
over that of one on one core, medians of runs in turn; it says something only on a machine without other work.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np
import psutil
import rasterio
from affine import Affine
from rasterio.windows import Window

from imagery.synthetic import render_airfield

SCENES, BROKEN, SIDE_PX = 200, 5, 1500
LOOK_S = 0.25
HARDSTAND = Path(sys.executable).with_name("hardstand")


class Watched(NamedTuple):
    """A run of the command: seconds, and over time the largest resident set of its processes in MB."""

    seconds: float
    memory_mb: list[float]
    code: int


def make_scenes(folder: Path, count: int) -> list[Path]:
    """Write the scenes; those that are there are kept."""
    folder.mkdir(parents=True, exist_ok=True)
    whole = folder.with_name("airfield.tif")
    if not whole.exists():
        render_airfield(whole)
    chance = np.random.default_rng(0)
    paths = []
    with rasterio.open(whole) as source:
        for number in range(count):
            col, row = chance.integers(0, source.width - SIDE_PX, 2).tolist()
            window = Window(col, row, SIDE_PX, SIDE_PX)
            path = folder / f"{number:03d}.tif"
            paths.append(path)
            if path.exists():
                continue
            profile = {**source.profile, "width": SIDE_PX, "height": SIDE_PX, "tiled": True}
            profile |= {"transform": source.window_transform(window), "compress": "deflate"}
            with rasterio.open(path, "w", **profile) as target:
                target.write(source.read(window=window))
                target.update_tags(RENDERED="true")
                day = date(2023, 1, 1) + timedelta(days=number)
                target.update_tags(ns="IMAGERY", ACQUISITIONDATETIME=day.isoformat())
    return paths


def break_some(paths: list[Path]) -> list[Path]:
    """Damage five of the scenes, each in another way, and return them."""
    cut, empty, text, nowhere, lost = broken = [
        paths[len(paths) * part // 6] for part in range(1, BROKEN + 1)
    ]
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 2])
    empty.write_bytes(b"")
    text.write_text("not an image\n", encoding="utf-8")
    flat = {"width": 9, "height": 9, "count": 1, "dtype": "uint8", "transform": Affine.scale(2)}
    with rasterio.open(nowhere, "w", driver="GTiff", **flat) as file:
        file.write(np.ones((1, 9, 9), np.uint8))
    source = "<SimpleSource><SourceFilename relativeToVRT='1'>gone.tif</SourceFilename></SimpleSource>"
    band = f"<VRTRasterBand dataType='Byte' band='1'>{source}</VRTRasterBand>"
    lost.write_text(f"<VRTDataset rasterXSize='9' rasterYSize='9'>{band}</VRTDataset>", encoding="utf-8")
    return broken


def run(scenes: list[Path], out: Path, workers: int, cores: set[int] | None = None) -> Watched:
    """Search scenes with the command, on some cores."""
    shutil.rmtree(out, ignore_errors=True)
    names = out.with_suffix(".txt")
    names.write_text("".join(f"{path}\n" for path in scenes), encoding="utf-8")
    start = time.perf_counter()
    command = [str(HARDSTAND), "detect", str(names), "-o", str(out), "--workers", str(workers)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
    if cores is not None:
        os.sched_setaffinity(process.pid, cores)
    watched, sizes = psutil.Process(process.pid), []
    while process.poll() is None:
        try:
            family = [watched, *watched.children(recursive=True)]
            sizes.append(max(each.memory_info().rss for each in family) / 1e6)
        except psutil.Error:
            continue
        time.sleep(LOOK_S)
    return Watched(time.perf_counter() - start, sizes, process.returncode)


def report_states(out: Path, broken: list[Path], watched: Watched) -> None:
    """Print what became of the scenes, and memory over time."""
    account = json.loads((out / "run.json").read_text(encoding="utf-8"))
    states = Counter(scene["state"] for scene in account["scenes"])
    failed = {Path(scene["scene"]) for scene in account["scenes"] if scene["state"] == "failed"}
    print(f"{states['done']} done, {states['failed']} failed, exit code {watched.code}")
    print(f"the failed are the broken ones: {failed == set(broken)}")
    for scene in account["scenes"]:
        if scene["state"] == "failed":
            print(f"  {scene['error']}")
    quarter = len(watched.memory_mb) // 4
    first, last = max(watched.memory_mb[:quarter]), max(watched.memory_mb[-quarter:])
    print(f"peak memory of a process: first quarter {first:.0f} MB, last quarter {last:.0f} MB")
    sizes = [path.stat().st_size for path in out.glob("*.geojson")]
    print(f"candidates file: {statistics.mean(sizes) / 1e3:.1f} kB on average")
    seconds = sum(scene["seconds"] for scene in account["scenes"] if scene["state"] == "done")
    print(f"{seconds / max(1, states['done']):.2f} s per scene in a worker; {watched.seconds:.0f} s in all")


def report_speed(scenes: list[Path], work: Path, runs: int) -> None:
    """Print how much faster two workers on two cores are than one on one core."""
    one, two = [], []
    for _ in range(runs):
        one.append(run(scenes, work / "one", 1, {0}).seconds)
        two.append(run(scenes, work / "two", 2, {0, 1}).seconds)
    same = all(
        (work / "one" / path.name).read_bytes() == path.read_bytes()
        for path in (work / "two").glob("*.geojson")
    )
    ratio = statistics.median(one) / statistics.median(two)
    print(f"{len(scenes)} scenes: one {statistics.median(one):.1f} s, ", end="")
    print(f"two {statistics.median(two):.1f} s: {ratio:.2f} times; the same files: {same}")


def main() -> None:
    """Search the scenes, and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=Path("benchmarks/data/many_scenes"))
    parser.add_argument("--scenes", type=int, default=SCENES)
    parser.add_argument("--speed", action="store_true", help="Only compare two workers with one.")
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    if arguments.speed:
        print(f"load: {os.getloadavg()[0]:.1f}")
        scenes = make_scenes(arguments.work / "whole", 100)
        report_speed(scenes, arguments.work, arguments.runs)
        return
    scenes = make_scenes(arguments.work / "scenes", arguments.scenes)
    broken = break_some(scenes)
    out = arguments.work / "out"
    report_states(out, broken, run(scenes, out, 2))


if __name__ == "__main__":
    main()
