"""``hardstand train``: the network, from scenes whose aircraft are known and from rendered grounds."""

from __future__ import annotations

from pathlib import Path

import click

from detect.training.recipe import Recipe
from detect.training.weights import train_network
from imagery.cli.messages import say
from imagery.cli.options import overwrite_option
from imagery.cli.progress import progress
from imagery.files import usable_folder


@click.command()
@click.argument("scenes", nargs=-1, metavar="[SCENE]...")
@click.option(
    "--truth",
    multiple=True,
    metavar="FILE",
    help="All aircraft of the scenes, and marks on some, as for `hardstand evaluate`. Repeatable.",
)
@click.option(
    "--photographs",
    metavar="FILE",
    help="COCO file of small photographs whose aircraft are known, to be joined to grounds.",
)
@click.option(
    "--negatives",
    metavar="DIR",
    help="Folder of folders of photographs of the same size without aircraft.",
)
@click.option(
    "--start",
    metavar="MODEL",
    help="Weights to begin with, as for `hardstand detect`.  [default: ImageNet's]",
)
@click.option("-o", "--output", "folder", required=True, metavar="DIR", help="Folder for the weights.")
@click.option(
    "--licence",
    metavar="SPDX",
    help="Licence of the weights: that of the images they are made from. "
    "[default without images: Apache-2.0]",
)
@click.option(
    "--grounds",
    type=click.IntRange(min=0),
    default=400,
    show_default=True,
    help="How many practice grounds to render and learn from.",
)
@click.option(
    "--steps",
    type=click.IntRange(min=10),
    default=2000,
    show_default=True,
    help="Batches of 12 crops; a second and a half each on two cores.",
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Seed of all randomness."
)
@overwrite_option
def train(
    scenes: tuple[str, ...],
    truth: tuple[str, ...],
    photographs: str | None,
    negatives: str | None,
    start: str | None,
    folder: str,
    licence: str | None,
    grounds: int,
    steps: int,
    seed: int,
    overwrite: bool,
) -> None:
    """Train the network on each SCENE, whose aircraft are known, on photographs and on rendered grounds.

    Writes network.onnx and what it was made from, and prints the folder, to be used as `hardstand detect
    --model DIR`. Repeating an interrupted command continues the training. Needs PyTorch: pip install
    'hardstand[train]'.
    """
    recipe = Recipe(
        scenes=scenes,
        truth=truth,
        photographs=photographs,
        negatives=negatives,
        start=start,
        licence=licence,
        grounds=grounds,
        steps=steps,
        seed=seed,
    )
    with progress("pictures", "made") as rendering, progress(Path(folder).name, "steps") as learning:
        train_network(
            recipe, usable_folder(folder), overwrite=overwrite, rendering=rendering, learning=learning
        )
    say(folder)
