"""The example's analyst: a script that answers every review task through Label Studio's SDK.

It plays a person who knows what was drawn: it confirms boxes on aircraft, rejects all others, and states type
and likelihood of the transports of one type.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from annotate.labelstudio.client import connect
from imagery.synthetic import truth_path

ON_IT_PX = 15.0  # a box whose centre is this near to an aircraft's is on it
CLAIMED, LIKELIHOOD = "C130", "very likely"
NOTE = "EXAMPLE: a script plays the analyst, and the image is rendered."
Json = dict[str, Any]


class Aircraft(NamedTuple):
    """An aircraft that was drawn: its type, and its centre in scene pixels."""

    icao: str
    col: float
    row: float


def review(project: int) -> int:
    """Answer the tasks of a project that nobody has answered.

    Args:
        project: Its number on the server.

    Returns:
        How many tasks were answered.
    """
    with connect() as server:
        tasks: Iterable[Any] = server.sdk.tasks.list(project=project, fields="all", page_size=500)
        waiting = [task for task in tasks if not task.total_annotations]
        for task in waiting:
            server.sdk.annotations.create(
                id=task.id,
                result=_result(task.data, task.predictions[0].result),
                parent_prediction=task.predictions[0].id,
                lead_time=5.0,
            )
    return len(waiting)


def _result(data: Json, regions: list[Json]) -> list[Json]:
    """Return the regions of the boxes that are on an aircraft; a box that is left out is rejected by that."""
    review = data["hardstand"]
    drawn = _drawn(Path(review["scene"]["path"]))
    centers = {feature["id"]: feature["properties"]["center_px"] for feature in review["candidates"]}
    boxes = {region["id"]: region for region in regions if region["type"] == "rectanglelabels"}
    aircraft = {identifier: _at(drawn, *centers[identifier]) for identifier in boxes}
    result = [region for region in regions if aircraft[region["id"]]]
    for identifier, under in aircraft.items():
        if under and under.icao == CLAIMED:
            result += _claim(boxes[identifier])
    return result


def _drawn(scene: Path) -> list[Aircraft]:
    truth = json.loads(truth_path(scene).read_text(encoding="utf-8"))
    properties = [feature["properties"] for feature in truth["features"]]
    return [Aircraft(drawn["type"], *drawn["center_px"]) for drawn in properties]


def _at(drawn: list[Aircraft], col: float, row: float) -> Aircraft | None:
    near = [aircraft for aircraft in drawn if math.dist((aircraft.col, aircraft.row), (col, row)) < ON_IT_PX]
    return near[0] if near else None


def _claim(box: Json) -> Iterator[Json]:
    """Yield what is said of a box's aircraft, as the page would send it."""
    shared = {name: box[name] for name in ("id", "to_name", "original_width", "original_height")}
    claims = (
        ("type", "taxonomy", [["Military transport", CLAIMED]]),
        ("likelihood", "choices", [LIKELIHOOD]),
        ("note", "text", [NOTE]),
    )
    for tag, kind, value in claims:
        yield {
            **shared,
            "from_name": tag,
            "type": "textarea" if kind == "text" else kind,
            "value": {kind: value},
        }
