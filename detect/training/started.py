"""A network to go on training, out of the ONNX file that an earlier training wrote.

In the file each batch norm is part of the convolution before it. It is made again from what the network sees
in some crops: the network says the same as the file, and learns as one whose norms were never taken away.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from detect.arrays import Singles
from detect.detectors.network_file import NetworkFileError, check_network_file
from detect.training.model import Network
from imagery.errors import UsageError

FILTER_NORM = math.sqrt(2)  # of He et al. (2015), variance 2 / inputs: what a training's steps are made for


def network_from(content: bytes, crops: Singles) -> Network:
    """Return the network of an ONNX file, ready for training.

    Args:
        content: What `detect.training.training_run.to_onnx` made of a `Network`.
        crops: (N, 3, H, W), 0 to 1, of the pictures that will be learnt from; the statistics of the batch
            norms are those of these crops.

    Raises:
        UsageError: The file does not hold this network.
    """
    network: Network = Network().eval()
    kernels = _kernels_of(content)
    steps = _steps_of(network, crops)
    followed = [(step, after) for step, after in pairwise([*steps, None]) if isinstance(step, nn.Conv2d)]
    if [weight.shape for weight, _ in kernels] != [convolution.weight.shape for convolution, _ in followed]:
        raise UsageError("`start` has no network that training can begin with")
    with torch.no_grad():
        for (convolution, after), (weight, bias) in zip(followed, kernels, strict=True):
            if isinstance(after, nn.BatchNorm2d):
                _unfold(convolution, after, weight, bias)
            else:
                convolution.weight.copy_(weight)
                convolution.bias.copy_(bias)
        _settle(network, [step for step in steps if isinstance(step, nn.BatchNorm2d)], crops)
    return network


def _kernels_of(content: bytes) -> list[tuple[Tensor, Tensor]]:
    """Return weight and bias of each convolution of an ONNX file, in the order they are run."""
    try:
        check_network_file(content)
    except NetworkFileError:
        return []
    graph = onnx.load_from_string(content).graph
    arrays = {known.name: known for known in graph.initializer}
    kernels = []
    for node in graph.node:
        if node.op_type == "Conv" and all(name in arrays for name in node.input[1:3]):
            weight, bias = (
                torch.from_numpy(np.array(numpy_helper.to_array(arrays[name]))) for name in node.input[1:3]
            )
            kernels.append((weight, bias))
    return kernels


def _steps_of(network: Network, crops: Singles) -> list[Any]:
    """Return the convolutions and batch norms of a network in the order they are run."""
    steps: list[Any] = []
    hooks = [
        module.register_forward_hook(lambda module, *_: steps.append(module))
        for module in network.modules()
        if isinstance(module, nn.Conv2d | nn.BatchNorm2d)
    ]
    with torch.no_grad():
        network(torch.from_numpy(crops[:1]))
    for hook in hooks:
        hook.remove()
    return steps


def _unfold(convolution: Any, norm: Any, weight: Tensor, bias: Tensor) -> None:
    """Share a kernel out between a convolution and a batch norm whose statistics are not known yet."""
    scale = FILTER_NORM / weight.flatten(1).norm(dim=1).clamp(min=1e-6)
    convolution.weight.copy_(weight * scale[:, None, None, None])
    norm.running_mean.zero_()
    norm.running_var.fill_(1 - norm.eps)
    norm.weight.copy_(1 / scale)
    norm.bias.copy_(bias)


def _settle(network: Network, norms: list[Any], crops: Singles) -> None:
    """Give the batch norms the statistics of what they see, and leave what they say as it is."""
    sums: dict[Any, list[Tensor]] = {}

    def seen(norm: Any, inputs: tuple[Tensor, ...]) -> None:
        moments = torch.stack([inputs[0].mean(dim=(0, 2, 3)), (inputs[0] ** 2).mean(dim=(0, 2, 3))])
        sums.setdefault(norm, []).append(moments)

    hooks = [norm.register_forward_pre_hook(seen) for norm in norms]
    for crop in crops:
        network(torch.from_numpy(crop[None]))
    for hook in hooks:
        hook.remove()
    for norm in norms:
        mean, square = torch.stack(sums[norm]).mean(dim=0)
        variance = (square - mean**2).clamp(min=0)
        norm.bias.add_(mean * norm.weight)
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(variance)
        norm.weight.mul_(torch.sqrt(variance + norm.eps))
