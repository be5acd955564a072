"""``hardstand detect``: candidates of one scene or an archive."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from detect import DETECTORS, MODELS, RUNTIMES
from detect.archive import scan_archive, usable_folder
from detect.detectors import load_detector
from imagery.cli.failures import in_options_words
from imagery.cli.messages import say
from imagery.cli.options import overwrite_option, scene_options
from imagery.cli.progress import progress
from imagery.scene_options import checked_options
from imagery.words import counted


@click.command()
@click.argument("scenes", nargs=-1, required=True, metavar="SCENE...")
@click.option(
    "-o", "--output", "folder", required=True, metavar="DIR", help="Folder for the candidates files."
)
@click.option(
    "--detector",
    type=click.Choice(DETECTORS),
    default=DETECTORS[0],
    show_default=True,
    help="How aircraft are found: by a trained network, by the edges of planforms, or by shapes that stand "
    "out from the pavement.",
)
@click.option(
    "--model",
    metavar=f"{'|'.join(MODELS)}|DIR|FILE.onnx",
    help="The network's weights; DIR is a folder of `hardstand train`, FILE.onnx a model of your own with "
    "FILE.toml beside it. Weights trained on images carry the images' licence. "
    f"[default: {MODELS[0]}]",
)
@click.option(
    "--runtime",
    type=click.Choice(RUNTIMES),
    help="What runs the network. OpenCV runs the smaller network of weights that have two. "
    "[default: openvino, where it is]",
)
@click.option(
    "--min-score",
    type=click.FloatRange(0, 1),
    help="Leave out candidates below this score. [default: the detector's own bound]",
)
@click.option(
    "--budget",
    type=float,
    metavar="N",
    help="Keep the surest candidates, N per km² of image, and all of a score of 0.5 or more. "
    "[default: 30 of a network's; all with --min-score]",
)
@scene_options
@overwrite_option
def detect(
    scenes: tuple[str, ...],
    folder: str,
    detector: str,
    model: str | None,
    runtime: str | None,
    min_score: float | None,
    budget: float | None,
    overwrite: bool,
    **scene: Any,
) -> None:
    """Propose aircraft in each SCENE and write one candidates file per scene.

    Prints the paths of the files. A file that already exists, from the same scene and settings, is kept, so
    an interrupted run can be repeated. If a scene fails, the others are still searched.
    """
    options = checked_options(scene)
    failures = []
    results = scan_archive(
        scenes,
        usable_folder(folder),
        load_detector(detector, model, runtime),
        min_score=min_score,
        budget=budget,
        overwrite=overwrite,
        options=options,
        progress=lambda path: progress(Path(path).name, "tiles"),
    )
    for result in results:
        if result.error:
            failures.append(result.error)
            command = click.get_current_context().command
            say(f"Error: {in_options_words(str(result.error), command)}", err=True)
        else:
            note = " (already exists, kept)" if result.kept else ""
            found = counted(result.candidates, "candidate") if result.candidates else "no candidates"
            say(f"{result.scene}: {found}{note}", err=True)
            for doubt in result.doubts:
                say(f"{result.scene}: {doubt}", err=True)
            say(result.path)
    if failures:
        raise SystemExit(max(error.exit_code for error in failures) if len(scenes) == 1 else 1)
