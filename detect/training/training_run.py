"""The loop: crops, batches, steps, and the network that comes of them."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, IterableDataset

from detect.training.crop import CROP_PX, Crop, random_crop
from detect.training.loss import loss_of
from detect.training.mining import HardPlace
from detect.training.targets import target_of
from detect.training.training_picture import Material
from imagery.files import whole_file

CROPS_PER_STEP = 12
DECAY = 1e-4
HARD_SHARE = 0.15  # of the crops lie around hard places, where there are any
SAVED_EVERY = 50  # steps

Batch = tuple[Tensor, ...]
Report = Callable[[int, float], None]


class _Crops(IterableDataset[Batch]):
    """The batches from one step to the last; each depends on the seed, its step and the hard places alone."""

    def __init__(self, material: Material, hard: Sequence[HardPlace], seed: int, steps: range) -> None:
        super().__init__()
        self._material, self._hard, self._seed, self._steps = material, hard, seed, steps
        self._chances = material.chances

    def __iter__(self) -> Iterator[Batch]:
        for step in self._steps:
            rng = np.random.default_rng([self._seed, step, 3])
            chosen = rng.choice(len(self._chances), CROPS_PER_STEP, p=self._chances)
            crops = [self._crop(index, rng) for index in chosen]
            images = np.stack([crop.pixels.transpose(2, 0, 1) for crop in crops])
            targets = zip(*(target_of(crop) for crop in crops), strict=True)
            yield torch.from_numpy(images), *(torch.from_numpy(np.stack(maps)) for maps in targets)

    def _crop(self, index: int, rng: np.random.Generator) -> Crop:
        if not self._hard or rng.random() >= HARD_SHARE:
            return random_crop(self._material.pictures[index], rng)
        place = self._hard[int(len(self._hard) * rng.random() ** 2)]  # the surest most often
        return random_crop(self._material.negatives[place.picture], rng, place.center)


class TrainingRun:
    """A network being trained, and how far it has come."""

    def __init__(self, network: nn.Module, steps: int, seed: int, rate: float) -> None:
        """Start anew; ``hard``, the places that some crops lie around, is empty at first.

        Args:
            network: What is trained.
            steps: Batches of 12 crops in all.
            seed: The same network, seed, pictures and version of PyTorch give nearly the same weights (sums
                in another order differ in the last digits).
            rate: The highest learning rate, of a schedule that rises and falls once.
        """
        self.steps, self.seed, self.done = steps, seed, 0
        self.hard: list[HardPlace] = []
        self.network: Any = network.to(memory_format=torch.channels_last)
        self._optimizer = torch.optim.AdamW(self.network.parameters(), weight_decay=DECAY)
        self._schedule = torch.optim.lr_scheduler.OneCycleLR(self._optimizer, rate, total_steps=steps)
        self._parts = (self.network, self._optimizer, self._schedule)

    def save(self, path: Path) -> None:
        """Write down all that is needed to go on, whole or not at all."""
        states = [part.state_dict() for part in self._parts]
        with whole_file(path, overwrite=True) as part:
            torch.save(
                {"done": self.done, "states": states, "hard": [tuple(place) for place in self.hard]}, part
            )

    def resume(self, path: Path) -> None:
        """Go on from what `save` wrote for the same network, steps, seed and pictures."""
        saved = torch.load(path, weights_only=True)
        for part, state in zip(self._parts, saved["states"], strict=True):
            part.load_state_dict(state)
        self.done, self.hard = int(saved["done"]), [HardPlace(*place) for place in saved["hard"]]

    def learn(self, material: Material, checkpoint: Path, report: Report, until: int | None = None) -> None:
        """Train to the end, or until so many steps are done.

        Args:
            material: What to learn from.
            checkpoint: Where the state is saved now and then, and at the end.
            report: Called after each step with the steps done and the loss.
            until: Stop there, to look for hard places.
        """
        crops = _Crops(material, self.hard, self.seed, range(self.done, until or self.steps))
        self.network.train()
        # Threads of OpenCV would be in the network's way, and a worker that is forked beside them may hang.
        cv2.setNumThreads(1)
        for images, *targets in DataLoader(crops, batch_size=None, num_workers=1):
            loss = self._step(images, targets)
            self.done += 1
            if self.done % SAVED_EVERY == 0:
                self.save(checkpoint)
            report(self.done, loss)
        self.save(checkpoint)
        self.network.eval()

    def _step(self, images: Tensor, targets: list[Tensor]) -> float:
        pixels = images.contiguous(memory_format=torch.channels_last).float() / 255
        # Half precision takes half the time where the processor knows it.
        with torch.autocast("cpu", dtype=torch.bfloat16):
            output = self.network(pixels)
        loss = loss_of(output.float(), *targets)
        self._optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        self._optimizer.step()
        self._schedule.step()
        return float(loss.detach())


def to_onnx(network: nn.Module) -> bytes:
    """Return the network as an ONNX file, for images of any size."""
    file = io.BytesIO()
    with warnings.catch_warnings():
        # It is announced to go; the exporter that replaces it needs two more packages.
        warnings.simplefilter("ignore")
        example = torch.zeros(1, 3, CROP_PX, CROP_PX)
        torch.onnx.export(network.eval(), (example,), file, dynamo=False, opset_version=13)
    return file.getvalue()
