"""Reading a project's tasks: as few as will do, in an order that nothing which happens meanwhile disturbs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from annotate.labelstudio.connection import Connection

PAGE = 500  # tasks a request; some megabytes with their data
# The members that verdicts are made of; those of annotations are asked for like those of tasks.
ANNOTATED = (
    "id,data,updated_at,annotations,result,was_cancelled,parent_prediction,created_at,completed_by,lead_time"
)
Condition = tuple[str, str, str, object]  # member, operator, type, value

UNTOUCHED: tuple[Condition, ...] = (
    ("total_annotations", "equal", "Number", 0),
    ("cancelled_annotations", "equal", "Number", 0),
    ("draft_exists", "equal", "Boolean", False),
)


def updated_after(moment: str) -> Condition:
    """Return the condition that tasks changed after a time of the server's.

    Args:
        moment: ISO 8601, with microseconds and ``Z``.
    """
    return ("updated_at", "greater", "Datetime", moment)


def list_tasks(
    server: Connection, project: int, include: str, *conditions: Condition
) -> Iterator[dict[str, Any]]:
    """Yield a project's tasks in the order of their numbers.

    The server is asked for what follows the last number, not for page after page: a task deleted meanwhile
    would move the others up, and the first of the next page would be missed.

    Args:
        server: Where from.
        project: Its number.
        include: Members to give, joined by commas, ``id`` among them. What is not asked for is not fetched,
            which makes an answer several times faster.
        *conditions: Only those for which all of these hold.
    """
    last = 0
    while True:
        following = _filtered((*conditions, ("id", "greater", "Number", last)))
        tasks = _page(server, project, following, include, PAGE).items
        yield from map(_as_written, tasks)
        if len(tasks) < PAGE:
            return
        last = tasks[-1].id


def numbered_tasks(
    server: Connection, project: int, include: str, numbers: Sequence[int]
) -> list[dict[str, Any]]:
    """Return the tasks of some numbers, a few hundred at most; those no longer there are left out."""
    page = _page(server, project, _chosen(numbers), include, len(numbers))
    return [_as_written(task) for task in page.items]


def count_tasks(server: Connection, project: int) -> int:
    """Return how many tasks a project has."""
    return int(_page(server, project, {}, "id", 1).response.total)


def delete_untouched(server: Connection, project: int, ids: Sequence[int]) -> None:
    """Delete those of some tasks that nobody has said anything of; the server itself makes sure of that."""
    body: dict[str, Any] = {
        "selected_items": _chosen(ids)["selectedItems"],
        "filters": _filtered(UNTOUCHED)["filters"],
    }
    server.repeated(lambda sdk: sdk.actions.create(id="delete_tasks", project=project, **body))


def _page(server: Connection, project: int, query: dict[str, Any], include: str, most: int) -> Any:
    """Return what the SDK makes of the first page of an answer: its ``items`` and its ``response``."""
    return server.repeated(
        lambda sdk: sdk.tasks.list(
            project=project,
            # Anything but "all" leaves annotations out, even if included; "all" costs four times as much.
            fields="all" if "annotations" in include.split(",") else "task_only",
            include=include,
            query=json.dumps(query),
            page_size=most,
            resolve_uri=False,
        )
    )


def _as_written(task: Any) -> dict[str, Any]:
    """Return a task as the server wrote it: the SDK makes times of some members of some of its models.

    Statements in the log begin with such a time, so it must be the same text in every release of the SDK.
    """
    members = ((name, getattr(task, name)) for name in task.model_fields_set)
    return {name: _time(value) if isinstance(value, datetime) else value for name, value in members}


def _time(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _chosen(numbers: Sequence[int]) -> dict[str, Any]:
    return {"selectedItems": {"all": False, "included": list(numbers)}}


def _filtered(conditions: Iterable[Condition]) -> dict[str, Any]:
    """Return conditions as Label Studio's data manager takes them."""
    items = [
        {"filter": f"filter:tasks:{member}", "operator": operator, "type": kind, "value": value}
        for member, operator, kind, value in conditions
    ]
    return {"filters": {"conjunction": "and", "items": items}}
