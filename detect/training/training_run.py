"""The loop: crops, batches, steps, and the network that comes of them."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

from detect.training.crop import CROP_PX, random_crop
from detect.training.loss import loss_of
from detect.training.model import Network
from detect.training.targets import target_of
from detect.training.training_picture import TrainingPicture
from imagery.files import whole_file

CROPS_PER_STEP = 12
RATE = 3e-3  # the highest learning rate, of a schedule that rises and falls once
DECAY = 1e-4
SAVED_EVERY = 50  # steps

Batch = tuple[Tensor, ...]
Report = Callable[[int, float], None]


class _Crops(IterableDataset[Batch]):
    """The batches from one step to the last; each depends on the seed and its step alone."""

    def __init__(
        self, pictures: Sequence[TrainingPicture], shares: Sequence[float], seed: int, steps: range
    ) -> None:
        super().__init__()
        self._pictures, self._seed, self._steps = pictures, seed, steps
        self._chances = np.asarray(shares) / np.sum(shares)

    def __iter__(self) -> Iterator[Batch]:
        for step in self._steps:
            rng = np.random.default_rng([self._seed, step, 3])
            chosen = rng.choice(len(self._pictures), CROPS_PER_STEP, p=self._chances)
            crops = [random_crop(self._pictures[index], rng) for index in chosen]
            images = np.stack([crop.pixels.transpose(2, 0, 1) for crop in crops])
            targets = zip(*(target_of(crop) for crop in crops), strict=True)
            yield torch.from_numpy(images), *(torch.from_numpy(np.stack(maps)) for maps in targets)


class TrainingRun:
    """A network being trained, and how far it has come."""

    def __init__(self, steps: int, seed: int) -> None:
        """Start anew.

        Args:
            steps: Batches of 12 crops in all; 1,000 take about 10 minutes on two cores.
            seed: The same seed, pictures and version of PyTorch give nearly the same weights (sums in
                another order differ in the last digits).
        """
        torch.manual_seed(seed)
        self.steps, self.seed, self.done = steps, seed, 0
        self._network: Any = Network().to(memory_format=torch.channels_last)
        self._optimizer = torch.optim.AdamW(self._network.parameters(), weight_decay=DECAY)
        self._schedule = torch.optim.lr_scheduler.OneCycleLR(self._optimizer, RATE, total_steps=steps)
        self._parts = (self._network, self._optimizer, self._schedule)

    def save(self, path: Path) -> None:
        """Write down all that is needed to go on, whole or not at all."""
        states = [part.state_dict() for part in self._parts]
        with whole_file(path, overwrite=True) as part:
            torch.save({"done": self.done, "states": states}, part)

    def resume(self, path: Path) -> None:
        """Go on from what `save` wrote for the same steps, seed and pictures."""
        saved = torch.load(path, weights_only=True)
        for part, state in zip(self._parts, saved["states"], strict=True):
            part.load_state_dict(state)
        self.done = int(saved["done"])

    def learn(
        self, pictures: Sequence[TrainingPicture], shares: Sequence[float], checkpoint: Path, report: Report
    ) -> Network:
        """Train to the end.

        Args:
            pictures: What to learn from.
            shares: How often each is drawn from, relative to the others.
            checkpoint: Where the state is saved now and then.
            report: Called after each step with the steps done and the loss.

        Returns:
            The network, ready to be exported.
        """
        crops = _Crops(pictures, shares, self.seed, range(self.done, self.steps))
        for images, *targets in DataLoader(crops, batch_size=None, num_workers=1):
            loss = self._step(images, targets)
            self.done += 1
            if self.done % SAVED_EVERY == 0:
                self.save(checkpoint)
            report(self.done, loss)
        trained: Network = self._network.eval()
        return trained

    def _step(self, images: Tensor, targets: list[Tensor]) -> float:
        pixels = images.contiguous(memory_format=torch.channels_last).float() / 255
        # Half precision takes half the time where the processor knows it.
        with torch.autocast("cpu", dtype=torch.bfloat16):
            output = self._network(pixels)
        loss = loss_of(output.float(), *targets)
        self._optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self._network.parameters(), 5.0)
        self._optimizer.step()
        self._schedule.step()
        return float(loss.detach())


def to_onnx(network: Network) -> bytes:
    """Return the network as an ONNX file, for images of any size."""
    file = io.BytesIO()
    with warnings.catch_warnings():
        # It is announced to go; the exporter that replaces it needs two more packages.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network, (torch.zeros(1, 3, CROP_PX, CROP_PX),), file, dynamo=False, opset_version=13
        )
    return file.getvalue()
