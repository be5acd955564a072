"""``hardstand review status``: how far the review has come, and what it shows so far."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime

import click
from click.core import ParameterSource
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from annotate.cli.options import log_option, project_option
from annotate.cli.output import warn
from annotate.cli.review_connection import review_connection
from annotate.cli.tables import printable, short_name
from annotate.labelstudio.projects import find_review
from annotate.labelstudio.pull_state import last_state
from annotate.labelstudio.task_listing import ANNOTATED, list_tasks
from annotate.log.store import Log, open_log
from annotate.quality.agreement import Agreement
from annotate.quality.audit_recall import RecallEstimate
from annotate.quality.detector_precision import AuditProgress, VerdictCount
from annotate.quality.judged_aircraft import JudgedAircraft, judged_aircraft
from annotate.quality.pace import HASTE_S, AnalystPace, HourPace, TaskAnswers, task_answers
from annotate.quality.status import Findings, ReviewStatus, review_status
from imagery.errors import UsageError


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
    with review_connection(warn) as server:
        found = find_review(server, project)
        listed = list_tasks(server, found.id, ANNOTATED)
        tasks = list(task_answers(listed, server.users()))
    with _opened(location) as log:
        aircraft = None
        if log is not None:
            aircraft = _judged(log, tasks)
            adjudicators = adjudicators or last_state(found.id, found.created, log.name).adjudicators
    stands = review_status(project, tasks, aircraft, wanted=found.analysts, adjudicators=adjudicators)
    if as_json:
        click.echo(json.dumps(stands.to_json(), ensure_ascii=False, allow_nan=False))
    else:
        print_status(stands)


def _opened(location: str) -> AbstractContextManager[Log | None]:
    """The log; None before the first pull, unless one is named."""
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
    made = {answer.annotation for task in tasks for answer in task.answers}
    # By annotation: the project may have been called otherwise, and numbers are another server's too.
    said = judged_aircraft(log.entries(), lambda verdict: verdict.annotation in made)
    return list(said)


HOURS = 12  # with work in them, the last; --json has all


def print_status(status: ReviewStatus) -> None:
    """Print what was found, then who has done how much."""
    console = Console()
    facts = Table.grid(padding=(0, 2))
    facts.add_column(no_wrap=True)
    facts.add_column(overflow="fold")
    for name, words in _facts(status):
        facts.add_row(name, Text(printable(words)))
    console.print(facts)
    if status.analysts:
        console.print(_analysts(status))
        console.print(_hours(status.hours))


def _facts(status: ReviewStatus) -> Iterator[tuple[str, str]]:
    tasks = status.tasks
    yield "project", status.project
    begun = f"{tasks.begun} begun, " if tasks.begun else ""
    yield "tasks", f"{tasks.done} done, {begun}{tasks.skipped} skipped, {tasks.left} left of {tasks.tasks}"
    if status.findings is not None:
        yield from _findings(status.findings)
    hasty = [
        f"{short_name(pace.analyst)} (median {pace.median_lead_time_s:.1f} s a tile)"
        for pace in status.analysts
        if pace.hasty
    ]
    if hasty:
        yield "haste", f"{', '.join(hasty)}: under {HASTE_S:.0f} s nobody has looked"


def _findings(findings: Findings) -> Iterator[tuple[str, str]]:
    precision = findings.precision
    if precision is None:
        yield "precision", "no candidate is decided on yet"
    else:
        yield (
            "precision",
            f"{_percent(precision.share)} of the candidates decided on are aircraft "
            f"(95 %: {_percent(precision.low)} to {_percent(precision.high)}; "
            f"{precision.part} of {precision.whole})",
        )
    if findings.undecided:
        yield "undecided", f"{findings.undecided}, as analysts disagree: `hardstand review disputes`"
    yield "agreement", f"on presence {_agreement(findings.presence)}; on type {_agreement(findings.type)}"
    if findings.audit is None:
        yield "recall", "not measured: `hardstand review push --audit` adds tiles for it"
    else:
        yield from _audit(findings.audit)


def _agreement(agreement: Agreement) -> str:
    if agreement.alpha is None:
        return f"none to measure ({agreement.units} judged by two or more)"
    return f"alpha {agreement.alpha:.2f} ({agreement.units} judged by two or more)"


def _audit(audit: AuditProgress) -> Iterator[tuple[str, str]]:
    if audit.recall is not None:
        yield "recall", _estimate(audit.recall)
    words = f"{audit.answered} of the {audit.drawn} tiles that were drawn at random are answered"
    if audit.recall is None:
        words += "; no estimate yet"
    elif audit.recall.more_tiles:
        words += f"; {audit.recall.more_tiles} more would tell the recall to 5 points"
    if audit.open_tiles:
        words += f"; what {audit.open_tiles} unanswered tiles with candidates hold is not in it yet"
    yield "audit", words


def _estimate(estimate: RecallEstimate) -> str:
    recall, unseen = estimate.recall, estimate.unseen
    return (
        f"about {_percent(recall.estimate)} of the aircraft in audited scenes were proposed "
        f"(95 %: {_percent(recall.low)} to {_percent(recall.high)}); "
        f"{estimate.found} were found, {estimate.missed} missed, and {unseen.estimate:.0f} "
        f"({unseen.low:.0f} to {unseen.high:.0f}) are in the {estimate.free - estimate.audited} tiles "
        "without candidates that nobody has looked at"
    )


def _analysts(status: ReviewStatus) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("analyst", overflow="fold")
    names = ("tasks", "skip", "/hour", "median", "accept", "correct", "reject", "added")
    for name in names if status.findings else names[:4]:
        table.add_column(name, justify="right", no_wrap=True)
    for pace in status.analysts:
        cells = _pace_cells(pace)
        if status.findings:
            cells += _verdict_cells(status.findings.verdicts.get(pace.analyst, VerdictCount()))
        table.add_row(*(Text(printable(cell)) for cell in cells))
    return table


def _pace_cells(pace: AnalystPace) -> list[str]:
    median = "?" if pace.median_lead_time_s is None else f"{pace.median_lead_time_s:.1f}"
    return [
        short_name(pace.analyst),
        str(pace.tasks),
        str(pace.skipped),
        f"{pace.per_hour:.0f}",
        median + ("!" if pace.hasty else ""),
    ]


def _verdict_cells(count: VerdictCount) -> list[str]:
    rates = (count.rates[name] for name in ("accept", "correct", "reject"))
    return [*("-" if rate is None else f"{rate:.0%}" for rate in rates), str(count.added)]


def _hours(hours: Sequence[HourPace]) -> Table:
    by_hour: dict[datetime, list[HourPace]] = defaultdict(list)
    for pace in hours:
        by_hour[pace.hour].append(pace)
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("hour (UTC)", no_wrap=True)
    table.add_column("tasks", overflow="fold")
    for hour, paces in list(by_hour.items())[-HOURS:]:
        done = (f"{short_name(pace.analyst)} {pace.tasks}{'!' if pace.hasty else ''}" for pace in paces)
        table.add_row(f"{hour:%Y-%m-%d %H}h", Text(printable(", ".join(done))))
    return table


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
