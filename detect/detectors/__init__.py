"""The detectors, and how one is loaded by its name."""

from __future__ import annotations

from detect import DETECTORS, MODELS
from detect.detector import Detector
from imagery.errors import UsageError


def load_detector(name: str, model: str | None = None) -> Detector:
    """The detector of that name.

    Args:
        name: One of `detect.DETECTORS`.
        model: The network's weights: one of `detect.MODELS` or a folder of `hardstand train`.

    Raises:
        UsageError: There is none, or it knows no models.
    """
    if name == "network":
        from detect.detectors.network import NetworkDetector

        return NetworkDetector(model or MODELS[0])
    if model is not None:
        raise UsageError(f"the detector '{name}' needs no model; leave out --model or say --detector network")
    if name == "contour":
        from detect.detectors.contour import ContourDetector

        return ContourDetector()
    if name == "template":
        from detect.detectors.template import TemplateDetector

        return TemplateDetector()
    raise UsageError(f"no detector is called '{name}'; there are: {', '.join(DETECTORS)}")
