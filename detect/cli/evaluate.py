"""``hardstand evaluate``: candidates compared with known aircraft."""

from __future__ import annotations

import json

import click

from detect.evaluation.figures import Evaluation, Grouping
from detect.evaluation.figures import evaluate as evaluate_candidates
from detect.evaluation.results_page import write_results_page
from detect.evaluation.truth import names_in_brief
from imagery.cli.messages import say
from imagery.cli.options import overwrite_option
from imagery.words import counted


@click.command()
@click.argument("candidates", nargs=-1, required=True, metavar="CANDIDATES...")
@click.option(
    "--truth",
    multiple=True,
    required=True,
    metavar="FILE",
    help="The aircraft of the scenes: CSV, COCO or GeoJSON. Repeatable.",
)
@click.option(
    "--category",
    multiple=True,
    metavar="NAME",
    help="A category of COCO, or class of CSV, that is aircraft, if the names do not tell. Repeatable.",
)
@click.option(
    "--by",
    type=click.Choice(("site", "size", "pixels", "scene")),
    help="Also give the figures of each site, size in metres (size) or in pixels (pixels), or scene.",
)
@click.option(
    "--html", metavar="FILE", help="Write a page with the curve and the worst mistakes in pictures."
)
@overwrite_option
def evaluate(
    candidates: tuple[str, ...],
    truth: tuple[str, ...],
    category: tuple[str, ...],
    by: Grouping | None,
    html: str | None,
    overwrite: bool,
) -> None:
    """Compare CANDIDATES, files of `hardstand detect` or folders of them, with known aircraft.

    Prints one JSON object. CSV and COCO name their scenes; a GeoJSON file belongs to the scene that it is
    named after, such as apron.truth.geojson to apron.tif. For a meaningful AP, detect with --min-score 0.
    """
    evaluation = evaluate_candidates(candidates, truth, by=by, category=category)
    if html is not None:
        write_results_page(evaluation, html, overwrite=overwrite)
    _warn(evaluation)
    say(json.dumps(evaluation.to_json(), ensure_ascii=False))


def _warn(evaluation: Evaluation) -> None:
    for name, count in evaluation.left_out.items():
        say(f"Warning: {counted(count, 'mark')} of '{name}' left out: not aircraft", err=True)
    for scenes, lack in (
        (evaluation.without_candidates, "no candidates file"),
        (evaluation.without_truth, "no truth"),
    ):
        if scenes:
            which = counted(len(scenes), "scene with", "scenes with")
            verb = "is" if len(scenes) == 1 else "are"
            say(f"Warning: {which} {lack} {verb} left out: {names_in_brief(scenes)}", err=True)
