"""`make demo`: the loop on a rendered airfield, with the same commands a user would type."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

FOLDER = Path("demo")
SCENE = FOLDER / "gabs.tif"
CANDIDATES = FOLDER / "candidates"
SERVER = FOLDER / "review"
PROJECT = "hardstand demo"
HARDSTAND = Path(sys.executable).with_name("hardstand")


def hardstand(*arguments: object) -> str:
    """Show a command and run it; what it prints."""
    words = [str(argument) for argument in arguments]
    print(f"\n$ hardstand {shlex.join(words)}", flush=True)
    run = subprocess.run([HARDSTAND, *words], stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603
    print(run.stdout, end="", flush=True)
    if run.returncode != 0:
        raise SystemExit(run.returncode)
    return run.stdout


def print_candidates(path: Path) -> None:
    """A line a candidate, surest first."""
    document = json.loads(path.read_text(encoding="utf-8"))
    print(f"\n{'score':>5}  {'length m':>8}  {'span m':>6}  {'heading':>7}  lon, lat")
    for feature in document["features"]:
        told = feature["properties"]
        heading = f"{told['heading_deg']:.0f}°" + (" " if told["heading_sure"] else "?")
        corners = feature["geometry"]["coordinates"][0][:4]
        lon, lat = (sum(corner[axis] for corner in corners) / 4 for axis in (0, 1))
        print(
            f"{told['score']:5.2f}  {told['length_m']:8.1f}  {told['wingspan_m']:6.1f}  {heading:>7}  "
            f"{lon:.5f}, {lat:.5f}"
        )


def wait_until_interrupted() -> None:
    """Wait for Ctrl-C, or for a polite kill."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        print()


def main() -> None:
    """Render, detect, and unless told otherwise review."""
    FOLDER.mkdir(exist_ok=True)
    # The demo keeps to its own server and log, whatever the user has set up.
    for name in ("LABEL_STUDIO_URL", "LABEL_STUDIO_API_KEY", "HARDSTAND_LOG"):
        os.environ.pop(name, None)
    if not SCENE.exists():
        hardstand("render", "-o", SCENE)
    (path,) = hardstand("detect", SCENE, "-o", CANDIDATES, "--overwrite").split()
    if "--no-review" in sys.argv[1:]:
        print_candidates(Path(path))
        return
    try:
        hardstand("review", "start", "--data", SERVER)
        hardstand("review", "push", CANDIDATES, "--project", PROJECT)
        print(
            "\nLog in, open the project, press 'Label All Tasks' and decide. Then, in another terminal:\n"
            f"  .venv/bin/hardstand review pull --project '{PROJECT}' --log {FOLDER}/hardstand.db\n"
            f"  .venv/bin/hardstand log list --log {FOLDER}/hardstand.db\n"
            "Ctrl-C stops the server; what was reviewed is kept.",
            flush=True,
        )
        wait_until_interrupted()
    finally:
        hardstand("review", "stop", "--data", SERVER)


if __name__ == "__main__":
    main()
