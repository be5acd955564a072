"""The small network: fully convolutional, taught by the large one.

An hourglass with three skips: the image is halved five times, so that the deepest layers see the largest
aircraft whole with its surroundings, and brought back to a quarter of its side, so that neighbouring light
aircraft stay apart. It is narrow where it is large, which is where the time goes, and wide where it is deep.
Its output is in the manner of CenterNet (Zhou, Wang and Krähenbühl, "Objects as points",
2019). Only 3 x 3 and 1 x 1 convolutions, which OpenCV runs fastest.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from detect.detectors.network import CHANNELS
from detect.training.layers import Joined, layer

WIDTHS = (12, 24, 48, 96, 112)  # channels at a half, a quarter … a thirty-second of the side
PRIOR = 0.02  # what every place is thought to be before anything is learnt


def _stage(before: int, after: int) -> nn.Sequential:
    return nn.Sequential(layer(before, after, 2), layer(after, after), layer(after, after))


class SmallNetwork(nn.Module):
    """Says of every fourth pixel whether an aircraft's centre is there, and how large it is and lies.

    Takes (N, 3, H, W) float32, 0 to 1, sides multiples of `detect.detectors.network.MULTIPLE`; gives
    (N, CHANNELS, H / 4, W / 4), the first channel as a logit; the others as in
    `detect.detectors.network`.
    """

    def __init__(self) -> None:
        super().__init__()
        half, quarter, *_ = WIDTHS
        self.quarter = nn.Sequential(layer(3, half, 2), layer(half, quarter, 2))
        pairs = list(pairwise(WIDTHS[1:]))
        self.down = nn.ModuleList(_stage(*pair) for pair in pairs)
        self.up = nn.ModuleList(Joined(deep, fine) for fine, deep in reversed(pairs))
        self.head = nn.Sequential(layer(quarter, quarter), nn.Conv2d(quarter, CHANNELS, 1))
        last = self.head[1]
        nn.init.normal_(last.weight, std=0.01)
        nn.init.zeros_(last.bias)
        last.bias.data[0] = torch.logit(torch.tensor(PRIOR))

    def forward(self, image: Tensor) -> Tensor:
        """Run the network."""
        stages = [self.quarter(image)]
        for stage in self.down:
            stages.append(stage(stages[-1]))
        features = stages.pop()
        for join in self.up:
            features = join(features, stages.pop())
        output: Tensor = self.head(features)
        return output
