"""The evaluation as one self-contained HTML page: curve, tables, worst mistakes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, StrictUndefined

from detect.evaluation.figures import IOUS, Evaluation, Figures
from detect.evaluation.mistake_pictures import mistake_pictures
from detect.evaluation.mistakes import Mistake, worst_false_alarms, worst_misses
from detect.evaluation.precision import CurvePoint
from imagery.files import whole_file
from imagery.grid import PixelPoint

PLOT_PX = 360  # side of the curve's square; the template draws the axes around it


class PlottedCurve(NamedTuple):
    """A curve as SVG draws it.

    Attributes:
        iou: At which bound on the IoU.
        points: ``x,y x,y …`` in a square of 360, recall to the right, precision upwards.
        half: (x, y) of the score 0.5; None where all scores are above or below.
    """

    iou: float
    points: str
    half: tuple[float, float] | None


def write_results_page(
    evaluation: Evaluation, path: str | os.PathLike[str], *, overwrite: bool = False
) -> Path:
    """Write the page, whole or not at all.

    Args:
        evaluation: What to show. The scenes' images are read from where they were.
        path: The HTML file.
        overwrite: Replace a file that exists.

    Raises:
        OutputExists: The file exists and ``overwrite`` is false.
        OutputUnwritable: The folder cannot be written.
    """
    with whole_file(path, overwrite=overwrite) as part:
        part.write_text(results_html(evaluation), encoding="utf-8")
    return Path(path)


def results_html(evaluation: Evaluation) -> str:
    """Return the page's HTML."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"number": _number, "percent": _percent, "places": _places}
    template = environment.from_string(files(__package__).joinpath("page.html").read_text(encoding="utf-8"))
    return template.render(
        evaluation=evaluation,
        overall=evaluation.overall,
        groups={name: of for name, of in evaluation.groups.items() if isinstance(of, Figures)},
        sizes={name: of for name, of in evaluation.groups.items() if not isinstance(of, Figures)},
        curves=[plotted(iou, evaluation.curve(iou)) for iou in IOUS],
        side=PLOT_PX,
        misses=mistake_pictures(worst_misses(evaluation.scenes)),
        false_alarms=mistake_pictures(worst_false_alarms(evaluation.scenes)),
        licences=sorted({scene.file.scene.licence for scene in evaluation.scenes} - {None}),
    )


def plotted(iou: float, curve: Sequence[CurvePoint]) -> PlottedCurve:
    """Return a curve in the pixels of the plot."""
    places = [
        (round(point.recall * PLOT_PX, 1), round((1 - point.precision) * PLOT_PX, 1)) for point in curve
    ]
    sure = [place for place, point in zip(places, curve, strict=True) if point.score >= 0.5]
    half = sure[-1] if 0 < len(sure) < len(places) else None
    return PlottedCurve(iou, " ".join(f"{x},{y}" for x, y in places), half)


def _number(value: float | None, digits: int = 3) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f} %"


def _places(mistake: Mistake) -> list[str]:
    """Return where a mistake is, in words: in the image, and on Earth where the scene has a place."""
    col, row = mistake.center
    grid = mistake.scene.file.scene.grid
    places = [f"column {col:.0f}, row {row:.0f}"]
    if grid.placed:
        lon, lat = grid.lonlat(PixelPoint(col, row))
        places.append(f"lon {lon:.5f}, lat {lat:.5f}")
    return places
