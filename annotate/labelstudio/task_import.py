"""Importing tasks, each once, over a connection that may lose answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from annotate.labelstudio.connection import ATTEMPTS, Connection, Unanswered
from annotate.labelstudio.images import TaskRequest
from annotate.labelstudio.task_listing import delete_untouched, list_tasks

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
