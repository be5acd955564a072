"""What one scene of a watched airfield takes: processor time, bytes from the server, and bytes on the disk.

    .venv/bin/python -m benchmarks.scaling

A scene of 12 km square at 0.5 m around GABS, three bands, as a COG in deflate, is listed by a static
catalogue that this process serves: the rendered airfield with its 15 aircraft, and 63 times without any
around it. `hardstand scenes fetch` copies its 5 km by 5 km, `hardstand detect` searches the copy. Each runs
as a user's would, in a process of its own; seconds are of the processor (user and system, start and imports
included), which other work on the machine makes dearer. From them the year of 5,000 airfields with a scene a
day is extrapolated, as docs/scaling.md has it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import rasterio
import rasterio.shutil
from affine import Affine
from rasterio.warp import transform

from examples.watch.catalogue import served, write_catalogue
from imagery.airfields import airfields
from imagery.synthetic import render_airfield

REPEATS = 8  # of 1.5 km
AIRFIELDS, DAYS = 5000, 365
HARDSTAND = Path(sys.executable).with_name("hardstand")


def make_scene(path: Path) -> None:
    """Write the scene, unless it is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        return
    plain = path.with_name("plain.tif")
    pixels = []
    for name, only in (("busy.tif", None), ("empty.tif", ())):
        rendered = path.with_name(name)
        if not rendered.exists():
            render_airfield(rendered, only=only)
        with rasterio.open(rendered) as source:
            pixels.append(source.read())
    busy, pattern = pixels
    side = pattern.shape[1] * REPEATS
    x, y = transform("EPSG:4326", "EPSG:32629", *([each] for each in airfields()["GABS"].lonlat))
    place = Affine(0.5, 0, round(x[0]) - side / 4, 0, -0.5, round(y[0]) + side / 4)
    profile = {"driver": "GTiff", "dtype": "uint8", "count": 3, "crs": "EPSG:32629", "tiled": True}
    with rasterio.open(
        plain, "w", width=side, height=side, transform=place, compress="deflate", zlevel=1, **profile
    ) as target:
        for row in range(0, side, pattern.shape[1]):
            window = rasterio.windows.Window(0, row, side, pattern.shape[1])
            strip = np.tile(pattern, (1, 1, REPEATS))
            if row == side // 2:
                strip[..., side // 2 : side // 2 + busy.shape[2]] = busy
            target.write(strip, window=window)
        target.update_tags(RENDERED="true")
        target.update_tags(ns="IMAGERY", ACQUISITIONDATETIME="2023-10-27")
    rasterio.shutil.copy(plain, path, driver="COG", compress="DEFLATE", predictor="YES", copy_src_mdd="YES")
    plain.unlink()


def run(*arguments: object) -> tuple[float, str]:
    """Run a command of hardstand to its end, and return its processor seconds and what it says."""
    command = [str(HARDSTAND), *map(str, arguments)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # noqa: S603
    said = process.stdout.read() if process.stdout else ""
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} failed:\n{said}")
    return usage.ru_utime + usage.ru_stime, said


def main() -> None:
    """Fetch and search the scene, and extrapolate."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=Path("benchmarks/data/scaling"))
    work = parser.parse_args().work
    scene = work / "served" / "scene.tif"
    make_scene(scene)
    write_catalogue([scene])
    for name in ("copies", "candidates"):
        shutil.rmtree(work / name, ignore_errors=True)
    items = work / "items.geojson"
    with served(scene.parent) as address:
        where = ("--catalogue", f"{address}/catalog.json", "--airfield", "GABS")
        searched, _ = run("scenes", "search", *where, "-o", items, "--overwrite")
        fetched, said = run("scenes", "fetch", items, "-o", work / "copies")
    found, _ = run("detect", work / "copies" / "scene-GABS.json", "-o", work / "candidates")
    copy, candidates = work / "copies" / "scene-GABS.tif", work / "candidates" / "scene-GABS.geojson"
    count = len(json.loads(candidates.read_text(encoding="utf-8"))["features"])
    print(f"the scene has {scene.stat().st_size / 1e6:.0f} MB; {said.strip().splitlines()[-1]}")
    for name, cpu_s in (("search", searched), ("fetch", fetched), ("detect", found)):
        print(f"{name}: {cpu_s:.1f} s of a core")
    kilobytes = candidates.stat().st_size / 1e3
    print(f"copy {copy.stat().st_size / 1e6:.0f} MB; {count} candidates, {kilobytes:.0f} kB")
    scenes = AIRFIELDS * DAYS
    hours = scenes * (fetched + found) / 3600
    cores = hours / 8760
    print(f"a year of {AIRFIELDS:,} airfields: {hours:,.0f} core-hours, {cores:.1f} cores without a pause")
    print(f"copies {scenes * copy.stat().st_size / 1e12:,.0f} TB", end=", ")
    print(f"candidates files {scenes * kilobytes / 1e9:.1f} TB")


if __name__ == "__main__":
    main()
