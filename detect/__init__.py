"""From pixels to candidates: detectors propose places, what they propose is merged and measured.

with imagery.open_scene("apron.tif") as scene:
    candidates = detect.detect(scene, "network", min_score=0.3)
detect.write_candidates(candidates, "apron.geojson")
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from detect.archive import scan_archive
    from detect.candidate import Candidate, CandidatesFile, read_candidates, write_candidates
    from detect.detector import Detector
    from detect.detectors import load_detector
    from detect.evaluation.figures import Evaluation, evaluate
    from detect.evaluation.results_page import write_results_page
    from detect.evaluation.truth_files import read_truth
    from detect.scan import detect

__all__ = [
    "DETECTORS",
    "MODELS",
    "Candidate",
    "CandidatesFile",
    "Detector",
    "Evaluation",
    "Progress",
    "detect",
    "evaluate",
    "load_detector",
    "read_candidates",
    "read_truth",
    "scan_archive",
    "write_candidates",
    "write_results_page",
]

Progress = Callable[[int, int], None]  # called with how much of some work is done, and its total

# Here so that --help need not load numpy. The first of each is the default.
DETECTORS = ("network", "template", "contour")
MODELS = ("pleiades", "rendered")  # the network's weights that come with hardstand: folders of detect/weights

_MODULES = {
    "Candidate": "detect.candidate",
    "CandidatesFile": "detect.candidate",
    "Detector": "detect.detector",
    "Evaluation": "detect.evaluation.figures",
    "detect": "detect.scan",
    "evaluate": "detect.evaluation.figures",
    "load_detector": "detect.detectors",
    "read_candidates": "detect.candidate",
    "read_truth": "detect.evaluation.truth_files",
    "scan_archive": "detect.archive",
    "write_candidates": "detect.candidate",
    "write_results_page": "detect.evaluation.results_page",
}


def __getattr__(name: str) -> Any:
    """Import a public name on its first use (PEP 562), so that ``import detect`` loads nothing heavy."""
    if name not in _MODULES:
        raise AttributeError(f"module 'detect' has no attribute '{name}'")
    value = getattr(import_module(_MODULES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
