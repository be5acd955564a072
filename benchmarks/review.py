"""How fast a review of 2,025 tiles is pushed and pulled, against a bare loop, one tile after another.

    .venv/bin/python benchmarks/review.py --folder /somewhere/with/3/GB

A scene of 22,500 px square is made once out of copies of the rendered one, with three candidates in each
tile. It is pushed to a Label Studio of the benchmark's own, with local files and by upload; all is answered;
it is pulled; fifty tasks are changed, and it is pulled again. The bare loop reads a tile with rasterio,
encodes it, uploads the picture and creates the task, for a hundred tiles, one by one. CPU seconds are those
of this process and of the server, which on a busy machine say more than the clock does.
"""

from __future__ import annotations

import argparse
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import psutil
import rasterio
from affine import Affine

from annotate.labelstudio.connection import Connection
from annotate.labelstudio.division import review_tasks
from annotate.labelstudio.images import ImageStore, UploadedImages
from annotate.labelstudio.projects import create_project
from annotate.labelstudio.pull import pull
from annotate.labelstudio.push import push
from annotate.labelstudio.server import Server, start_server, stop_server
from annotate.labelstudio.task_listing import list_tasks
from annotate.labelstudio.tasks import ReviewTask
from annotate.log.store import open_log
from detect.box import Extent, OrientedBox
from detect.candidate import CandidatesFile, measured_candidate, read_candidates, write_candidates
from detect.detector import DetectorInfo
from imagery.grid import PixelPoint
from imagery.scene import open_scene

SIDE, CORES = 22_500, 45
BARE, CHANGED = 100, 50


@dataclass
class Took:
    """What some work took, in seconds by the clock, and of CPU time here and in the server."""

    wall: float = 0.0
    ours: float = 0.0
    server: float = 0.0

    @property
    def cpu(self) -> float:
        """Seconds of CPU time, here and in the server."""
        return self.ours + self.server


def make_scene(path: Path, rendered: Path) -> None:
    """Write a scene out of copies of the rendered one, in blocks of 512 px."""
    with rasterio.open(rendered) as source:
        pattern = source.read()
    profile = {"driver": "GTiff", "dtype": "uint8", "count": 3, "crs": "EPSG:32629", "tiled": True}
    profile |= {"compress": "jpeg", "photometric": "ycbcr", "blockxsize": 512, "blockysize": 512}
    transform = Affine(0.5, 0, 600_000, 0, -0.5, 1_390_000)
    with rasterio.open(path, "w", width=SIDE, height=SIDE, transform=transform, **profile) as target:
        for row in range(0, SIDE, 512):
            rows = np.arange(row, min(row + 512, SIDE)) % pattern.shape[1]
            strip = np.take(pattern[:, rows], np.arange(SIDE) % pattern.shape[2], axis=2)
            target.write(strip, window=rasterio.windows.Window(0, row, SIDE, len(rows)))


def make_candidates(scene_path: Path, path: Path) -> None:
    """Write three candidates per tile, at places and angles drawn once."""
    rng = np.random.default_rng(0)
    detector = DetectorInfo("drawn", "1", {})
    with open_scene(scene_path) as scene:
        record = scene.record()
    core = SIDE / CORES
    candidates = []
    for row in range(CORES):
        for col in range(CORES):
            for third in range(3):
                x, y = (col + (third + 0.5) / 3) * core, (row + rng.uniform(0.2, 0.8)) * core
                box = OrientedBox(PixelPoint(round(x, 3), round(y, 3)), 60.0, 66.0, float(rng.integers(360)))
                candidates.append(
                    measured_candidate(
                        record.grid,
                        box,
                        Extent(x - 30, y - 30, x + 30, y + 30),
                        scene=record,
                        detector=detector,
                        score=float(rng.uniform(0.1, 1)),
                        heading_sure=True,
                        airfield="GABS",
                    )
                )
    write_candidates(CandidatesFile(record, detector, tuple(candidates)), path)


@contextmanager
def measured(server: Server) -> Iterator[Took]:
    """Measure what is done in the block."""

    def now() -> tuple[float, float, float]:
        leader = psutil.Process(server.pid)
        times = [process.cpu_times() for process in (leader, *leader.children(recursive=True))]
        return time.perf_counter(), time.process_time(), sum(cpu.user + cpu.system for cpu in times)

    took, before = Took(), now()
    yield took
    took.wall, took.ours, took.server = (end - start for start, end in zip(before, now(), strict=True))


