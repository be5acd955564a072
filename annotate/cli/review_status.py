"""``hardstand review status``: how far the review has come, and what it shows so far."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from annotate.cli.options import log_option, project_option
from annotate.cli.warning import warn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from annotate.log.store import Log
    from annotate.quality.judged_aircraft import JudgedAircraft
    from annotate.quality.pace import TaskAnswers


@click.command()
@project_option
@log_option
@click.option(
    "--adjudicator",
    "adjudicators",
    multiple=True,
    metavar="EMAIL",
    help="Whose word settled disputes, and is no part of the agreement; may be given several times. "
    "[default: whom the last `hardstand review pull` from here was told]",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def status(project: str, location: str, adjudicators: tuple[str, ...], as_json: bool) -> None:
    """Say how a review stands.

    Tasks done and left, by analyst and hour, are the server's. How often the detector is right, how far
    analysts agree and what the audited tiles say of its recall are the log's, as of the last
    `hardstand review pull`.
    """
    import json

    from annotate.labelstudio.client import connect
    from annotate.labelstudio.projects import find_review
    from annotate.labelstudio.pull_state import last_state
    from annotate.labelstudio.task_listing import ANNOTATED, list_tasks
    from annotate.quality.pace import task_answers
    from annotate.quality.status import review_status

    with connect(warn) as server:
        found = find_review(server, project)
        wanted = int(server.get(f"/api/projects/{found.id}/")["maximum_annotations"])
        listed = list_tasks(server, found.id, ANNOTATED)
        analysts = {user["id"]: user["email"] for user in server.get("/api/users/")}
        tasks = list(task_answers(listed, analysts))
    with _opened(location) as log:
        aircraft = None
        if log is not None:
            aircraft = _judged(log, tasks)
            adjudicators = adjudicators or last_state(found.id, found.created, log.name).adjudicators
    stands = review_status(project, tasks, aircraft, wanted=wanted, adjudicators=adjudicators)
    if as_json:
        click.echo(json.dumps(stands.to_json(), ensure_ascii=False, allow_nan=False))
    else:
        from annotate.cli.printed.review_status import print_status

        print_status(stands)


def _opened(location: str) -> AbstractContextManager[Log | None]:
    """The log; None before the first pull, unless one is named."""
    from annotate.log.store import open_log
    from imagery.errors import UsageError

    try:
        return open_log(location)
    except UsageError as reason:
        named = click.get_current_context().get_parameter_source("location")
        if named is ParameterSource.COMMANDLINE:
            raise
        click.echo(str(reason), err=True)
        return nullcontext()


def _judged(log: Log, tasks: Sequence[TaskAnswers]) -> list[JudgedAircraft]:
    """What the log holds of these tasks."""
    from annotate.quality.judged_aircraft import judged_aircraft

    made = {answer.annotation for task in tasks for answer in task.answers}
    # By annotation: the project may have been called otherwise, and numbers are another server's too.
    said = judged_aircraft(
        log.entries(), lambda verdict: f"{verdict.annotation_id}/{verdict.annotation_created}" in made
    )
    return list(said)
