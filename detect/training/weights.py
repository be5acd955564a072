"""A folder of weights made by a recipe, and the card in it that lists what they were made from."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path

from detect import Progress
from detect.detectors.network_weights import Weights, weights_of
from detect.training.recipe import Recipe, ingredients_of
from imagery.errors import OutputExists, UsageError
from imagery.files import whole_file

MISSING = "training needs PyTorch and ONNX: pip install 'hardstand[train]'"
RENDERED_ONLY = "Apache-2.0"  # what weights without images carry, as the code


def train_network(
    recipe: Recipe, folder: Path, *, overwrite: bool, rendering: Progress, learning: Progress
) -> None:
    """Train the network and write it, with its recipe, into a folder.

    Training continues from the checkpoint of the same recipe in the folder, which is removed at the end.

    Args:
        recipe: What to train on.
        folder: Where the weights go.
        overwrite: Replace weights that exist.
        rendering: Called with the pictures made and their total.
        learning: Called with the steps done and their total.

    Raises:
        OutputExists: There are weights and ``overwrite`` is false.
        UsageError: PyTorch is missing, there is nothing to learn from, the truth lacks a scene, or the
            weights to begin with do not allow the licence.
        SceneError: A scene cannot be read.
    """
    try:
        from detect.training.trained import trained_network
    except ImportError:
        raise UsageError(MISSING) from None
    if find_spec("onnx") is None:  # PyTorch would miss it at the end, after hours
        raise UsageError(MISSING)
    if (folder / "network.onnx").exists() and not overwrite:
        raise OutputExists(folder / "network.onnx")
    start = None if recipe.start is None else _start_of(recipe)
    ingredients = ingredients_of(recipe, rendering)
    text = json.dumps(asdict(recipe), indent=1, ensure_ascii=False)
    checkpoint = folder / f"checkpoint-{hashlib.sha256(text.encode()).hexdigest()[:8]}.pt"
    trained = trained_network(recipe, start and start.network, ingredients.material, checkpoint, learning)
    card = {
        "licence": recipe.licence or RENDERED_ONLY,
        "start": start.name if start else "ImageNet",
        "start_sha256": start and start.sha256,
        "images": len(ingredients.images),
        "aircraft": sum(len(picture.aircraft.extents) for picture in ingredients.material.pictures),
        "grounds": recipe.grounds,
        "steps": recipe.steps,
        "seed": recipe.seed,
        "loss": trained.loss,
    }
    listed = [("file", "sha256"), *sorted(ingredients.images)]
    files = {
        "network.onnx": trained.network,
        "images.csv": "".join(f"{row[0]},{row[1]}\n" for row in listed).encode(),
        "training.json": (json.dumps(card, indent=1) + "\n").encode(),
    }
    for name, content in files.items():
        with whole_file(folder / name, overwrite=True) as part:
            part.write_bytes(content)
    checkpoint.unlink()


def _start_of(recipe: Recipe) -> Weights:
    start = weights_of(str(recipe.start))
    if start.licence not in (RENDERED_ONLY, recipe.licence):
        raise UsageError(
            f"`licence`: the weights to begin with, {start.name}, are under {start.licence}; so is what is "
            "made from them"
        )
    return start
