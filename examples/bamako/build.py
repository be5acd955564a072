"""`make example`: from images to a report that can be checked, with the commands a user would type.

The case: was a C-130 at Bamako on 27 October 2023, and not before? Images of three days are searched and
reviewed. A route that such an aircraft is said to fly is not seen in them, so it is logged as reported.
All images are rendered and the source of the route is made up: this shows the work and proves nothing.
"""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

from examples.bamako.analyst import review
from examples.demo import build_example, hardstand
from imagery import render_airfield

OUT = Path(__file__).with_name("out")
PROJECT = "Bamako, example"
ANALYST = "example@hardstand.localhost"
LICENCE = "rendered by hardstand, Apache-2.0"
# Day, seed, and the types that stand there: none, others, and the one in question.
DAYS = (
    (date(2023, 8, 5), 1, ()),
    (date(2023, 9, 14), 2, ("B738", "AT72", "A320")),
    (date(2023, 10, 27), 0, ("C130", "A319")),
)
ROUTE = ("GABS", "GAGO", "GATS", "DRRN", "GABS")
EXPORTS = ("csv", "geojson", "gpkg", "kmz", "parquet", "coco.zip", "yolo.zip")


def build(out: Path) -> Path:
    """Build the example on the review server that runs; scenes and candidates that are there are kept.

    Args:
        out: Folder for everything.

    Returns:
        The path of the report.
    """
    log = out / "bamako.db"
    # Its own state and log, whatever the user has set up.
    os.environ |= {"HARDSTAND_LOG": str(log), "XDG_STATE_HOME": str((out / "state").resolve())}
    os.environ |= {"HARDSTAND_ANALYST": ANALYST}
    scenes = [_scene(out / "scenes", *day) for day in DAYS]
    candidates = out / "candidates"
    hardstand("detect", *scenes, "--model", "open", "--licence", LICENCE, "-o", candidates)
    hardstand("changes", candidates, "-o", out / "changes.png", "--overwrite")
    # A quarter of the tiles without candidates is shown too: what the detector misses can then be said.
    push = ("review", "push", candidates, "--project", PROJECT, "--audit", "0.25", "--order", "changed")
    address = hardstand(*push)
    answered = review(int(address.split("/projects/")[1].split("/")[0]))
    print(f"\nthe script that plays the analyst answered {answered} tasks")
    hardstand("review", "pull", "--project", PROJECT)
    _add_route()
    hardstand("log", "list")
    hardstand("log", "timeline", "GABS")
    hardstand("log", "changes", "GABS")
    _export(out)
    about = ("--title", "A C-130 at Bamako? An example", "--type", "C130")
    hardstand("report", "-o", out / "report.html", *about, "--overwrite")
    hardstand("report", "-o", out / "report-public.html", "--public", "--overwrite")
    return out / "report.html"


def _scene(folder: Path, day: date, seed: int, only: tuple[str, ...]) -> Path:
    path = folder / f"gabs-{day.isoformat()}.tif"
    folder.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        print(f"rendering {path}", flush=True)
        render_airfield(path, seed=seed, acquired=day, only=only)
    return path


def _add_route() -> None:
    """Log the movement as reported: nobody saw it."""
    hardstand(
        *("log", "movement", "add", *ROUTE, "--since", "2023-08-20", "--evidence", "reported"),
        *("--type", "C130", "--operator", "Niger Air Force", "--grade", "F6"),
        *("--source", "EXAMPLE: made up for this demonstration, no real source"),
        *("--source-url", "https://example.org/made-up-for-a-demonstration"),
    )


def _export(out: Path) -> None:
    """Export in every format and for the public, and verify the log."""
    exports = out / "exports"
    exports.mkdir(exist_ok=True)
    for suffix in EXPORTS:
        hardstand("log", "export", "-o", exports / f"bamako.{suffix}", "--overwrite")
    hardstand("log", "export", "-o", exports / "bamako-excel.csv", "--format", "excel", "--overwrite")
    hardstand("log", "export", "-o", exports / "bamako-public.geojson", "--public", "--overwrite")
    hardstand("log", "verify", "--scenes", "--head", hardstand("log", "head").strip())


if __name__ == "__main__":
    print(f"Every export is in {build_example(build, OUT) / 'exports'}.")
