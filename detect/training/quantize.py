"""A trained network stored in eight bits, which OpenVINO runs in a third of the time.

Post-training quantisation by NNCF: the ranges of all activations are measured on crops, weights are rounded
per channel, and biases are corrected for what rounding shifts. Onnxruntime's own way, without that
correction, was eight times as far off in the mean heat and ran in twice the time. OpenCV cannot run the
result: weights with such a network need a small one for it.
"""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from typing import Any

import numpy as np

from detect.arrays import Singles
from detect.detectors.network_runtime import import_blocked
from imagery.errors import UsageError

# Convolutions at the end that stay in full precision: in eight bits, sizes were 1.7 % off instead of
# 1.1 %, and most too small. It costs a twentieth of the time.
WHOLE_AT_THE_END = 2
LEAST_CROPS = 32  # with fewer, the ranges are those of a few grounds; a hundred is plenty
SENDS_STATISTICS = "openvino_telemetry"  # to Google Analytics; NNCF does without


def quantized(network: bytes, crops: Singles) -> bytes:
    """Return a network with weights and activations in eight bits; the same crops give the same bytes.

    Args:
        network: An ONNX file of `detect.training.training_run.to_onnx`, in float32.
        crops: (N, 3, H, W) float32, 0 to 1: what the network sees in the field; N at least 32, sides
            multiples of `detect.detectors.network.MULTIPLE`.

    Returns:
        An ONNX file of the same input and output, for images of any size.

    Raises:
        UsageError: NNCF is not installed, or there are too few crops.
    """
    if len(crops) < LEAST_CROPS:
        raise UsageError(f"`crops` has {len(crops)}; give at least {LEAST_CROPS}")
    with import_blocked(SENDS_STATISTICS), redirect_stdout(io.StringIO()):  # nor NNCF's bars
        try:
            import nncf
            import onnx
        except ImportError:
            needed = "storing a network in eight bits needs NNCF: pip install 'hardstand[train]'"
            raise UsageError(needed) from None
        model = onnx.load_model_from_string(network)
        _free_sides(model)
        name = model.graph.input[0].name
        dataset = nncf.Dataset(list(crops), lambda crop: {name: np.ascontiguousarray(crop[None])})
        # Mixed: activations that go below zero, as an encoder's do between its blocks, are not symmetric.
        mixed = nncf.QuantizationPreset.MIXED
        last = [node.name for node in model.graph.node if node.op_type == "Conv"][-WHOLE_AT_THE_END:]
        small = nncf.quantize(
            model,
            dataset,
            preset=mixed,
            subset_size=len(crops),
            ignored_scope=nncf.IgnoredScope(names=last),
        )
    return bytes(small.SerializeToString())


def _free_sides(model: Any) -> None:
    """Make height and width of input and output free; the exporter writes those of its example."""
    for which, values in (("in", model.graph.input), ("out", model.graph.output)):
        for value in values:
            for side, size in zip(("height", "width"), value.type.tensor_type.shape.dim[2:], strict=True):
                size.ClearField("dim_value")
                size.dim_param = f"{side}_{which}"
    del model.graph.value_info[:]