def bare_loop(server: Connection, scene: Path, tasks: Sequence[ReviewTask]) -> None:
    """Read, encode, upload and create, one tile after the other."""
    project = create_project(server, "bare loop")
    images = UploadedImages(server, project)
    with rasterio.open(scene) as dataset:
        for task in tasks:
            pixels = np.moveaxis(dataset.read(window=task.tile.window), 0, -1)
            _, encoded = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 95])
            (address,) = images.place({task.image_name: encoded.tobytes()}).values()
            request: Any = task.to_json(address)
            server.sdk.projects.import_tasks(project.id, request=[request])


def answer_all(server: Connection, project: int) -> None:
    """Accept every task, as if an analyst had gone through them."""
    everything: Any = {"all": True, "excluded": []}
    server.sdk.actions.create(id="predictions_to_annotations", project=project, selected_items=everything)


def change(server: Connection, project: int) -> None:
    """Edit, skip and delete annotations, and delete tasks: fifty tasks are changed."""
    tasks = list(list_tasks(server, project, "id,annotations,result"))[:: 2000 // CHANGED][:CHANGED]
    for index, task in enumerate(tasks):
        (annotation,) = task["annotations"]
        match index % 10:
            case 0:
                server.sdk.annotations.update(annotation["id"], was_cancelled=True)
            case 1:
                server.sdk.annotations.delete(annotation["id"])
            case 2:
                server.sdk.tasks.delete(str(task["id"]))
            case _:
                server.sdk.annotations.update(annotation["id"], result=annotation["result"][1:])


def line(what: str, took: Took, bare: Took | None = None) -> None:
    """Print one line of the table; against the bare loop, of which a part was run."""
    ratio = ""
    if bare is not None:
        by_clock, by_cpu = bare.wall / took.wall, bare.cpu / took.cpu
        more = CORES**2 / BARE
        ratio = f"   {by_clock * more:4.1f} x the bare loop's rate, {by_cpu * more:4.1f} x by CPU"
    print(f"{what:<42} {took.wall:7.1f} s   CPU {took.ours:6.1f} s + {took.server:6.1f} s{ratio}", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("benchmarks/data/review"))
    folder: Path = parser.parse_args().folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("server", "state", "log.db", "log.db.chips"):
        shutil.rmtree(folder / name, ignore_errors=True)
    (folder / "log.db").unlink(missing_ok=True)
    os.environ |= {"XDG_DATA_HOME": str(folder / "share"), "XDG_STATE_HOME": str(folder / "state")}
    rendered, scene, candidates = (folder / name for name in ("gabs.tif", "scene.tif", "scene.geojson"))
    if not candidates.exists():
        from imagery.synthetic import render_airfield

        render_airfield(rendered)
        make_scene(scene, rendered)
        make_candidates(scene, candidates)
    server = start_server(folder / "server", say=print)
    try:
        with Connection(server.url, server.token) as connection:
            compare(connection, server, scene, candidates, folder / "log.db")
    finally:
        stop_server(folder / "server")


def compare(connection: Connection, server: Server, scene: Path, candidates: Path, log_file: Path) -> None:
    """Measure everything on one server."""
    print(f"{CORES**2} tiles, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; CPU ours + the server's")
    tasks = review_tasks(read_candidates(candidates))[:BARE]
    with measured(server) as bare:
        bare_loop(connection, scene, tasks)
    line(f"bare loop over {BARE} tiles", bare)
    stores: tuple[ImageStore, ...] = ("local", "upload")
    for images in stores:
        with measured(server) as took:
            push(candidates, images, images=images, server=connection)
        line(f"push, images {images}", took, bare)
    with measured(server) as took:
        pushed = push(candidates, "local", server=connection)
    line(f"the same push again, {pushed.tasks} tasks", took)
    answer_all(connection, pushed.project.id)
    scene.rename(scene.with_name("away.tif"))  # chips are cut at another rate, and only once
    try:
        with open_log(str(log_file), create=True) as log:
            with measured(server) as took:
                pulled = pull("local", log, server=connection)
            line(f"first pull, {len(pulled.verdicts)} verdicts", took)
            with measured(server) as took:
                pull("local", log, server=connection)
            line("pull, nothing changed", took)
            change(connection, pushed.project.id)
            with measured(server) as took:
                pulled = pull("local", log, server=connection)
            line(f"pull, {CHANGED} tasks changed, {len(pulled.verdicts)} verdicts", took)
    finally:
        scene.with_name("away.tif").rename(scene)


if __name__ == "__main__":
    main()
