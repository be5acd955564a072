"""``hardstand detect``: candidates for one scene or an archive."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from detect import DETECTORS, MODELS
from detect.archive import scan_archive, usable_folder
from detect.detectors import load_detector
from imagery.cli.group import in_options_words
from imagery.cli.options import overwrite_option, scene_options
from imagery.cli.progress import progress
from imagery.scene_options import checked_options


@click.command()
@click.argument("scenes", nargs=-1, required=True, metavar="SCENE...")
@click.option("-o", "--output", required=True, metavar="DIR", help="Folder for the candidates files.")
@click.option(
    "--detector",
    type=click.Choice(DETECTORS),
    default=DETECTORS[0],
    show_default=True,
    help="What looks for aircraft: a trained network, their outlines, or what stands off the pavement.",
)
@click.option(
    "--model",
    metavar=f"{'|'.join(MODELS)}|DIR",
    help="The network's weights; DIR is what `hardstand train` wrote. The licence of those made from "
    f"images is theirs. [default: {MODELS[0]}]",
)
@click.option(
    "--min-score",
    type=click.FloatRange(0, 1),
    help="Leave out candidates below this score. [default: the detector's own bound]",
)
@scene_options
@overwrite_option
def detect(
    scenes: tuple[str, ...],
    output: str,
    detector: str,
    model: str | None,
    min_score: float | None,
    overwrite: bool,
    **said: Any,
) -> None:
    """Propose aircraft in each SCENE and write one candidates file a scene.

    Prints the files. A scene whose file is there already, from the same scene and settings, is not done
    again, so an interrupted run can be repeated. A scene that fails is named, and the others are done.
    """
    options = checked_options(said)
    failures = []
    results = scan_archive(
        scenes,
        usable_folder(output),
        load_detector(detector, model),
        min_score=min_score,
        overwrite=overwrite,
        options=options,
        progress=lambda scene: progress(Path(scene).name, "tiles"),
    )
    for result in results:
        if result.error:
            failures.append(result.error)
            command = click.get_current_context().command
            click.echo(f"Error: {in_options_words(str(result.error), command)}", err=True)
        else:
            note = " (unchanged, kept)" if result.kept else ""
            click.echo(f"{result.scene}: {result.candidates} candidates{note}", err=True)
            click.echo(result.path)
    if failures:
        raise SystemExit(max(error.exit_code for error in failures) if len(scenes) == 1 else 1)
