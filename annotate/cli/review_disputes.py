"""``hardstand review disputes``: where analysts contradict each other, and who says what."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from annotate.cli.options import log_option
from annotate.cli.output import echo_array
from annotate.cli.review_connection import review_connection
from annotate.cli.tables import place_words, printable, short_id, when_words
from annotate.labelstudio.projects import find_project
from annotate.log.entries import Verdict
from annotate.log.store import open_log
from annotate.quality.disputes import Dispute, disputes_among
from annotate.quality.judged_aircraft import judged_aircraft
from imagery.errors import HardstandError


@click.command()
@log_option
@click.option("--project", metavar="NAME", help="Only those of this review project.")
@click.option("--json", "as_json", is_flag=True, help="A JSON array, one object a disputed sighting.")
def disputes(location: str, project: str | None, as_json: bool) -> None:
    """List the sightings that analysts contradict each other about.

    What a person says whom `hardstand review pull --adjudicator` names settles it. Links lead to the tasks
    on the server, where it answers.
    """
    with open_log(location) as log:
        meant = judged_aircraft(log.entries(), lambda verdict: project is None or verdict.project == project)
        found = list(disputes_among(meant))
    pages = _project_pages({verdict.project for dispute in found for verdict in dispute.verdicts})

    def link(verdict: Verdict) -> str | None:
        page = pages.get(verdict.project)
        return page and f"{page}?task={verdict.task_id}"

    if as_json:
        echo_array(dispute.to_json(link) for dispute in found)
    elif found:
        print_disputes(found, link)
    else:
        click.echo(f"{location}: no disputed sightings", err=True)


def _project_pages(titles: Collection[str]) -> dict[str, str]:
    """The addresses of review projects by title, of those that are to be found."""
    if not titles:
        return {}
    try:
        with review_connection() as server:
            found = filter(None, (find_project(server, title) for title in titles))
            return {project.title: f"{server.url}/projects/{project.id}/data" for project in found}
    except HardstandError as reason:
        click.echo(f"no links to the tasks: {reason}", err=True)
        return {}


def print_disputes(disputes: Iterable[Dispute], link: Callable[[Verdict], str | None]) -> None:
    """Print where each is, who says what, and the tasks to look at.

    Args:
        disputes: What to print.
        link: Address of the task in which something was said, where it is known.
    """
    console = Console()
    for dispute in disputes:
        console.print(Text(printable(_where(dispute)), style="bold"))
        said = Table.grid(padding=(0, 2))
        for verdict in dispute.verdicts:
            cells = ("", verdict.analyst, _claim(verdict), when_words(verdict.annotated)[:16])
            said.add_row(*(Text(printable(cell)) for cell in cells))
        console.print(said)
        tasks = dict.fromkeys(link(verdict) or f"task {verdict.task_id}" for verdict in dispute.verdicts)
        for task in tasks:
            console.print(Text(f"  {printable(task)}"), soft_wrap=True)  # whole, to be clicked on
        console.print()


def _where(dispute: Dispute) -> str:
    sighting = dispute.sighting
    facts = [short_id(sighting.id), sighting.airfield, when_words(sighting.acquired), place_words(sighting)]
    if sighting.rendered:
        facts.append("RENDERED, not a photograph")
    return "  ".join(fact for fact in facts if fact)


def _claim(verdict: Verdict) -> str:
    claims = (verdict.verdict, verdict.type or verdict.size_class, verdict.operator, verdict.tail_number)
    return ", ".join(claim for claim in claims if claim) + (f": {verdict.note}" if verdict.note else "")
