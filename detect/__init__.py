"""From pixels to candidates: detectors propose places, what they propose is merged and measured.

with imagery.open_scene("apron.tif") as scene:
    candidates = detect.detect(scene, "network", min_score=0.3)
detect.write_candidates(candidates, "apron.geojson")
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from imagery.first_use import on_first_use

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
    "RUNTIMES",
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
MODELS = ("open", "pleiades")  # the network's weights that come with hardstand: folders of detect/weights
RUNTIMES = ("openvino", "opencv")  # what runs a network: the second where the first is not

__getattr__, __dir__ = on_first_use(
    __name__,
    {
        "candidate": ["Candidate", "CandidatesFile", "read_candidates", "write_candidates"],
        "detector": ["Detector"],
        "evaluation.figures": ["Evaluation", "evaluate"],
        "scan": ["detect"],
        "detectors": ["load_detector"],
        "evaluation.truth_files": ["read_truth"],
        "archive": ["scan_archive"],
        "evaluation.results_page": ["write_results_page"],
    },
)
