"""Measuring candidates against what is known of the aircraft in their scenes."""

from detect.evaluation.evaluate import Evaluation, evaluate
from detect.evaluation.truth_files import read_truth

__all__ = ["Evaluation", "evaluate", "read_truth"]
