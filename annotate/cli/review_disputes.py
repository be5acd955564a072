"""``hardstand review disputes``: the sightings that need an analyst again."""

from __future__ import annotations

from collections.abc import Iterable

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from annotate.cli.options import log_option
from annotate.cli.output import echo_array, position_text, short_id, time_text
from annotate.cli.review_connection import review_connection
from annotate.log.entries import Verdict
from annotate.log.store import open_log
from annotate.quality.disputes import Dispute, review_disputes, with_links
from imagery.cli.messages import printable, say
from imagery.errors import HardstandError


@click.command()
@log_option
@click.option("--project", metavar="NAME", help="Only those of this review project.")
@click.option("--json", "as_json", is_flag=True, help="A JSON array, one object per disputed sighting.")
def disputes(location: str, project: str | None, as_json: bool) -> None:
    """List the sightings on which analysts disagree, and the types that still lack a reason.

    The verdict of an analyst whom `hardstand review pull --adjudicator` names settles a dispute. Links lead
    to the tasks on the server, where it answers.
    """
    with open_log(location) as log:
        disputed = review_disputes(log, project)
    if disputed:
        disputed = _with_links(disputed)
    if as_json:
        echo_array(dispute.to_json() for dispute in disputed)
    elif disputed:
        print_disputes(disputed)
    else:
        say(f"{location}: no disputed sightings", err=True)


def _with_links(disputed: list[Dispute]) -> list[Dispute]:
    try:
        with review_connection() as server:
            return with_links(disputed, server)
    except HardstandError as reason:
        say(f"no links to the tasks: {reason}", err=True)
        return disputed


def print_disputes(disputed: Iterable[Dispute]) -> None:
    """Print where each is, the verdicts of the analysts, and the tasks to look at."""
    console = Console()
    for dispute in disputed:
        console.print(Text(printable(_where(dispute)), style="bold"))
        verdicts = Table.grid(padding=(0, 2))
        for verdict in dispute.verdicts:
            cells = ("", verdict.analyst, _claim(verdict), time_text(verdict.annotated)[:16])
            verdicts.add_row(*(Text(printable(cell)) for cell in cells))
        console.print(verdicts)
        tasks = (dispute.task_url(verdict) or f"task {verdict.task_id}" for verdict in dispute.verdicts)
        for task in dict.fromkeys(tasks):
            console.print(Text(f"  {printable(task)}"), soft_wrap=True)  # on one line, to be clicked on
        console.print()


def _where(dispute: Dispute) -> str:
    sighting = dispute.sighting
    facts = [short_id(sighting.id), sighting.airfield, time_text(sighting.acquired), position_text(sighting)]
    if sighting.rendered:
        facts.append("RENDERED, not a photograph")
    if dispute.needs == "reason":
        facts.append("say why it is this type")
    return "  ".join(fact for fact in facts if fact)


def _claim(verdict: Verdict) -> str:
    claims = (verdict.verdict, verdict.type or verdict.size_class, verdict.operator, verdict.tail_number)
    return ", ".join(claim for claim in claims if claim) + (f": {verdict.note}" if verdict.note else "")
