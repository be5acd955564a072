"""`make watched-year`: a rendered year of one airfield, watched quarter by quarter, with a scripted analyst.

Each month has a scene; the aircraft come and go. Every quarter the provider's catalogue lists three more, a
round fetches and searches them, a script that plays the analyst answers what is new, and the next round takes
the verdicts into the log and the report. All images are rendered: this shows the work and proves nothing.
"""

from __future__ import annotations

import os
import random
import shutil
from datetime import date
from pathlib import Path

from examples.bamako.analyst import review
from examples.demo import build_example, hardstand
from examples.watch.catalogue import served, write_catalogue
from imagery import render_airfield
from imagery.synthetic import place_aircraft, truth_path

OUT = Path(__file__).with_name("out")
PROJECT = "Watched year"
YEAR, SEED, QUARTERS = 2023, 0, 4
WATCH = """\
airfields = ["GABS"]
catalogue = "{address}/catalog.json"
since = "{year}-01"
folder = "watch"
project = "{project}"
log = "year.db"
report = "report.html"
"""


def build(out: Path) -> Path:
    """Watch the year on the review server that runs; what is there is kept.

    Args:
        out: Folder for everything.

    Returns:
        The path of the report.
    """
    # Its own state and log, whatever the user has set up.
    os.environ |= {"XDG_STATE_HOME": str((out / "state").resolve()), "HARDSTAND_ANALYST": "example"}
    scenes = [_scene(out / "year", month) for month in range(1, 13)]
    file = out / "year.toml"
    with served(out / "year") as address:
        file.write_text(WATCH.format(address=address, year=YEAR, project=PROJECT), encoding="utf-8")
        for quarter in range(1, QUARTERS + 1):
            write_catalogue(scenes[: 3 * quarter])
            lines = hardstand("watch", file)
            _answer(lines, scenes, out / "watch" / "copies")
        hardstand("watch", file)
    hardstand("log", "changes", "GABS", "--log", out / "year.db")
    return out / "report.html"


def _scene(folder: Path, month: int) -> Path:
    """Render the scene of a month: of the types on the airfield, some are away."""
    path = folder / f"gabs-{YEAR}-{month:02d}.tif"
    folder.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        print(f"rendering {path}", flush=True)
        types = sorted({placed.parked.aircraft.icao for placed in place_aircraft(SEED)})
        here = random.Random(month).sample(types, len(types) * 2 // 3)  # noqa: S311 - no secret
        render_airfield(path, seed=SEED, acquired=date(YEAR, month, 10), only=here)
    return path


def _answer(lines: str, scenes: list[Path], copies: Path) -> None:
    """Answer what a round has put before people."""
    for scene in scenes:  # beside the copies, where the script looks for what was drawn
        copy = copies / f"{scene.stem}-GABS.json"
        if copy.exists():
            shutil.copy(truth_path(scene), truth_path(copy))
    number = lines.partition("/projects/")[2].partition("/")[0]
    print(f"\nthe script that plays the analyst answered {review(int(number))} tasks")


if __name__ == "__main__":
    build_example(build, OUT)
