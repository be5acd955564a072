"""From a recipe to a folder of weights that says what they were made from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from detect import Progress
from detect.evaluation.truth import Truth
from detect.evaluation.truth_files import read_truth
from detect.training.scene_pictures import scene_pictures
from detect.training.training_picture import Picture, rendered_pictures, with_rendered
from imagery.errors import OutputExists, UsageError
from imagery.files import whole_file

RENDERED_SHARE = 0.25  # of the crops are of rendered grounds where there are scenes too
DRAWN_IN = 25  # rendered aircraft put into the copy of each picture
DRAWN_IN_SHARE = 0.4  # of the crops of scenes are of those copies


class Recipe(NamedTuple):
    """What weights are made from; the same recipe gives nearly the same weights.

    Attributes:
        scenes: Paths of scenes whose aircraft are known.
        truth: Files that know them.
        licence: SPDX identifier of the weights.
        grounds: How many practice grounds are rendered.
        steps: Batches.
        seed: Of everything that is random.
    """

    scenes: tuple[str, ...]
    truth: tuple[str, ...]
    licence: str
    grounds: int
    steps: int
    seed: int


def make_weights(
    recipe: Recipe, folder: Path, *, overwrite: bool, rendering: Progress, learning: Progress
) -> None:
    """Train a network and write it, with its recipe, into a folder.

    A checkpoint in the folder from the same recipe is gone on from, and removed at the end.

    Args:
        recipe: What to make.
        folder: Where to.
        overwrite: Replace weights that are there.
        rendering: Called with the grounds rendered and their total.
        learning: Called with the steps done and their total.

    Raises:
        OutputExists: There are weights and ``overwrite`` was not said.
        UsageError: PyTorch is missing, there is nothing to learn from, or the truth does not know a scene.
        SceneError: A scene cannot be read.
    """
    try:
        from detect.training.training_run import Learning, to_onnx
    except ImportError:
        raise UsageError("training needs PyTorch and ONNX: pip install 'hardstand[train]'") from None
    target = folder / "network.onnx"
    if target.exists() and not overwrite:
        raise OutputExists(target)
    pictures, shares = _pictures(recipe, rendering)
    state = Learning(recipe.steps, recipe.seed)
    text = json.dumps(recipe._asdict(), indent=1, ensure_ascii=False)
    checkpoint = folder / f"checkpoint-{hashlib.sha256(text.encode()).hexdigest()[:8]}.pt"
    if checkpoint.exists():
        state.resume(checkpoint)
    losses: list[float] = []

    def report(done: int, loss: float) -> None:
        losses.append(loss)
        learning(done, recipe.steps)

    network = state.learn(pictures, shares, checkpoint, report)
    with whole_file(target, overwrite=True) as part:
        part.write_bytes(to_onnx(network))
    with whole_file(folder / "training.json", overwrite=True) as part:
        part.write_text(json.dumps(_told(recipe, pictures, losses), indent=1) + "\n", encoding="utf-8")
    checkpoint.unlink(missing_ok=True)


def _pictures(recipe: Recipe, rendering: Progress) -> tuple[list[Picture], list[float]]:
    """What to learn from, and how often each is drawn from."""
    truth = read_truth(recipe.truth) if recipe.truth else Truth("no --truth", ())
    known = list(scene_pictures(recipe.scenes, truth))
    drawn = [
        with_rendered(picture, DRAWN_IN, np.random.default_rng([recipe.seed, index, 4]))
        for index, picture in enumerate(known)
    ]
    grounds: list[Picture] = []
    for picture in rendered_pictures(range(recipe.grounds)):
        grounds.append(picture)
        rendering(len(grounds), recipe.grounds)
    if not known and not grounds:
        raise UsageError("nothing to learn from; name scenes, or say --grounds")
    real = (1 - RENDERED_SHARE) if grounds else 1.0
    shares = [
        *_shared(real * (1 - DRAWN_IN_SHARE), known),
        *_shared(real * DRAWN_IN_SHARE, drawn),
        *_shared(RENDERED_SHARE if known else 1.0, grounds),
    ]
    return [*known, *drawn, *grounds], shares


def _shared(total: float, pictures: Sequence[Picture]) -> list[float]:
    return [total / len(pictures)] * len(pictures) if pictures else []


def _told(recipe: Recipe, pictures: Sequence[Picture], losses: Sequence[float]) -> dict[str, Any]:
    """What `training.json` says: names, not places of this machine."""
    return {
        "licence": recipe.licence,
        "scenes": sorted(Path(scene).name for scene in recipe.scenes),
        "truth": [Path(path).name for path in recipe.truth],
        "grounds": recipe.grounds,
        "steps": recipe.steps,
        "seed": recipe.seed,
        "aircraft": sum(len(picture.aircraft.extents) for picture in pictures),
        "loss": round(float(np.mean(losses[-100:])), 4) if losses else None,
    }
