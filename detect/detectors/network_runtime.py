"""What runs an ONNX network: OpenVINO where it is, or OpenCV's own `dnn`.

Both give the same within some 1e-5 of a logit; OpenVINO takes half the time for the network that comes with
hardstand, and less where that is stored in eight bits.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from types import ModuleType
from typing import Any

import cv2
import numpy as np

from detect import RUNTIMES
from detect.arrays import Singles
from detect.detectors.network_file import NetworkFileError, check_network_file
from imagery.errors import UsageError

Run = Callable[[Singles], list[Singles]]  # from (N, C, H, W), to all outputs
Sides = tuple[int, ...]  # N, C, H, W of an input; -1 for any

TITLES = {"openvino": "OpenVINO", "opencv": "OpenCV"}
SILENT = 0
# What sends a message to Google Analytics, and writes to the home folder, each time OpenVINO is imported. It
# converts models of other frameworks, which nothing here needs; OpenVINO does without it.
PHONES_HOME = "openvino.tools.ovc"


def chosen_runtime(asked: str | None) -> str:
    """Return the runtime to use.

    Args:
        asked: One of `detect.RUNTIMES`; None for OpenVINO where it is, else OpenCV.

    Raises:
        UsageError: There is no such runtime, or not on this machine.
    """
    if asked is None:
        return "opencv" if isinstance(_openvino(), str) else "openvino"
    if asked not in RUNTIMES:
        raise UsageError(f"`runtime` is '{asked}'; choose one of {', '.join(RUNTIMES)}")
    module = _openvino()
    if asked == "openvino" and isinstance(module, str):
        raise UsageError(f"`runtime` is 'openvino', which does not run on this machine ({module})")
    return asked


def load_network(content: bytes, runtime: str, sides: Sides) -> Run:
    """Make a network ready to run.

    Args:
        content: An ONNX file.
        runtime: As `chosen_runtime` returns it.
        sides: Of the input: OpenVINO needs to be told which may vary.

    Raises:
        NetworkFileError: The runtime cannot read it, or should not.
    """
    check_network_file(content)
    return _on_openvino(content, sides) if runtime == "openvino" else _on_opencv(content)


def _on_opencv(content: bytes) -> Run:
    level = cv2.setLogLevel(SILENT)  # it prints what it stumbled on; the error says it in a line
    try:
        net = cv2.dnn.readNetFromONNX(np.frombuffer(content, np.uint8))
        names = net.getUnconnectedOutLayersNames()
    except cv2.error:
        raise NetworkFileError("is not a network that OpenCV can read") from None
    finally:
        cv2.setLogLevel(level)

    def run(blob: Singles) -> list[Singles]:
        level = cv2.setLogLevel(SILENT)
        try:
            net.setInput(blob)
            return [np.asarray(output, dtype=np.float32) for output in net.forward(names)]
        except cv2.error:
            raise NetworkFileError(_not_run("opencv", blob.shape)) from None
        finally:
            cv2.setLogLevel(level)

    return run


def _on_openvino(content: bytes, sides: Sides) -> Run:
    openvino: Any = _openvino()
    settings = {
        # Not the machine's best: with bfloat16, scores would depend on the processor.
        "INFERENCE_PRECISION_HINT": "f32",
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_NUM_THREADS": cv2.getNumThreads(),  # which minds the limits of a container
        "ENABLE_CPU_PINNING": False,  # the threads that read tiles need the cores as well
    }
    core = openvino.Core()
    try:
        model = core.read_model(content)
    except (RuntimeError, ValueError):  # the second of names that are not UTF-8
        raise NetworkFileError("is not a network that OpenVINO can read") from None
    if len(model.inputs) != 1:
        raise NetworkFileError(f"has {len(model.inputs)} inputs; export it with one")
    try:
        model.reshape(openvino.PartialShape(list(sides)))
        steps = openvino.preprocess.PrePostProcessor(model)
        steps.input().tensor().set_element_type(openvino.Type.f32)
        for place in range(len(model.outputs)):
            steps.output(place).tensor().set_element_type(openvino.Type.f32)
        request = core.compile_model(steps.build(), "CPU", settings).create_infer_request()
    except (RuntimeError, ValueError):
        raise NetworkFileError(_not_run("openvino", sides)) from None

    def run(blob: Singles) -> list[Singles]:
        try:
            request.infer([blob], share_inputs=True)
        except (RuntimeError, ValueError):
            raise NetworkFileError(_not_run("openvino", blob.shape)) from None
        return [tensor.data.copy() for tensor in request.output_tensors]

    return run


def _not_run(runtime: str, sides: Sides) -> str:
    shape = ", ".join("any" if side < 0 else str(side) for side in sides)
    return f"cannot be run by {TITLES[runtime]} on an input of the shape ({shape})"


@cache
def _openvino() -> ModuleType | str:
    """Return OpenVINO, imported so that nothing is sent or written, or why it does not run here."""
    try:
        with import_blocked(PHONES_HOME):
            import openvino

            devices: list[str] = openvino.Core().available_devices
    except (ImportError, OSError, RuntimeError) as reason:
        return str(reason).splitlines()[0]
    return openvino if "CPU" in devices else "it cannot use the processor"


@contextmanager
def import_blocked(name: str) -> Iterator[None]:
    """Make importing a module fail, unless it has been imported; afterwards, who needs it can import it."""
    blocked = name not in sys.modules
    if blocked:
        sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        if blocked:
            del sys.modules[name]
