"""Reading a project's tasks: as few as will do, in an order that nothing which happens meanwhile disturbs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from annotate.labelstudio.client import Connection

PAGE = 500  # tasks a request; some megabytes with their data
# What verdicts are made of; the members of annotations are asked for like those of tasks.
ANNOTATED = (
    "id,data,updated_at,annotations,result,was_cancelled,parent_prediction,created_at,completed_by,lead_time"
)
Filter = tuple[str, str, str, object]  # member, operator, type, value

UNTOUCHED: tuple[Filter, ...] = (
    ("total_annotations", "equal", "Number", 0),
    ("cancelled_annotations", "equal", "Number", 0),
    ("draft_exists", "equal", "Boolean", False),
)


def updated_after(moment: str) -> Filter:
    """Holds for tasks that changed after a time of the server's, ISO 8601 with microseconds and ``Z``."""
    return ("updated_at", "greater", "Datetime", moment)


def list_tasks(server: Connection, project: int, include: str, *filters: Filter) -> Iterator[dict[str, Any]]:
    """A project's tasks in the order of their numbers.

    The server is asked for what follows the last number, not for page after page: a task deleted meanwhile
    would move the others up, and the first of the next page would be missed.

    Args:
        server: Where from.
        project: Its number.
        include: Members to give, joined by commas, ``id`` among them. What is not asked for is not fetched,
            which makes an answer several times faster.
        *filters: Only those for which all of these hold.
    """
    last = 0
    while True:
        following = _filtered((*filters, ("id", "greater", "Number", last)))
        page = _ask(server, project, following, include, PAGE)["tasks"]
        yield from page
        if len(page) < PAGE:
            return
        last = page[-1]["id"]


def numbered_tasks(
    server: Connection, project: int, include: str, numbers: Sequence[int]
) -> list[dict[str, Any]]:
    """The tasks of some numbers, a few hundred at most; those that are no longer there are left out."""
    tasks: list[dict[str, Any]] = _ask(server, project, _chosen(numbers), include, len(numbers))["tasks"]
    return tasks


def count_tasks(server: Connection, project: int) -> int:
    """How many tasks a project has."""
    return int(_ask(server, project, {}, "id", 1)["total"])


def delete_untouched(server: Connection, project: int, ids: Sequence[int]) -> None:
    """Delete those of some tasks that nobody has said anything of; the server itself makes sure of that."""
    body = _chosen(ids) | _filtered(UNTOUCHED)
    server.post_again("/api/dm/actions", json=body, id="delete_tasks", project=project)


def _ask(server: Connection, project: int, query: dict[str, Any], include: str, most: int) -> dict[str, Any]:
    answer: dict[str, Any] = server.get(
        "/api/tasks/",
        project=project,
        # Anything but "all" leaves annotations out, whatever is asked for; "all" costs four times as much.
        fields="all" if "annotations" in include.split(",") else "task_only",
        include=include,
        query=json.dumps(query),
        page_size=most,
        resolve_uri="false",
    )
    return answer


def _chosen(numbers: Sequence[int]) -> dict[str, Any]:
    return {"selectedItems": {"all": False, "included": list(numbers)}}


def _filtered(filters: Iterable[Filter]) -> dict[str, Any]:
    """As Label Studio's data manager takes them."""
    items = [
        {"filter": f"filter:tasks:{member}", "operator": operator, "type": kind, "value": value}
        for member, operator, kind, value in filters
    ]
    return {"filters": {"conjunction": "and", "items": items}}
