"""How fast the log is exported and verified, against a plain loop over the same rows, in one run.

    .venv/bin/python benchmarks/log.py --folder /somewhere/with/3/GB

A log of as many sightings as are asked for is made once, each with its verdict and a chip, a hundred to a
scene; that alone takes minutes. Each way then runs in a process of its own, in turn, several times. What is
plain beside the exports is a loop of sqlite3, json and csv over the sightings' payloads; beside verifying,
one of sqlite3 and hashlib over all entries. Times are CPU time (user and system), imports included; memory
is the peak of the process (resident set).
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import json
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from itertools import chain
from pathlib import Path

import numpy as np
from affine import Affine
from PIL import Image
from rasterio.crs import CRS

from annotate.log.chips import Chips
from annotate.log.entries import SceneReview, Sighting, Verdict
from annotate.log.store import open_log
from imagery.grid import Grid
from imagery.record import SceneRecord, hash_files

SUFFIXES = {
    "csv": ".csv",
    "excel": ".csv",
    "geojson": ".geojson",
    "gpkg": ".gpkg",
    "kmz": ".kmz",
    "geoparquet": ".parquet",
    "coco": ".coco.zip",
    "yolo": ".yolo.zip",
}
PER_SCENE, BATCH, CHIP_PX = 100, 1000, 120
GRID = Grid(12_000, 12_000, Affine(0.5, 0, 600_000, 0, -0.5, 1_390_000), CRS.from_epsg(32629))


def make_log(path: Path, count: int) -> None:
    """Make a log of so many sightings with chips, whose pixels are all the same."""
    path.unlink(missing_ok=True)
    # So much noise that the chip has about the size of a real one, 22 kB.
    pixels = np.random.default_rng(0).integers(100, 116, (CHIP_PX, CHIP_PX, 3), np.uint8)
    picture = io.BytesIO()
    Image.fromarray(pixels).save(picture, "PNG")
    chips = path.with_name(f"{path.name}.chips")
    chips.mkdir(exist_ok=True)
    with open_log(str(path), create=True) as log:

        def cut(sighting: Sighting, scene: SceneRecord) -> Chips:
            chip = chips / f"{sighting.id}.png"
            chip.write_bytes(picture.getvalue())
            col, row = (place - CHIP_PX / 2 for place in sighting.center_px or (0, 0))
            a, b, c, d, e, f = tuple(scene.grid.transform @ Affine.translation(col + 0.5, row + 0.5))[:6]
            world = chip.with_suffix(".pgw")
            world.write_text("\n".join(map(str, (a, d, b, e, c, f))))
            sha256 = hash_files([chip, world])
            return Chips(chip.name, sha256, chip.name, sha256)

        for first in range(0, count, BATCH):
            log.record([verdict(number) for number in range(first, min(first + BATCH, count))], cut=cut)
        log.review(map(_review, range(0, count, PER_SCENE)))


def verdict(number: int) -> Verdict:
    """Return one of so many verdicts, all on one airfield, a hundred to a scene."""
    scene, place = divmod(number, PER_SCENE)
    col, row = 500.0 + 1000 * (place % 10), 500.0 + 1000 * (place // 10)
    return Verdict(
        verdict="confirmed",
        candidate=f"{number:016x}",
        detector="network",
        detector_version="1",
        params_hash="0123456789abcdef",
        score=0.875,
        type=("C130", "B737", "A320", None)[number % 4],
        lon=-7.95 + col * 5e-6,
        lat=12.53 - row * 5e-6,
        length_m=29.8,
        wingspan_m=40.4,
        heading_deg=float(number % 360),
        heading_sure=number % 7 > 0,
        center_px=(col, row),
        box_px=(59.6, 80.8, float(number % 360)),
        airfield="GABS",
        scene=_scene(scene),
        analyst=f"analyst{number % 3}@example.org",
        annotated="2026-01-02T03:04:05.678901Z",
        project="Bamako",
        task_id=number // 10,
        annotation_id=number // 10,
        annotation_created="2026-01-02T03:04:05.123456Z",
        region_id=f"{number:016x}",
        lead_time_s=12.5,
        note="on the northern apron, beside the hangar" if number % 5 == 0 else None,
    )


def _review(number: int) -> SceneReview:
    return SceneReview(
        id="",
        supersedes=None,
        scene=_scene(number // PER_SCENE),
        airfield="GABS",
        footprint=GRID.footprint(),
        detector="network",
        detector_version="1",
        params_hash="0123456789abcdef",
        candidates=PER_SCENE,
        tiles=PER_SCENE,
        tasks=PER_SCENE,
        reviewed=PER_SCENE,
        searched=None,
        seen=None,
        hidden=None,
        limits=None,
        project="Bamako",
        logged="",
    )


def _scene(number: int) -> SceneRecord:
    return SceneRecord(
        path=f"images/scene-{number}.tif",
        sha256=hashlib.sha256(str(number).encode()).hexdigest(),
        sha256_covers="files",
        etag=None,
        size_bytes=9_000_000,
        crs=GRID.crs_name,
        transform=tuple(GRID.transform)[:6],
        width=GRID.width,
        height=GRID.height,
        gsd_m=0.5,
        gsd_xy_m=(0.5, 0.5),
        acquired="2023-10-27T10:36:11Z",
        acquired_precision="second",
        acquired_from="--acquired",
        sensor="PHR1A",
        off_nadir_deg=12.5,
        image_id=f"DS_PHR1A_{number:08}",
        source_url="https://example.org/catalogue",
        licence="CC-BY-4.0",
        position_error_m=5.0,
        warped_from=None,
        opened_with={},
        bands=("red", "green", "blue"),
        stretch=(0.0, 255.0),
        rendered=False,
        software_version="0.1.0",
    )


def plain_export(path: Path, folder: Path) -> int:
    """Put every sighting's payload through json and csv, and do nothing else."""
    query = "SELECT payload FROM entries WHERE kind = 'sighting' ORDER BY seq"
    with closing(sqlite3.connect(path)) as database, (folder / "plain.csv").open("w", newline="") as file:
        writer, count = None, 0
        for (text,) in database.execute(query):
            payload = json.loads(text)
            if writer is None:
                writer = csv.DictWriter(file, list(payload))
                writer.writeheader()
            writer.writerow(payload)
            count += 1
    return count


