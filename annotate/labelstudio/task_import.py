"""Importing tasks: predictions checked before anything is sent, and each task once, whatever is lost."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from annotate.labelstudio.connection import ATTEMPTS, Connection, Unanswered
from annotate.labelstudio.images import TaskRequest
from annotate.labelstudio.interface import labelling_interface
from annotate.labelstudio.region import Frame, box_of
from annotate.labelstudio.task_listing import delete_untouched, list_tasks
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


BATCH = 50  # tasks per request: a slow server answers in time, and little is repeated after an interruption


def import_tasks(server: Connection, project: int, requests: Sequence[TaskRequest]) -> None:
    """Import tasks in their order, each once.

    The server takes a batch as a whole or not at all. If its answer is lost, the tasks that are there are
    looked up; what a server too slow to be waited for adds even later is deleted at the end.

    Args:
        server: Where to.
        project: Its number.
        requests: The tasks.

    Raises:
        Unanswered: The server goes on failing; some of the tasks may be there.
        HardstandError: It refuses.
    """
    last = max((task["id"] for task in list_tasks(server, project, "id")), default=0)
    lost = False
    for start in range(0, len(requests), BATCH):
        batch = requests[start : start + BATCH]
        for attempt in range(1, ATTEMPTS + 1):
            try:
                _import(server, project, batch)
                break
            except Unanswered:
                lost = True
                server.pause(attempt)
                imported = {picture for _, picture in _pictures(server, project, last)}
                batch = [request for request in batch if request["data"]["image"] not in imported]
                if not batch:
                    break
                if attempt == ATTEMPTS:
                    raise
    if lost:
        first: dict[str, int] = {}
        twins = [
            id for id, picture in _pictures(server, project, last) if first.setdefault(picture, id) != id
        ]
        if twins:
            delete_untouched(server, project, twins)


def _import(server: Connection, project: int, batch: Any) -> None:
    server.once(
        lambda sdk: sdk.projects.import_tasks(
            project, request=batch, return_task_ids=True, request_options={"max_retries": 0}
        )
    )


def _pictures(server: Connection, project: int, after: int) -> Iterator[tuple[int, str]]:
    """Yield number and picture of the tasks after a number; no two tasks of ours share a picture."""
    for task in list_tasks(server, project, "id,data", ("id", "greater", "Number", after)):
        yield task["id"], str(task["data"].get("image"))
