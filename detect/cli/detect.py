"""``hardstand detect``: candidates of one scene or an archive."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click
import cv2

from detect import DETECTORS, MODELS, RUNTIMES
from detect.archive import ScanResult, scan_archive
from detect.detectors import load_detector
from detect.run_file import run_table, write_run
from imagery.cli.failures import in_options_words
from imagery.cli.messages import say
from imagery.cli.options import SHARD, overwrite_option, scene_options
from imagery.cli.progress import progress
from imagery.errors import UsageError
from imagery.files import usable_folder
from imagery.scene_names import scene_names
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
    "--verifier",
    metavar="FILE",
    help="What `hardstand learn` learned from verdicts on candidates of this detector: scores them anew, "
    "faint ones too.",
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
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    metavar="N",
    help="Search so many scenes at once, each in a process of its own. [default: one per core]",
)
@click.option(
    "--shard",
    type=SHARD,
    default="1/1",
    metavar="I/N",
    help="Search the I-th of N parts of the scenes, counted from 1: for the jobs of a cluster.",
)
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Search on the workers of a Dask cluster, whose scheduler is at tcp://HOST:8786, instead of on this "
    "machine. They must see the same files in the same folders.",
)
@scene_options
@overwrite_option
def detect(
    scenes: tuple[str, ...],
    folder: str,
    detector: str,
    model: str | None,
    runtime: str | None,
    verifier: str | None,
    min_score: float | None,
    budget: float | None,
    workers: int | None,
    shard: tuple[int, int],
    scheduler: str | None,
    overwrite: bool,
    **scene: Any,
) -> None:
    """Propose aircraft in each SCENE and write one candidates file per scene.

    SCENE is an image or a STAC item, file or address; a pattern in quotes ('2024/**/*.tif'); a text file
    (.txt) with a name per line; or a file of STAC items. Prints the paths of the candidates files. A file
    that already exists, from the same scene and settings, is kept, so an interrupted run can be repeated; if
    the scene was moved, it then names the new place. If a scene fails, the others are still searched. Of a
    run over several scenes, run.json beside the candidates files says what became of each.
    """
    if scheduler is not None and workers is not None:
        raise UsageError("`workers` are those of this machine; leave it out beside `scheduler`")
    options = checked_options(scene)
    names = scene_names(scenes)
    results = scan_archive(
        names,
        usable_folder(folder),
        load_detector(detector, model, runtime, verifier),
        min_score=min_score,
        budget=budget,
        overwrite=overwrite,
        options=options,
        workers=workers or cv2.getNumThreads(),
        shard=shard,
        scheduler=scheduler,
        progress=lambda path: progress(Path(path).name, "tiles"),
    )
    seen: list[ScanResult] = []
    start = time.perf_counter()
    try:
        for result in results:
            seen.append(result)
            _say_result(result)
    finally:
        if len(names) > 1:
            number, parts = shard
            seconds = time.perf_counter() - start
            account = write_run(
                seen, Path(folder), shard=shard, seconds=seconds, scenes=len(names[number - 1 :: parts])
            )
            for line in (*run_table(seen), f"what became of each scene: {account}"):
                say(line, err=True)
    failures = [result.error for result in seen if result.error]
    if failures:
        raise SystemExit(max(error.exit_code for error in failures) if len(names) == 1 else 1)


def _say_result(result: ScanResult) -> None:
    if result.error:
        command = click.get_current_context().command
        say(f"Error: {in_options_words(str(result.error), command)}", err=True)
        return
    note = " (already exists, kept)" if result.kept else ""
    found = counted(result.candidates, "candidate") if result.candidates else "no candidates"
    say(f"{result.scene}: {found}{note}", err=True)
    for doubt in result.doubts:
        say(f"{result.scene}: {doubt}", err=True)
    say(result.path)
