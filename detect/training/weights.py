"""A folder of weights made by a recipe, and the card in it that lists what they were made from."""

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
from detect.training.drawn_in import with_rendered
from detect.training.scene_pictures import scene_pictures
from detect.training.training_picture import TrainingPicture, rendered_pictures
from imagery.errors import OutputExists, UsageError
from imagery.files import whole_file

RENDERED_SHARE = 0.25  # of the crops are of rendered grounds where there are scenes too
DRAWN_IN = 25  # rendered aircraft put into the copy of each picture
DRAWN_IN_SHARE = 0.4  # of the crops of scenes are of those copies


class Recipe(NamedTuple):
    """The ingredients of weights; the same recipe gives nearly the same weights.

    Attributes:
        scenes: Paths of scenes whose aircraft are known.
        truth: Paths of the files with these aircraft.
        licence: SPDX identifier of the weights.
        grounds: How many practice grounds are rendered.
        steps: How many batches the network is trained on.
        seed: Of everything that is random.
    """

    scenes: tuple[str, ...]
    truth: tuple[str, ...]
    licence: str
    grounds: int
    steps: int
    seed: int

    @classmethod
    def of(
        cls,
        scenes: Sequence[str],
        truth: Sequence[str],
        licence: str | None,
        *,
        grounds: int,
        steps: int,
        seed: int,
    ) -> Recipe:
        """Make a recipe; without scenes the weights are free.

        Raises:
            UsageError: There are scenes and no licence.
        """
        if scenes and licence is None:
            raise UsageError("`licence` is missing: weights carry the terms of the images they are made from")
        return cls(tuple(scenes), tuple(truth), licence or "Apache-2.0", grounds, steps, seed)


def train_network(
    recipe: Recipe, folder: Path, *, overwrite: bool, rendering: Progress, learning: Progress
) -> None:
    """Train the network and write it, with its recipe, into a folder.

    Training continues from a checkpoint of the same recipe in the folder, which is removed at the end.

    Args:
        recipe: What to train on.
        folder: Where the weights go.
        overwrite: Replace weights that exist.
        rendering: Called with the grounds rendered and their total.
        learning: Called with the steps done and their total.

    Raises:
        OutputExists: There are weights and ``overwrite`` is false.
        UsageError: PyTorch is missing, there is nothing to learn from, or the truth lacks a scene.
        SceneError: A scene cannot be read.
    """
    try:
        from detect.training.training_run import TrainingRun, to_onnx
    except ImportError:
        raise UsageError("training needs PyTorch and ONNX: pip install 'hardstand[train]'") from None
    target = folder / "network.onnx"
    if target.exists() and not overwrite:
        raise OutputExists(target)
    pictures, shares = _pictures(recipe, rendering)
    state = TrainingRun(recipe.steps, recipe.seed)
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
        part.write_text(json.dumps(_card(recipe, pictures, losses), indent=1) + "\n", encoding="utf-8")
    checkpoint.unlink(missing_ok=True)


def _pictures(recipe: Recipe, rendering: Progress) -> tuple[list[TrainingPicture], list[float]]:
    """Return the pictures to learn from, and how often each is drawn from."""
    truth = read_truth(recipe.truth) if recipe.truth else Truth("no truth", ())
    pictures = list(scene_pictures(recipe.scenes, truth))
    drawn = [
        with_rendered(picture, DRAWN_IN, np.random.default_rng([recipe.seed, index, 4]))
        for index, picture in enumerate(pictures)
    ]
    grounds: list[TrainingPicture] = []
    for picture in rendered_pictures(range(recipe.grounds)):
        grounds.append(picture)
        rendering(len(grounds), recipe.grounds)
    if not pictures and not grounds:
        raise UsageError("nothing to learn from; give `scenes`, or `grounds` above 0")
    real = (1 - RENDERED_SHARE) if grounds else 1.0
    shares = [
        *_shared(real * (1 - DRAWN_IN_SHARE), pictures),
        *_shared(real * DRAWN_IN_SHARE, drawn),
        *_shared(RENDERED_SHARE if pictures else 1.0, grounds),
    ]
    return [*pictures, *drawn, *grounds], shares


def _shared(total: float, pictures: Sequence[TrainingPicture]) -> list[float]:
    return [total / len(pictures)] * len(pictures) if pictures else []


def _card(recipe: Recipe, pictures: Sequence[TrainingPicture], losses: Sequence[float]) -> dict[str, Any]:
    """Return the contents of `training.json`: names of files, not where they are on this machine."""
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
