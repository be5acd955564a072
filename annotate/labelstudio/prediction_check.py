"""Predictions checked before they are sent: Label Studio itself accepts anything."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from annotate.labelstudio.interface import labelling_interface
from annotate.labelstudio.region import Frame, box_of
from annotate.labelstudio.tasks import ReviewTask
from imagery.errors import HardstandError


def check_predictions(tasks: Iterable[ReviewTask]) -> None:
    """Check the predictions of tasks against our labelling interface, and their numbers against their ranges.

    For 2,000 tasks of three boxes it takes 0.5 s.

    Raises:
        HardstandError: One is not valid.
    """
    from label_studio_sdk.label_interface.interface import LabelInterface

    interface: Any = LabelInterface(labelling_interface())
    for task in tasks:
        prediction = task.prediction()
        faults = interface.validate_prediction(_with_corners_in_sight(prediction), return_errors=True)
        faults = [*faults, *_out_of_range(prediction["result"], task.frame)]
        if faults:
            raise HardstandError(
                f"{task.scene.path}: a candidate cannot be shown for review: {'; '.join(map(str, faults))}"
            )


def _with_corners_in_sight(prediction: Mapping[str, Any]) -> dict[str, Any]:
    """Return a prediction as the SDK's check wants it: no corner beyond the picture.

    The corner that a box is turned about may lie there at the edge of a scene; server and page show it right.
    """
    result = []
    for region in prediction["result"]:
        value = region["value"]
        inside = {name: min(value[name], 100.0) for name in ("x", "y", "width", "height")}
        result.append({**region, "value": {**value, **inside}})
    return {**prediction, "result": result}


def _out_of_range(regions: Iterable[Mapping[str, Any]], frame: Frame) -> Iterator[str]:
    """Yield what the SDK's check lets pass: a box without size or outside the picture, a region's score."""
    for region in regions:
        try:
            col, row = frame.to_picture(box_of(region["value"], frame)).center
        except ValueError as reason:
            yield f"region {region['id']}: {reason}"
            continue
        if not (0 <= col <= frame.width and 0 <= row <= frame.height):
            yield f"region {region['id']}: its middle lies outside the picture"
        score = region["score"]
        if not (math.isfinite(score) and 0 <= score <= 1):
            yield f"region {region['id']}: a score of {score} is not in 0..1"
