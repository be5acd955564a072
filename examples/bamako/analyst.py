"""The example's analyst: a script that answers every review task through Label Studio's SDK.

It plays a person who knows what was drawn: it confirms boxes on aircraft, rejects all others, draws those
that were missed in the tiles it is shown, says of aircraft of the scene before that they are gone, and states
type and likelihood of the transports of one type.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from annotate.labelstudio.client import connect
from annotate.labelstudio.interface import BOXES, GONE, IMAGE, LABEL, NOTHING_THERE
from annotate.labelstudio.region import rectangle_of
from annotate.labelstudio.tasks import ReviewTask
from detect.box import OrientedBox, box_to_tile
from imagery.grid import PixelPoint
from imagery.synthetic import truth_path

ON_IT_PX = 15.0  # a box whose centre is this near to an aircraft's is on it
CLAIMED, LIKELIHOOD = "C130", "very likely"
NOTE = "EXAMPLE: a script plays the analyst, and the image is rendered."
CLAIMS: tuple[tuple[str, str, list[Any]], ...] = (
    ("type", "taxonomy", [["Military transport", CLAIMED]]),
    ("likelihood", "choices", [LIKELIHOOD]),
    ("note", "text", [NOTE]),
)
Json = dict[str, Any]


class Aircraft(NamedTuple):
    """An aircraft that was drawn: its type, and its box in scene pixels."""

    icao: str
    box: OrientedBox


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
    """Return the regions of what stands in a tile; a proposal that is left out is rejected by that."""
    task = ReviewTask.from_json(data)
    drawn = _drawn(Path(task.scene.path))
    proposed = {candidate.id: candidate.box for candidate in (*task.candidates, *task.neighbours)}
    on_aircraft = {identifier: _on(drawn, box) for identifier, box in proposed.items()}
    result = [region for region in regions if on_aircraft.get(region["id"])]
    boxes = [region for region in result if region["type"] == "rectanglelabels"]
    claimed = [(box, on_aircraft[box["id"]]) for box in boxes]
    missed = [each for each in drawn if each not in on_aircraft.values() and _in_core(task, each)]
    for number, each in enumerate(missed):
        region = _region(task, each, f"missed{number}")
        result.append(region)
        claimed.append((region, each))
    for region, under in claimed:
        if under and under.icao == CLAIMED:
            result += _claims(region, CLAIMS)
    gone = {ghost.id for ghost in task.ghosts if _on(drawn, ghost.box) is None}
    for region in (region for region in regions if region["id"] in gone):
        result += [region, *_claims(region, [(GONE, "choices", [NOTHING_THERE])])]
    return result


def _drawn(scene: Path) -> list[Aircraft]:
    truth = json.loads(truth_path(scene).read_text(encoding="utf-8"))
    return [
        Aircraft(drawn["type"], OrientedBox(PixelPoint(*drawn["center_px"]), *_sides(drawn)))
        for drawn in (feature["properties"] for feature in truth["features"])
    ]


def _sides(drawn: Json) -> tuple[float, float, float]:
    return drawn["length_px"], drawn["width_px"], drawn["angle_deg"]


def _on(drawn: list[Aircraft], box: OrientedBox) -> Aircraft | None:
    near = [aircraft for aircraft in drawn if math.dist(aircraft.box.center, box.center) < ON_IT_PX]
    return near[0] if near else None


def _in_core(task: ReviewTask, aircraft: Aircraft) -> bool:
    (col, row, width, height), center = task.core, aircraft.box.center
    return col <= center.col < col + width and row <= center.row < row + height


def _region(task: ReviewTask, aircraft: Aircraft, identifier: str) -> Json:
    """Return the box that a person would draw around an aircraft."""
    value = rectangle_of(box_to_tile(task.tile, aircraft.box), task.frame)
    size = {"original_width": task.frame.width, "original_height": task.frame.height}
    kind = {"type": "rectanglelabels", "from_name": BOXES, "to_name": IMAGE}
    return {"id": identifier, **size, **kind, "value": {**value, "rectanglelabels": [LABEL]}}


def _claims(box: Json, claims: Iterable[tuple[str, str, list[Any]]]) -> Iterator[Json]:
    """Yield what is said of a box, as the page would send it: tag, kind and value of each."""
    shared = {name: box[name] for name in ("id", "to_name", "original_width", "original_height")}
    for tag, kind, value in claims:
        yield {
            **shared,
            "from_name": tag,
            "type": "textarea" if kind == "text" else kind,
            "value": {kind: value},
        }
