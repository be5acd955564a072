"""``hardstand train``: a network from scenes whose aircraft are known, and from rendered grounds."""

from __future__ import annotations

from pathlib import Path

import click

from detect.archive import usable_folder
from detect.training.weights import Recipe, make_weights
from imagery.cli.options import overwrite_option
from imagery.cli.progress import progress
from imagery.errors import UsageError


@click.command()
@click.argument("scenes", nargs=-1, metavar="[SCENE]...")
@click.option(
    "--truth",
    multiple=True,
    metavar="FILE",
    help="Where all aircraft of the scenes are, and marks on some; as for `hardstand evaluate`. Repeatable.",
)
@click.option("-o", "--output", required=True, metavar="DIR", help="Folder for the weights.")
@click.option(
    "--licence",
    metavar="SPDX",
    help="Terms of the weights: those of the images they are made from. [default without scenes: Apache-2.0]",
)
@click.option(
    "--grounds",
    type=click.IntRange(min=0),
    default=200,
    show_default=True,
    help="How many grounds to render and learn from.",
)
@click.option(
    "--steps",
    type=click.IntRange(min=10),
    default=1500,
    show_default=True,
    help="Batches of 12 crops; about half a second each on two cores.",
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Of all that is random."
)
@overwrite_option
def train(
    scenes: tuple[str, ...],
    truth: tuple[str, ...],
    output: str,
    licence: str | None,
    grounds: int,
    steps: int,
    seed: int,
    overwrite: bool,
) -> None:
    """Train the network on each SCENE, whose aircraft are known, and on rendered grounds.

    Writes network.onnx and training.json, which says what it was made from, and prints the folder: give it
    to `hardstand detect --model`. Interrupted, it goes on when the same command is repeated. Needs PyTorch:
    pip install 'hardstand[train]'.
    """
    if scenes and licence is None:
        raise UsageError("say --licence: weights carry the terms of the images they are made from")
    recipe = Recipe(scenes, truth, licence or "Apache-2.0", grounds, steps, seed)
    folder = usable_folder(output)
    with progress("grounds", "rendered") as rendering, progress(Path(output).name, "steps") as learning:
        make_weights(recipe, folder, overwrite=overwrite, rendering=rendering, learning=learning)
    click.echo(folder)
