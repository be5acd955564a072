"""Layers that the network is made of."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional


def layer(before: int, after: int, stride: int = 1) -> nn.Sequential:
    """Return a 3 x 3 convolution with batch norm and ReLU, from ``before`` channels to ``after``."""
    convolution = nn.Conv2d(before, after, 3, stride, 1, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(after), nn.ReLU(inplace=True))


class Joined(nn.Module):
    """Deep features, brought up to twice their side and added to finer ones."""

    def __init__(self, deep: int, fine: int) -> None:
        super().__init__()
        self.up, self.mix = nn.Conv2d(deep, fine, 1), layer(fine, fine)

    def forward(self, deep: Tensor, fine: Tensor) -> Tensor:
        """Return features as fine as ``fine``."""
        brought = functional.interpolate(self.up(deep), scale_factor=2.0, mode="nearest")
        mixed: Tensor = self.mix(fine + brought)
        return mixed
