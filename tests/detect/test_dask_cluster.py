"""A Dask cluster gives the same candidates to the byte, whatever becomes of its workers and its scheduler."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from detect.archive import ScanResult, scan_archive
from detect.detectors.contour import ContourDetector
from hardstand import main
from imagery.errors import HardstandError

Draw = Callable[..., Path]


class Cluster:
    """A scheduler and two workers, each a process of its own."""

    def __init__(self, port: int, threads: int = 1) -> None:
        self.address = f"tcp://127.0.0.1:{port}"
        self._port, self._threads = port, threads
        self.start()

    def start(self) -> None:
        scheduler = ["dask_scheduler", "--host", "127.0.0.1", "--port", str(self._port), "--no-dashboard"]
        worker = [
            "dask_worker",
            self.address,
            "--nthreads",
            str(self._threads),
            "--no-nanny",
            "--no-dashboard",
        ]
        worker += ["--no-nanny", "--no-dashboard"]
        self.scheduler, *self.workers = (
            subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.{command[0]}", *command[1:]],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
            )
            for command in (scheduler, worker, worker)
        )

    def kill(self) -> None:
        for process in (self.scheduler, *self.workers):
            process.kill()
            process.wait()


@pytest.fixture
def cluster(free_port: Callable[[], int]) -> Iterator[Cluster]:
    running = Cluster(free_port())
    yield running
    running.kill()


@pytest.fixture
def scenes(drawn_scene: Draw, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Scenes with relative names, and one that is none."""
    monkeypatch.chdir(tmp_path)
    for number in range(9):
        drawn_scene(tmp_path / f"{number}.tif", ((100 + number, 100, 60, 80, 255),))
    Path("bad.tif").write_text("no image")
    return [
        *(f"{number}.tif" for number in range(4)),
        "bad.tif",
        *(f"{number}.tif" for number in range(4, 9)),
    ]


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*.geojson")}


def scan(scenes: list[str], folder: str, **options: Any) -> Iterator[ScanResult]:
    Path(folder).mkdir()
    return scan_archive(scenes, Path(folder), ContourDetector(), **options)


@pytest.mark.slow
def test_a_worker_that_is_killed_and_a_scheduler_that_is_started_anew_change_nothing(
    scenes: list[str], cluster: Cluster, tmp_path: Path
) -> None:
    local = list(scan(scenes, "local"))
    results = scan(scenes, "cluster", scheduler=cluster.address)
    seen = [next(results)]
    cluster.workers[0].kill()
    seen.append(next(results))
    cluster.kill()
    cluster.start()
    seen += results
    assert [result.scene for result in seen] == scenes
    assert [result.candidates for result in seen] == [result.candidates for result in local]
    (error,) = (result.error for result in seen if result.error)
    assert str(error).startswith("bad.tif: not an image that GDAL can open")
    assert files_in(tmp_path / "cluster") == files_in(tmp_path / "local")
    assert len(files_in(tmp_path / "local")) == 9


def test_workers_of_several_threads_are_refused(scenes: list[str], free_port: Callable[[], int]) -> None:
    running = Cluster(free_port(), threads=2)
    try:
        with pytest.raises(HardstandError, match="start workers with --nthreads 1"):
            list(scan(scenes, "cluster", scheduler=running.address))
    finally:
        running.kill()


def test_a_scheduler_that_is_not_there_is_one_line(
    scenes: list[str], free_port: Callable[[], int], cli: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("detect.dask_cluster.PATIENCE_S", 0.2)
    command = ["detect", *scenes, "-o", "out", "--detector", "contour", "--scheduler"]
    run = cli.invoke(main, [*command, f"tcp://127.0.0.1:{free_port()}"])
    assert run.exit_code == 1
    assert "no Dask scheduler answers there" in run.stderr.splitlines()[-1]
    assert cli.invoke(main, [*command, "a", "--workers", "2"]).exit_code == 2
