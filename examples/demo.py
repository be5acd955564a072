"""`make demo`: from a rendered airfield to its review, with the commands a user would type."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import detect

FOLDER = Path("demo")
SCENE = FOLDER / "gabs.tif"
CANDIDATES = FOLDER / "candidates"
SERVER = FOLDER / "review"
PROJECT = "hardstand demo"
HARDSTAND = Path(sys.executable).with_name("hardstand")


def hardstand(*arguments: object) -> str:
    """Print a command, run it, and return what it prints."""
    words = [str(argument) for argument in arguments]
    print(f"\n$ hardstand {shlex.join(words)}", flush=True)
    run = subprocess.run([HARDSTAND, *words], stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603
    print(run.stdout, end="", flush=True)
    if run.returncode != 0:
        raise SystemExit(run.returncode)
    return run.stdout


@contextmanager
def review_server(data: Path) -> Iterator[None]:
    """Run a review server of its own, with its data in a folder; what was set up for another is forgotten."""
    for name in ("LABEL_STUDIO_URL", "LABEL_STUDIO_API_KEY"):
        os.environ.pop(name, None)
    try:
        hardstand("review", "start", "--data", data)
        yield
    finally:
        hardstand("review", "stop", "--data", data)


def build_example(build: Callable[[Path], Path], out: Path) -> Path:
    """Build an example on a review server of its own, and say where its report is.

    Args:
        build: Takes the folder for everything, and returns the path of the report.
        out: That folder.

    Returns:
        The folder as the commands named it.
    """
    here = Path.cwd()
    out = out.relative_to(here) if out.is_relative_to(here) else out  # short enough to be read
    with review_server(out / "review"):
        report = build(out)
    print(f"\nOpen {report} in a browser.")
    return out


def print_candidates(path: Path) -> None:
    """Print one line per candidate."""
    file = detect.read_candidates(path)
    print(f"\n{'score':>5}  {'length m':>8}  {'span m':>6}  {'heading':>7}  lon, lat")
    for candidate in file.candidates:
        ground = candidate.ground
        heading = f"{ground.heading_deg:.0f}°" + (" " if candidate.heading_sure else "?")
        lon, lat = file.scene.grid.lonlat(candidate.box.center)
        print(
            f"{candidate.score:5.2f}  {ground.length_m:8.1f}  {ground.wingspan_m:6.1f}  {heading:>7}  "
            f"{lon:.5f}, {lat:.5f}"
        )


def wait_until_interrupted() -> None:
    """Wait for Ctrl-C or a SIGTERM."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        print()


def main() -> None:
    """Render a scene, detect, and review, unless --no-review is given."""
    FOLDER.mkdir(exist_ok=True)
    os.environ.pop("HARDSTAND_LOG", None)  # its own, whatever the user has set up
    if not SCENE.exists():
        hardstand("render", "-o", SCENE)
    (path,) = hardstand("detect", SCENE, "-o", CANDIDATES, "--overwrite").split()
    if "--no-review" in sys.argv[1:]:
        print_candidates(Path(path))
        return
    with review_server(SERVER):
        hardstand("review", "push", CANDIDATES, "--project", PROJECT)
        print(
            "\nLog in, open the project, press 'Label All Tasks' and decide. Then, in another terminal:\n"
            f"  .venv/bin/hardstand review pull --project '{PROJECT}' --log {FOLDER}/hardstand.db\n"
            f"  .venv/bin/hardstand log list --log {FOLDER}/hardstand.db\n"
            "Ctrl-C stops the server; your answers are kept.",
            flush=True,
        )
        wait_until_interrupted()


if __name__ == "__main__":
    main()
