"""The detectors, and how one is loaded by its name."""

from __future__ import annotations

from detect import DETECTORS, MODELS
from detect.detector import Detector
from imagery.errors import UsageError


def load_detector(
    name: str = DETECTORS[0],
    model: str | None = None,
    runtime: str | None = None,
    verifier: str | None = None,
) -> Detector:
    """Load a detector by its name.

    Args:
        name: One of `detect.DETECTORS`.
        model: The network's weights: one of `detect.MODELS`, by default the first, a folder that training
            wrote, or an ONNX file of your own with a TOML file beside it.
        runtime: What runs the network: one of `detect.RUNTIMES`, by default OpenVINO where it is. OpenCV
            runs the smaller network of weights that have two.
        verifier: File of what `hardstand learn` learned from verdicts, which scores its candidates anew.

    Raises:
        UsageError: No detector has this name, there are no such weights, they do not fit, the detector takes
            none, the runtime is not on this machine, or the verifier cannot be read or is of another
            detector.
    """
    detector = _detector(name, model, runtime)
    if verifier is None:
        return detector
    from detect.verifier.verified_detector import load_verified

    return load_verified(detector, verifier)


def _detector(name: str, model: str | None, runtime: str | None) -> Detector:
    if name == "network" and model is not None and model.lower().endswith(".onnx"):
        from detect.detectors.own_network import OwnNetworkDetector

        return OwnNetworkDetector(model, runtime)
    if name == "network":
        from detect.detectors.network import NetworkDetector

        return NetworkDetector(model or MODELS[0], runtime)
    if name not in DETECTORS:
        raise UsageError(f"'{name}' is not a detector; choose one of {', '.join(DETECTORS)}")
    if model is not None:
        raise UsageError(f"the {name} detector takes no weights; leave out `model`, or choose the network")
    if runtime is not None:
        raise UsageError(f"the {name} detector runs no network; leave out `runtime`, or choose the network")
    if name == "contour":
        from detect.detectors.contour import ContourDetector

        return ContourDetector()
    from detect.detectors.template import TemplateDetector

    return TemplateDetector()
