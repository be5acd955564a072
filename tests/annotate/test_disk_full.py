"""Where nothing more can be written, that is one line and no file; what a killed run left is cleared."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from annotate.log.store import open_log
from detect.archive import scan_archive
from imagery.errors import OutputIncomplete
from imagery.files import whole_file

resource = pytest.importorskip("resource", reason="limits of a process are POSIX's")
LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
from hardstand import main
main(sys.argv[2:])
"""


def hardstand(*arguments: object, most_bytes: int, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a command that may write files of so many bytes: to GDAL and Python a full disk looks the same."""
    command = [sys.executable, "-c", LIMITED, str(most_bytes), *map(str, arguments)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
    return subprocess.run(command, text=True, check=False, **pipes)


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def refusal(result: subprocess.CompletedProcess[str]) -> str:
    assert result.returncode == 1, result.stderr
    assert not result.stdout
    (line,) = (line for line in result.stderr.splitlines() if line.startswith("Error: "))
    return line


@pytest.mark.parametrize("most", [0, 5_000, 1_000_000])
def test_a_rendered_scene_that_does_not_fit_is_not_there(most: int, tmp_path: Path) -> None:
    """GDAL says nothing: the command would leave a scene of which the lower half is black."""
    result = hardstand("render", "-o", tmp_path / "a.tif", most_bytes=most)
    assert "cannot be written completely (File too large)" in refusal(result)
    assert result.stderr.count("\n") == 1
    assert names(tmp_path) == []


@pytest.mark.parametrize("most", [0, 100_000, 1_500_000])
def test_a_georeferenced_image_that_does_not_fit_is_not_there(most: int, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (900, 900, 3), np.uint8)).save(
        tmp_path / "a.png"
    )
    points = [(0, 0, 0.0, 0.0), (900, 0, 0.01, 0.0), (0, 900, 0.0, -0.01), (900, 900, 0.01, -0.01)]
    rows = "".join(f"{col},{row},{lon},{lat}\n" for col, row, lon, lat in points)
    (tmp_path / "gcp.csv").write_text("col,row,lon,lat\n" + rows)
    command = ("georeference", tmp_path / "a.png", "--gcp-file", tmp_path / "gcp.csv", "-o", out / "a.tif")
    assert "a.tif: cannot be written completely" in refusal(hardstand(*command, most_bytes=most))
    assert names(out) == []
    assert hardstand(*command, most_bytes=1 << 30).returncode == 0


@pytest.mark.parametrize("suffix", ["csv", "geojson", "gpkg", "kmz", "parquet"])
def test_an_export_that_does_not_fit_leaves_the_one_before(
    suffix: str, verdict: Callable[..., Any], tmp_path: Path
) -> None:
    path, out = tmp_path / "log.db", tmp_path / "out"
    out.mkdir()
    with open_log(path, create=True) as log:
        log.record(verdict(n, lon=0.01 * n) for n in range(1, 9))
    target = out / f"a.{suffix}"
    command = ("log", "export", "--log", path, "-o", target, "--overwrite")
    assert hardstand(*command, most_bytes=1 << 30).returncode == 0
    before = target.read_bytes()
    assert "cannot be written completely" in refusal(hardstand(*command, most_bytes=len(before) // 2))
    assert (names(out), target.read_bytes()) == ([target.name], before)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a device that is full")
@pytest.mark.parametrize("entries", [1, 400], ids=["at the end", "on the way"])
def test_a_list_that_cannot_be_written_is_a_failure(
    entries: int, verdict: Callable[..., Any], tmp_path: Path
) -> None:
    """`hardstand log list --json > full` would end as if all were there."""
    with open_log(tmp_path / "log.db", create=True) as log:
        log.record(verdict(n, lon=0.01 * n) for n in range(entries))
    with Path("/dev/full").open("w") as full:
        result = hardstand(
            "log", "list", "--json", "--log", tmp_path / "log.db", most_bytes=1 << 30, stdout=full
        )
    assert result.returncode == 1
    assert (
        result.stderr
        == "Error: standard output cannot be written (No space left on device); free some space\n"
    )


def test_a_candidates_file_that_does_not_fit_leaves_the_other_scenes_to_be_searched(
    searched_scene: Callable[..., Path], bright_detector: Callable[..., Any], tmp_path: Path, monkeypatch: Any
) -> None:
    scenes = []
    for name in ("a.tif", "b.tif"):
        searched_scene(name)
        scenes.append(str(tmp_path / name))
    out = tmp_path / "out"
    out.mkdir()

    def results(most_bytes: int) -> Any:
        for scene in scenes:
            hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
            resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes if scene == scenes[0] else hard, hard))
            try:
                yield from scan_archive([scene], out, bright_detector())
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))

    full, fits = results(100)
    assert isinstance(full.error, OutputIncomplete)
    assert fits.error is None
    assert names(out) == ["b.geojson"]


def test_a_candidates_file_that_another_run_wrote_meanwhile_is_kept_and_said_so(
    searched_scene: Callable[..., Path], bright_detector: Callable[..., Any], tmp_path: Path
) -> None:
    searched_scene("a.tif")
    out = tmp_path / "out"
    out.mkdir()
    other = bright_detector()

    class Slower(type(other)):  # type: ignore[misc]
        def hits(self, image: Any) -> Any:
            list(scan_archive([str(tmp_path / "a.tif")], out, other))
            return super().hits(image)

    (result,) = scan_archive([str(tmp_path / "a.tif")], out, Slower())
    assert (result.error, result.kept, result.path) == (None, True, out / "a.geojson")


KILLED = """
import os, signal, sys
from imagery.files import whole_file
with whole_file(sys.argv[1]) as part:
    part.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_run_left_is_removed_by_the_next_and_what_a_living_one_writes_is_not(
    tmp_path: Path,
) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "a.csv")], check=False)
    assert killed.returncode == -signal.SIGKILL
    (left,) = names(tmp_path)
    (tmp_path / f"{left}-journal").touch()
    elsewhere = tmp_path / left.replace(left.split("-")[-3], "00000000")
    elsewhere.touch()
    with whole_file(tmp_path / "b.csv") as part:
        assert names(tmp_path) == sorted([part.name, elsewhere.name]), "another machine's may be alive"
        script = "import sys; from imagery.files import whole_file\nwith whole_file(sys.argv[1]): pass"
        subprocess.run([sys.executable, "-c", script, str(tmp_path / "c.csv")], check=True)
        assert part.exists()
    assert names(tmp_path) == sorted(["b.csv", "c.csv", elsewhere.name])


def test_a_long_name_can_be_written(tmp_path: Path) -> None:
    target = tmp_path / ("a" * 200 + ".csv")
    with whole_file(target) as part:
        part.write_text("whole")
    assert target.read_text() == "whole"
    assert names(tmp_path) == [target.name]
