"""Measuring candidates against what is known of the aircraft in their scenes."""

from detect.evaluate.evaluation import Evaluation, evaluate
from detect.evaluate.truth_files import read_truth

__all__ = ["Evaluation", "evaluate", "read_truth"]
