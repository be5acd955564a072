"""The loss: how far the output of a network is from the truth."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

# What an error of one counts, by channel: a tenth off an extent's logarithm costs as much overlap as a cell
# off its centre.
WEIGHTS = (0.4, 0.4, 2.0, 2.0, 0.3, 0.3, 0.3, 0.3, 1.0, 1.0)


def loss_of(output: Tensor, heat: Tensor, cared: Tensor, values: Tensor, known: Tensor) -> Tensor:
    """Return how wrong the network is; the arguments after the first are batches of `Target`'s members.

    For the heat map the focal loss of CornerNet (Law and Deng, 2018) with its exponents 2 and 4; for the
    measures the mean absolute errors where they are known, weighted.
    """
    logit = output[:, 0]
    chance = torch.sigmoid(logit)
    at_center = heat >= 1
    hit = -functional.logsigmoid(logit) * (1 - chance) ** 2
    miss = -functional.logsigmoid(-logit) * chance**2 * (1 - heat) ** 4
    heat_loss = torch.where(at_center, hit, miss) * cared
    centers = (at_center * cared).sum().clamp(min=1)
    return heat_loss.sum() / centers + _measure_loss(output, values, known)


def _measure_loss(output: Tensor, values: Tensor, counted: Tensor) -> Tensor:
    """Return the weighted mean errors of the measures; ``counted`` says how much each place counts."""
    apart = (output[:, 1:] - values).abs() * counted
    total = counted.expand_as(apart).sum(dim=(0, 2, 3)).clamp(min=1)
    return (apart.sum(dim=(0, 2, 3)) / total * torch.tensor(WEIGHTS)).sum()