def plain_verify(path: Path, _: Path) -> int:
    """Recompute every entry's hash, and do nothing else."""
    query = "SELECT payload, previous_hash, hash FROM entries ORDER BY seq"
    with closing(sqlite3.connect(path)) as database:
        return sum(
            hashlib.sha256(f"{previous}\n{payload}".encode()).hexdigest() == expected
            for payload, previous, expected in database.execute(query)
        )


def verify(path: Path, _: Path) -> int:
    """Do what ``hardstand log verify`` does, without the chips."""
    from annotate.log.verify import verify_entries

    with open_log(str(path)) as log:
        return verify_entries(log.entries(), None).head.seq


def sign(path: Path, folder: Path) -> int:
    """Sign every sighting and verify the signatures, and do nothing else but read and write JSON."""
    from annotate.log.chain import GENESIS, chained_hash, parse_canonical
    from annotate.log.identity import make_identity
    from annotate.log.keys import KeyStatement
    from annotate.log.reading import LoggedEntry
    from annotate.log.signatures import Signatures, signed_text

    identity = make_identity(folder / "identity.json", "ana", None)
    signatures, previous, first, count = Signatures(), GENESIS, GENESIS, 0
    key = KeyStatement("0" * 16, "valid", "ana", identity.public_key, (), None, "2026-01-02T03:04:05Z")
    query = "SELECT payload FROM entries WHERE kind = 'sighting' ORDER BY seq"
    with closing(sqlite3.connect(path)) as database:
        payloads = (json.loads(text) for (text,) in database.execute(query))
        for seq, payload in enumerate(chain([key.to_payload()], payloads), start=1):
            text, _ = signed_text(payload, identity, previous=previous, log=first, role="recorder")
            link = chained_hash(previous, text)
            entry = LoggedEntry(seq, "", payload["kind"], "", text, previous, link, "", None, None)
            problem = signatures.problem_of(entry, parse_canonical(text))
            assert problem is None, problem  # noqa: S101 -- else there is nothing to measure
            if seq == 1:
                signatures.note_first(link)
                first = link
            previous, count = link, seq
    return count


def exporter(form: str, *, public: bool = False) -> Callable[[Path, Path], int]:
    """Return a function that does what ``hardstand log export`` does."""

    def run(path: Path, folder: Path) -> int:
        from annotate.exports.export import export

        with open_log(str(path)) as log:
            return export(log, folder / f"out{SUFFIXES[form]}", public=public).sightings

    return run


EXPORTS = {form: exporter(form) for form in SUFFIXES} | {"csv --public": exporter("csv", public=True)}
WAYS = {"plain export": plain_export, **EXPORTS, "plain verify": plain_verify, "verify": verify, "sign": sign}


def child(way: str, path: Path) -> None:
    """Run once and print what it took."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        count = WAYS[way](path, Path(folder))
    seconds = time.process_time()
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "count": count, "peak_mb": peak_mb}))


def run(way: str, path: Path) -> dict[str, float]:
    """Run one way in a process of its own."""
    command = [sys.executable, __file__, "--child", way, str(path)]
    result = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    taken: dict[str, float] = json.loads(result.stdout)
    return taken


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("benchmarks/data"))
    parser.add_argument("--sightings", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--child", nargs=2, metavar=("WAY", "FILE"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        child(arguments.child[0], Path(arguments.child[1]))
        return
    arguments.folder.mkdir(parents=True, exist_ok=True)
    path = arguments.folder / f"log-{arguments.sightings}.db"
    if not path.exists():
        make_log(path, arguments.sightings)
    rounds = [{way: run(way, path) for way in WAYS} for _ in range(arguments.runs)]
    for way in WAYS:
        plain = "plain verify" if way in ("plain verify", "verify", "sign") else "plain export"
        seconds = statistics.median(taken[way]["seconds"] for taken in rounds)
        ratio = statistics.median(taken[way]["seconds"] / taken[plain]["seconds"] for taken in rounds)
        peak = max(taken[way]["peak_mb"] for taken in rounds)
        count = rounds[0][way]["count"]
        print(
            f"{way:<13} {count:7.0f} rows {seconds:6.2f} s {ratio:5.1f} x the plain loop, peak {peak:4.0f} MB"
        )


if __name__ == "__main__":
    main()
