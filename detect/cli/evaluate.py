"""``hardstand evaluate``: candidates against what is known."""

from __future__ import annotations

import json
from typing import cast

import click

from detect.archive import candidates_files
from detect.candidate import CandidatesFile, read_candidates
from detect.detectors import load_detector
from detect.evaluation import Evaluation, read_truth
from detect.evaluation import evaluate as evaluated
from detect.evaluation.evaluate import Grouping
from detect.evaluation.results_page import write_page
from detect.evaluation.truth import named
from imagery.cli.options import overwrite_option
from imagery.errors import UsageError


@click.command()
@click.argument("places", nargs=-1, required=True, metavar="CANDIDATES...")
@click.option(
    "--truth",
    "truths",
    multiple=True,
    required=True,
    metavar="FILE",
    help="What is known: CSV, COCO or GeoJSON; can be said several times.",
)
@click.option(
    "--by", type=click.Choice(("site", "size", "scene")), help="Give the figures of each of these too."
)
@click.option(
    "--html", metavar="FILE", help="Write a page with the curve and the worst mistakes in pictures."
)
@overwrite_option
def evaluate(
    places: tuple[str, ...], truths: tuple[str, ...], by: str | None, html: str | None, overwrite: bool
) -> None:
    """Say how good CANDIDATES are, files of `hardstand detect` or folders of them.

    Prints one JSON object. A truth belongs to the candidates of the scene that it names; a GeoJSON truth to
    the scene that it is named after, as scene.truth.geojson is. For AP let `detect` keep all: --min-score 0.
    """
    files = [read_candidates(path) for path in candidates_files(places)]
    result = evaluated(
        files,
        read_truth(truths),
        by=cast("Grouping | None", by),
        default_score=_default_score(files),
    )
    if html is not None:
        write_page(result, html, overwrite=overwrite)
    _warn(result)
    click.echo(json.dumps(result.to_json(), ensure_ascii=False))


def _default_score(files: list[CandidatesFile]) -> float | None:
    """The bound of the detector that all files are from; None where they are of several or it is not ours."""
    names = {file.detector.name for file in files}
    try:
        return load_detector(names.pop()).min_score if len(names) == 1 else None
    except UsageError:
        return None


def _warn(result: Evaluation) -> None:

    for scenes, lack in (
        (result.without_candidates, "no candidates file"),
        (result.without_truth, "no truth"),
    ):
        if scenes:
            message = f"{len(scenes)} scenes have {lack} and count for nothing: {named(scenes)}"
            click.echo(f"Warning: {message}", err=True)
