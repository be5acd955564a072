"""How fast scenes are read tile by tile, against a bare loop of rasterio and against rio-tiler, in one run.

    .venv/bin/pip install rio-tiler
    .venv/bin/python benchmarks/tiles.py --folder /somewhere/with/2/GB

Each way of reading runs in a process of its own, in turn, several times; rates are medians, memory is the
peak of the process (resident set). The files are made once, out of the rendered scene, and read once before
(warm cache).
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine

SIDE, TILE, OVERLAP = 16_384, 1024, 128
SPARSE_SIDE = 60_000
PROFILE = {
    "driver": "GTiff",
    "dtype": "uint8",
    "count": 3,
    "crs": "EPSG:32629",
    "tiled": True,
    "bigtiff": "if_safer",
}
COMPRESSION = {
    "deflate": {"compress": "deflate", "predictor": 2, "zlevel": 6},
    "jpeg": {"compress": "jpeg", "photometric": "ycbcr", "jpeg_quality": 90},
}


def make_file(path: Path, compression: str, rendered: Path) -> None:
    """Write a scene of 16,384 px square out of copies of the rendered one, in blocks of 512 px."""
    with rasterio.open(rendered) as source:
        pattern = source.read()
    profile = {**PROFILE, **COMPRESSION[compression], "width": SIDE, "height": SIDE}
    transform = Affine(0.5, 0, 600_000, 0, -0.5, 1_390_000)
    with rasterio.open(path, "w", transform=transform, blockxsize=512, blockysize=512, **profile) as target:
        for row in range(0, SIDE, 512):
            rows = np.arange(row, row + 512) % pattern.shape[1]
            strip = np.take(pattern[:, rows], np.arange(SIDE) % pattern.shape[2], axis=2)
            target.write(strip, window=rasterio.windows.Window(0, row, SIDE, 512))


def make_sparse(path: Path) -> None:
    """Write a sparse BigTIFF of 60,000 px square: 1 MB on disk, 11 GB of pixels."""
    transform = Affine(0.5, 0, 600_000, 0, -0.5, 1_390_000)
    profile = {**PROFILE, "width": SPARSE_SIDE, "height": SPARSE_SIDE, "bigtiff": "yes", "sparse_ok": True}
    with rasterio.open(
        path, "w", transform=transform, blockxsize=512, blockysize=512, compress="deflate", **profile
    ):
        pass


def windows(side: int) -> list[rasterio.windows.Window]:
    """Return the windows that all ways of reading share."""
    starts = [
        min(i * (TILE - OVERLAP), side - TILE) for i in range(-(-(side - TILE) // (TILE - OVERLAP)) + 1)
    ]
    return [rasterio.windows.Window(col, row, TILE, TILE) for row in starts for col in starts]


def read_bare(path: str) -> int:
    """Read in a loop of rasterio's windowed reads."""
    with rasterio.open(path) as dataset:
        return sum(dataset.read(window=window).size for window in windows(dataset.width))


def read_ours(path: str, readers: int) -> int:
    """Read the same windows as hardstand does."""
    from imagery.scene import open_scene
    from imagery.tiling import Tile

    with open_scene(path) as scene:
        plan = [Tile(w.col_off, w.row_off, TILE, TILE, TILE, TILE) for w in windows(scene.grid.width)]
        return sum(image.pixels.size for image in scene.read_all(plan, ahead=readers == 2))


def read_rio_tiler(path: str) -> int:
    """Read the same windows by rio-tiler's part()."""
    from rio_tiler.io import Reader

    with Reader(path) as reader:
        crs, transform = reader.dataset.crs, reader.dataset.transform
        total = 0
        for window in windows(reader.dataset.width):
            bounds = rasterio.windows.bounds(window, transform)
            total += reader.part(bounds, bounds_crs=crs, dst_crs=crs, width=TILE, height=TILE).data.size
        return total


WAYS = {
    "bare": read_bare,
    "ours-1": lambda path: read_ours(path, 1),
    "ours-2": lambda path: read_ours(path, 2),
    "rio-tiler": read_rio_tiler,
}


def child(way: str, path: str) -> None:
    """Read once and print what it took, without the imports."""
    if way == "rio-tiler":
        import rio_tiler.io  # noqa: F401
    start = time.perf_counter()
    pixels = WAYS[way](path)
    seconds = time.perf_counter() - start
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "pixels": pixels, "peak_mb": peak_mb}))


def run(way: str, path: Path) -> dict[str, float]:
    """Read in a process of its own."""
    command = [sys.executable, __file__, "--child", way, str(path)]
    result = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    taken: dict[str, float] = json.loads(result.stdout)
    return taken


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("benchmarks/data"))
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--child", nargs=2, metavar=("WAY", "FILE"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        child(*arguments.child)
        return
    arguments.folder.mkdir(parents=True, exist_ok=True)
    rendered = arguments.folder / "gabs.tif"
    if not rendered.exists():
        from imagery.synthetic import render_airfield

        render_airfield(rendered)
    for compression in COMPRESSION:
        path = arguments.folder / f"{compression}.tif"
        if not path.exists():
            make_file(path, compression, rendered)
        run("bare", path)  # warms the cache
        rounds = [{way: run(way, path) for way in WAYS} for _ in range(arguments.runs)]
        bare = statistics.median(taken["bare"]["seconds"] for taken in rounds)
        print(f"{compression}, {path.stat().st_size / 1e6:.0f} MB: bare loop {bare:.2f} s")
        for way in WAYS:
            ratio = statistics.median(taken["bare"]["seconds"] / taken[way]["seconds"] for taken in rounds)
            peak = max(taken[way]["peak_mb"] for taken in rounds)
            print(f"  {way:<10} {ratio:5.2f} x the bare loop's rate, peak {peak:4.0f} MB")
    sparse = arguments.folder / "sparse.tif"
    if not sparse.exists():
        make_sparse(sparse)
    taken = run("ours-2", sparse)
    print(f"sparse {SPARSE_SIDE} px square: {taken['seconds']:.1f} s, peak {taken['peak_mb']:.0f} MB")


if __name__ == "__main__":
    main()
