"""How fast each detector goes from a GeoTIFF to a candidates file, beside what reading alone takes.

    .venv/bin/python benchmarks/detection.py --runs 3
    .venv/bin/python benchmarks/detection.py --runs 1 --repeats 8

The scene is the rendered airfield, three times in each direction: 9,000 px square of 0.5 m, 20 km² with some
135 aircraft. Each command runs as a user's would, in a process of its own, in turn; the figures are medians,
the memory is the greatest peak of the process (resident set). Starting Python and importing are part of it.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import rasterio
from affine import Affine

READ = """
import sys
from imagery.scene import open_scene
with open_scene(sys.argv[1]) as scene:
    sum(image.pixels.size for image in scene.read_all(scene.tiles(float(sys.argv[2]), 512.0)))
"""


class Taken(NamedTuple):
    """What one run took."""

    seconds: float
    peak_mb: float


def make_scene(path: Path, rendered: Path, repeats: int) -> None:
    """Write copies of the rendered scene side by side, tiled and compressed as products are."""
    with rasterio.open(rendered) as source:
        pattern, tags = source.read(), source.tags()
    pixels = np.tile(pattern, (1, repeats, repeats))
    profile = {"driver": "GTiff", "dtype": "uint8", "count": 3, "crs": "EPSG:32629", "tiled": True}
    size = {"width": pixels.shape[2], "height": pixels.shape[1], "blockxsize": 512, "blockysize": 512}
    transform = Affine(0.5, 0, 600_000, 0, -0.5, 1_390_000)
    with rasterio.open(path, "w", transform=transform, compress="deflate", **profile, **size) as target:
        target.update_tags(**tags)
        target.write(pixels)


def run(command: list[str]) -> Taken:
    """Run a command to its end."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed")
    return Taken(time.perf_counter() - start, usage.ru_maxrss / 1024)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("benchmarks/data"))
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--repeats", type=int, default=3, help="of the rendered scene, in each direction")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    rendered, scene = arguments.folder / "gabs.tif", arguments.folder / f"airfields-{arguments.repeats}.tif"
    if not rendered.exists():
        from imagery.synthetic import render_airfield

        render_airfield(rendered)
    if not scene.exists():
        # By a process of its own: what a process had in memory counts as its children's peak, too.
        maker = multiprocessing.Process(target=make_scene, args=(scene, rendered, arguments.repeats))
        maker.start()
        maker.join()
    hardstand = [str(Path(sys.executable).with_name("hardstand")), "detect", str(scene), "--overwrite"]
    ways = {f"read at {gsd} m": [sys.executable, "-c", READ, str(scene), str(gsd)] for gsd in (0.5, 1.0)}
    outputs = {}
    for name in ("network", "contour", "template"):
        outputs[name] = arguments.folder / f"candidates-{name}"
        ways[name] = [*hardstand, "--detector", name, "-o", str(outputs[name])]
    with rasterio.open(scene) as dataset:
        km2 = dataset.width * dataset.height * 0.25 / 1e6
    run(ways["read at 0.5 m"])  # warms the cache
    rounds = [{way: run(command) for way, command in ways.items()} for _ in range(arguments.runs)]
    print(f"{km2:.1f} km2 at 0.5 m, {scene.stat().st_size / 1e6:.0f} MB")
    for way in ways:
        seconds = statistics.median(taken[way].seconds for taken in rounds)
        ratio = statistics.median(taken[way].seconds / taken["read at 0.5 m"].seconds for taken in rounds)
        peak = max(taken[way].peak_mb for taken in rounds)
        density = ""
        if way in outputs:
            document = json.loads((outputs[way] / f"{scene.stem}.geojson").read_text())
            density = f", {len(document['features']) / km2:.0f} candidates/km2"
        print(f"  {way:<14} {km2 / seconds:6.2f} km2/s, {ratio:5.1f} x reading, peak {peak:4.0f} MB{density}")


if __name__ == "__main__":
    main()
