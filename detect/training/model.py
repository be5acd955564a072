"""The network: a small fully convolutional one, and how wrong it is.

An hourglass with two skips: the image is halved four times, so that the deepest layer sees the largest
aircraft whole with its surroundings, and brought back to a quarter of its side, so that neighbouring light
aircraft stay apart. What it says of each place is in the manner of CenterNet (Zhou, Wang and Krähenbühl,
"Objects as points", 2019). Only 3 x 3 and 1 x 1 convolutions, which OpenCV runs fastest.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from detect.network import CHANNELS

WIDTHS = (16, 32, 64, 96)  # channels at a half, a quarter, an eighth and a sixteenth of the side
# What an error of one counts, by channel: a tenth off an extent's logarithm costs as much overlap as a cell
# off its centre.
WEIGHTS = (0.4, 0.4, 2.0, 2.0, 0.3, 0.3, 0.3, 0.3, 0.5, 0.5)
PRIOR = 0.02  # what every place is thought to be before anything is learnt


def _layer(before: int, after: int, stride: int = 1, dilation: int = 1) -> nn.Sequential:
    convolution = nn.Conv2d(before, after, 3, stride, dilation, dilation, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(after), nn.ReLU(inplace=True))


class Network(nn.Module):
    """Says of every fourth pixel whether an aircraft's centre is there, and how large it is and lies.

    Takes (N, 3, H, W) float32, 0 to 1, sides multiples of 16; gives (N, CHANNELS, H / 4, W / 4), the first
    channel as a logit; `detect.network` says what the others are.
    """

    def __init__(self) -> None:
        super().__init__()
        half, quarter, eighth, deepest = WIDTHS
        self.quarter = nn.Sequential(_layer(3, half, 2), _layer(half, quarter, 2), _layer(quarter, quarter))
        self.eighth = nn.Sequential(
            _layer(quarter, eighth, 2), _layer(eighth, eighth), _layer(eighth, eighth)
        )
        self.deepest = nn.Sequential(
            _layer(eighth, deepest, 2),
            _layer(deepest, deepest),
            _layer(deepest, deepest, dilation=2),
            _layer(deepest, deepest, dilation=2),
        )
        self.up_eighth, self.mix_eighth = nn.Conv2d(deepest, eighth, 1), _layer(eighth, eighth)
        self.up_quarter, self.mix_quarter = nn.Conv2d(eighth, quarter, 1), _layer(quarter, quarter)
        self.head = nn.Sequential(_layer(quarter, quarter), nn.Conv2d(quarter, CHANNELS, 1))
        last = self.head[1]
        nn.init.normal_(last.weight, std=0.01)
        nn.init.zeros_(last.bias)
        last.bias.data[0] = torch.logit(torch.tensor(PRIOR))

    def forward(self, image: Tensor) -> Tensor:
        """See the class."""
        quarter = self.quarter(image)
        eighth = self.eighth(quarter)
        deepest = self.up_eighth(self.deepest(eighth))
        eighth = self.mix_eighth(eighth + functional.interpolate(deepest, scale_factor=2.0, mode="nearest"))
        up = functional.interpolate(self.up_quarter(eighth), scale_factor=2.0, mode="nearest")
        said: Tensor = self.head(self.mix_quarter(quarter + up))
        return said


def loss_of(said: Tensor, heat: Tensor, cared: Tensor, values: Tensor, known: Tensor) -> Tensor:
    """How wrong the network is; the arguments after the first are batches of `targets.Target`'s members.

    For the heat map the focal loss of CornerNet (Law and Deng, 2018) with its exponents 2 and 4; for the
    measures the mean absolute errors where they are known, weighted.
    """
    logit = said[:, 0]
    chance = torch.sigmoid(logit)
    at_center = heat >= 1
    hit = -functional.logsigmoid(logit) * (1 - chance) ** 2
    miss = -functional.logsigmoid(-logit) * chance**2 * (1 - heat) ** 4
    found = torch.where(at_center, hit, miss) * cared
    centers = (at_center * cared).sum().clamp(min=1)
    apart = (said[:, 1:] - values).abs() * known
    errors = apart.sum(dim=(0, 2, 3)) / known.sum(dim=(0, 2, 3)).clamp(min=1)
    return found.sum() / centers + (errors * torch.tensor(WEIGHTS)).sum()
