"""How disputed sightings read on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from annotate.cli.printed.cells import place_words, printable, short_id, when_words
from annotate.log.entries import Verdict
from annotate.quality.disputes import Dispute


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
