"""``hardstand review pull``: verdicts into the log."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

import click

from annotate.cli.options import log_option, project_option
from annotate.cli.output import warn
from annotate.cli.review_connection import review_connection
from annotate.labelstudio.projects import find_review
from annotate.labelstudio.pull import Pulled
from annotate.labelstudio.pull import pull as pull_verdicts
from annotate.log.store import open_log
from imagery.errors import HardstandError, UsageError

WATCH_S = 30.0


@click.command()
@project_option
@log_option
@click.option(
    "--watch",
    "every_s",
    type=click.FloatRange(min=0),
    is_flag=False,
    flag_value=WATCH_S,
    metavar="[SECONDS]",
    help=f"Go on pulling, every {WATCH_S:.0f} seconds or as often as you say, until interrupted.",
)
@click.option(
    "--min-verdicts",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="N",
    help="How many analysts must have said something of an aircraft before it is a sighting.",
)
@click.option(
    "--adjudicator",
    "adjudicators",
    multiple=True,
    metavar="EMAIL",
    help="Whose word settles where analysts disagree; may be given several times.",
)
def pull(
    project: str,
    location: str,
    every_s: float | None,
    min_verdicts: int,
    adjudicators: tuple[str, ...],
) -> None:
    """Bring what the analysts said into the sighting log.

    Pulling again reads only what changed since, and logs only what is new: an annotation that was edited, and
    that one was deleted, too. Skipped tasks and drafts are no verdicts.
    """
    with review_connection(warn) as server:
        renamed = find_review(server, project).renamed  # before a log is made for nothing
        if renamed:
            warn(renamed)
        with open_log(location, create=True) as log:

            def once() -> Pulled:
                return pull_verdicts(
                    project, log, min_verdicts=min_verdicts, adjudicators=adjudicators, server=server
                )

            _tell(once(), location)
            if every_s is not None:
                _watch(once, every_s, location)


def _watch(once: Callable[[], Pulled], every_s: float, location: str) -> None:
    """Pull again and again, until interrupted; a server that fails may be back."""
    with suppress(KeyboardInterrupt):
        while True:
            time.sleep(every_s)
            try:
                pulled = once()
            except UsageError:
                raise
            except HardstandError as reason:
                warn(f"{reason}; trying again")
            else:
                if pulled.verdicts:
                    _tell(pulled, location)


def _tell(pulled: Pulled, location: str) -> None:
    for task, reason in pulled.left_out:
        warn(f"task {task} is left out: it is not hardstand's, or damaged ({reason})")
    for task, analyst in pulled.unseen:
        warn(f"task {task}: {analyst} began an annotation from nothing; it says nothing of the candidates")
    for reason, count in pulled.chipless.items():
        warn(f"{count} sightings have no chips: {reason}")
    if pulled.chipped:
        click.echo(f"{pulled.chipped} earlier sightings got their chips: the scene is at hand", err=True)
    words = Counter("withdrawn" if one.withdrawn else one.verdict for one in pulled.verdicts)
    shown = ["confirmed", "corrected", "rejected", "added", *(["withdrawn"] if words["withdrawn"] else [])]
    said = ", ".join(f"{words[word]} {word}" for word in shown)
    click.echo(f"{location}: {len(pulled.verdicts)} new verdicts ({said})", err=True)
