"""``hardstand review status``: how far the review has come, and the results so far."""

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
from annotate.cli.output import short_name, warn
from annotate.cli.review_connection import review_connection
from annotate.log.store import Log, open_log
from annotate.quality.agreement import Agreement
from annotate.quality.audit_recall import AuditProgress
from annotate.quality.detector_precision import VerdictCount
from annotate.quality.pace import HASTE_S, AnalystPace, HourPace
from annotate.quality.reliability_page import write_reliability_page
from annotate.quality.score_reliability import Scores
from annotate.quality.status import ReviewStatus, VerdictSummary, review_status
from annotate.query.recall_estimate import RecallEstimate
from imagery.cli.messages import printable, say
from imagery.cli.options import overwrite_option
from imagery.errors import UsageError
from imagery.words import counted

HOURS = 12  # the last with work in them; --json has all


@click.command()
@project_option
@log_option
@click.option(
    "--adjudicator",
    "adjudicators",
    multiple=True,
    metavar="EMAIL",
    help="An analyst whose verdict settles disputes and does not count for agreement; can be repeated. "
    "[default: those of the last `hardstand review pull` from here]",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.option(
    "--html", "page", metavar="FILE", help="Write a page that shows what the scores were worth, by sensor."
)
@overwrite_option
def status(
    project: str,
    location: str,
    adjudicators: tuple[str, ...],
    as_json: bool,
    page: str | None,
    overwrite: bool,
) -> None:
    """Show the progress of a review and what it measured.

    Tasks done and left, by analyst and hour, come from the server. The precision of the detector, the
    agreement of analysts, the recall in audited tiles and what the scores were worth come from the log, as of
    the last `hardstand review pull`.
    """
    with review_connection(warn) as server, _opened(location) as log:
        current = review_status(project, log, server=server, adjudicators=adjudicators)
    if page is not None:
        scores = current.verdicts.scores if current.verdicts else []
        write_reliability_page(current.project, scores, page, overwrite=overwrite)
    if as_json:
        say(json.dumps(current.to_json(), ensure_ascii=False, allow_nan=False))
    else:
        print_status(current)


def _opened(location: str) -> AbstractContextManager[Log | None]:
    """Open the log; give None before the first pull, unless a log is named."""
    try:
        return open_log(location)
    except UsageError as reason:
        source = click.get_current_context().get_parameter_source("location")
        if source is ParameterSource.COMMANDLINE:
            raise
        say(str(reason), err=True)
        return nullcontext()


def print_status(status: ReviewStatus) -> None:
    """Print the results, then the work of each analyst."""
    console = Console()
    facts = Table.grid(padding=(0, 2))
    facts.add_column(no_wrap=True)
    facts.add_column(overflow="fold")
    for name, words in _facts(status):
        facts.add_row(name, Text(printable(words)))
    console.print(facts)
    if status.verdicts is not None and status.verdicts.scores:
        console.print(_scores(status.verdicts.scores))
    if status.analysts:
        console.print(_analysts(status))
        console.print(_hours(status.hours))


def _facts(status: ReviewStatus) -> Iterator[tuple[str, str]]:
    tasks = status.tasks
    yield "project", status.project
    begun = f"{tasks.begun} begun, " if tasks.begun else ""
    waiting = f"{tasks.waiting} waiting, " if tasks.waiting else ""
    done = f"{tasks.done} done, {begun}{waiting}{tasks.skipped} skipped"
    yield "tasks", f"{done}, {tasks.left} left of {tasks.tasks}"
    if tasks.waiting:
        waits = f"a box of {counted(tasks.waiting, 'answered task')} needs an analyst"
        yield "waiting", f"{waits}: `hardstand review pull` says which"
    tiles = status.tiles
    if tiles.tiles:
        rest = "; the rest is searched by the machine only" if tiles.seen < tiles.tiles else ""
        searched = f"{counted(tiles.tiles, 'tile')} of {counted(tiles.scenes, 'scene')}"
        yield "seen", f"{tiles.seen} of the {searched} by a person{rest}"
    if status.verdicts is not None:
        yield from _summary(status.verdicts)
    hasty = [
        f"{short_name(pace.analyst)} (median {pace.median_lead_time_s:.1f} s per tile)"
        for pace in status.analysts
        if pace.hasty
    ]
    if hasty:
        yield "haste", f"{', '.join(hasty)}: too fast to have looked (under {HASTE_S:.0f} s)"


def _summary(summary: VerdictSummary) -> Iterator[tuple[str, str]]:
    precision = summary.precision
    if precision is None:
        yield "precision", "no candidate is decided yet"
    else:
        yield (
            "precision",
            f"{_percent(precision.share)} of the decided candidates are aircraft "
            f"(95 %: {_percent(precision.low)} to {_percent(precision.high)}; "
            f"{precision.part} of {precision.whole})",
        )
    if summary.at_random is not None:
        share = summary.at_random
        yield (
            "at random",
            f"{_percent(share.share)} in tiles drawn at random "
            f"(95 %: {_percent(share.low)} to {_percent(share.high)}; {share.part} of {share.whole})",
        )
    if summary.undecided:
        yield "undecided", f"{summary.undecided}, as analysts disagree: `hardstand review disputes`"
    yield "agreement", f"on presence {_agreement(summary.presence)}; on type {_agreement(summary.type)}"
    if summary.audit is None:
        yield "recall", "not measured: `hardstand review push --audit` adds tiles for it"
    else:
        yield from _audit(summary.audit)


def _agreement(agreement: Agreement) -> str:
    if agreement.alpha is None:
        return f"not measured ({agreement.units} judged by two or more)"
    return f"alpha {agreement.alpha:.2f} ({agreement.units} judged by two or more)"


def _audit(audit: AuditProgress) -> Iterator[tuple[str, str]]:
    if audit.recall is not None:
        yield "recall", _estimate(audit.recall)
    drawn = counted(audit.drawn, "tile")
    words = f"{audit.answered} of {drawn} drawn at random {'is' if audit.drawn == 1 else 'are'} answered"
    if audit.recall is None:
        words += "; no estimate yet"
    elif audit.recall.more_tiles:
        words += f"; {audit.recall.more_tiles} more would give the recall to within 5 points"
    if audit.open_tiles:
        words += f"; {counted(audit.open_tiles, 'tile')} with candidates not answered yet, so not counted"
    yield "audit", words


def _estimate(estimate: RecallEstimate) -> str:
    recall, unseen = estimate.recall, estimate.unseen
    return (
        f"about {_percent(recall.estimate)} of the aircraft in audited scenes were proposed "
        f"(95 %: {_percent(recall.low)} to {_percent(recall.high)}); "
        f"{estimate.found} found, {estimate.missed} missed, and about {unseen.estimate:.0f} "
        f"({unseen.low:.0f} to {unseen.high:.0f}) in {counted(estimate.free - estimate.audited, 'tile')} "
        "without candidates that nobody has looked at"
    )


def _scores(groups: Sequence[Scores]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("detector", overflow="fold")
    table.add_column("sensor", overflow="fold")
    for name in ("GSD", "decided", "mean score", "aircraft", "off by"):
        table.add_column(name, justify="right", no_wrap=True)
    for group in groups:
        right = sum(each.aircraft for each in group.bins) / group.candidates
        cells = (
            f"{group.detector} {group.version}",
            group.sensor.name or "?",
            f"{group.sensor.gsd_m:g}",
            str(group.candidates),
            *(f"{share:.2f}" for share in (group.score, right, group.error)),
        )
        table.add_row(*(Text(printable(cell)) for cell in cells))
    return table


def _analysts(status: ReviewStatus) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("analyst", overflow="fold")
    names = ("tasks", "skip", "/hour", "median", "accept", "correct", "reject", "added")
    for name in names if status.verdicts else names[:4]:
        table.add_column(name, justify="right", no_wrap=True)
    for pace in status.analysts:
        cells = _pace_cells(pace)
        if status.verdicts:
            cells += _verdict_cells(status.verdicts.by_analyst.get(pace.analyst, VerdictCount()))
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
