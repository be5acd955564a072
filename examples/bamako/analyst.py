"""The example's analyst: a script that answers every review task over Label Studio's own API.

It plays a person who knows what was drawn: boxes on aircraft are confirmed, all others rejected, and of the
transports of one type it says which they are and how likely that is.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from annotate.labelstudio.client import connect
from imagery.synthetic import truth_path

ON_IT_PX = 15.0  # a box whose middle is so near to an aircraft's is on it
CLAIMED, LIKELIHOOD = "C130", "very likely"
NOTE = "EXAMPLE: a script plays the analyst, and the image is rendered."
Json = dict[str, Any]


class Aircraft(NamedTuple):
    """One that was drawn: its type and its middle in scene pixels."""

    icao: str
    col: float
    row: float


def review(project: int) -> int:
    """Answer what nobody has answered of a project.

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
    """The regions of the boxes that are on an aircraft; a box that is left out is rejected by that."""
    reviewed = data["hardstand"]
    aircraft = _drawn(Path(reviewed["scene"]["path"]))
    middles = {one["id"]: one["properties"]["center_px"] for one in reviewed["candidates"]}
    boxes = {region["id"]: region for region in regions if region["type"] == "rectanglelabels"}
    on = {identifier: _at(aircraft, *middles[identifier]) for identifier in boxes}
    said = [region for region in regions if on[region["id"]]]
    for identifier, found in on.items():
        if found and found.icao == CLAIMED:
            said += _claim(boxes[identifier])
    return said


def _drawn(scene: Path) -> list[Aircraft]:
    truth = json.loads(truth_path(scene).read_text(encoding="utf-8"))
    told = [feature["properties"] for feature in truth["features"]]
    return [Aircraft(one["type"], *one["center_px"]) for one in told]


def _at(aircraft: list[Aircraft], col: float, row: float) -> Aircraft | None:
    near = [one for one in aircraft if math.dist((one.col, one.row), (col, row)) < ON_IT_PX]
    return near[0] if near else None


def _claim(box: Json) -> Iterator[Json]:
    """What is said of a box's aircraft, as the page would send it."""
    shared = {name: box[name] for name in ("id", "to_name", "original_width", "original_height")}
    said = (
        ("type", "taxonomy", [["Military transport", CLAIMED]]),
        ("likelihood", "choices", [LIKELIHOOD]),
        ("note", "text", [NOTE]),
    )
    for tag, kind, value in said:
        yield {
            **shared,
            "from_name": tag,
            "type": "textarea" if kind == "text" else kind,
            "value": {kind: value},
        }
