"""``hardstand review pull``: take the verdicts into the log."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress

import click

from annotate.cli.options import log_option, project_option, scenes_option
from annotate.cli.output import warn, warn_of_sizes
from annotate.cli.review_connection import review_connection
from annotate.cli.signing import own_identity
from annotate.labelstudio.projects import find_review
from annotate.labelstudio.pull import Pulled
from annotate.labelstudio.pull import pull as pull_verdicts
from annotate.log.entries import Verdict
from annotate.log.store import open_log
from annotate.quality.disputes import lacks_reason
from imagery.cli.messages import say
from imagery.errors import HardstandError, UsageError
from imagery.words import counted

WATCH_S = 30.0
WORDS = ("confirmed", "corrected", "rejected", "added", "absent", "withdrawn")


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
    help=f"Keep pulling until interrupted, every {WATCH_S:.0f} seconds or as often as you say.",
)
@click.option(
    "--min-verdicts",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="N",
    help="How many analysts must have judged an aircraft before it becomes a sighting.",
)
@click.option(
    "--adjudicator",
    "adjudicators",
    multiple=True,
    metavar="EMAIL",
    help="Whose verdict settles where analysts disagree; may be given several times.",
)
@scenes_option
def pull(
    project: str,
    location: str,
    every_s: float | None,
    min_verdicts: int,
    adjudicators: tuple[str, ...],
    scenes: tuple[str, ...],
) -> None:
    """Record the analysts' verdicts in the sighting log.

    Pulling again reads only what changed since, and logs only what is new, edited and deleted annotations
    among it. Skipped tasks and drafts are not verdicts. A box that cannot be read, such as one with two
    types, is named with the link to its task, and the others are recorded; while one waits the exit code
    is 1. If you have an identity, you sign what you pull: that it was read from this server, not that the
    account's owner gave it.
    """
    identity = own_identity()
    with review_connection(warn) as server:
        renamed = find_review(server, project).renamed  # before a log is made for nothing
        if renamed:
            warn(renamed)
        with open_log(location, create=True, identity=identity) as log:

            def once() -> Pulled:
                return pull_verdicts(
                    project,
                    log,
                    min_verdicts=min_verdicts,
                    adjudicators=adjudicators,
                    scenes=scenes,
                    server=server,
                )

            pulled = once()
            report(pulled, location)
            if every_s is not None:
                _watch(once, every_s, location)
            elif pulled.waiting:
                click.get_current_context().exit(1)


def _watch(once: Callable[[], Pulled], every_s: float, location: str) -> None:
    """Pull again and again, until interrupted; a server that fails may come back."""
    with suppress(KeyboardInterrupt):
        while True:
            time.sleep(every_s)
            try:
                pulled = once()
            except UsageError:
                raise
            except HardstandError as reason:
                warn(f"{reason}; trying again in {every_s:.0f} s")
            else:
                if pulled.verdicts:
                    report(pulled, location)


def report(pulled: Pulled, location: str) -> None:
    """Print what a pull did, after what it could not do."""
    for task, reason in pulled.left_out:
        warn(f"task {task} is left out: it is not hardstand's, or damaged ({reason})")
    for task, line in pulled.waiting:
        warn(f"{pulled.project.page}?task={task} waits: {line}")
    for task, analyst in pulled.unseen:
        warn(f"task {task}: {analyst} annotated it without the candidates; that gives no verdict on them")
    for reason, count in pulled.chipless.items():
        warn(f"no chips for {counted(count, 'sighting')}: {reason}")
    if pulled.chipped:
        say(
            f"chips added to {counted(pulled.chipped, 'earlier sighting')}, whose scene is here now", err=True
        )
    warn_of_sizes(pulled.sightings)
    reasonless = sum(lacks_reason(verdict) for verdict in pulled.verdicts)
    if reasonless:
        types = counted(reasonless, "type")
        warn(f"{types} marked * without a reason: `hardstand review disputes` has the links")
    say(f"{location}: {pull_words(pulled.verdicts)}", err=True)


def pull_words(verdicts: Sequence[Verdict]) -> str:
    """Return how many verdicts are new, and of which kinds."""
    words = Counter("withdrawn" if verdict.withdrawn else verdict.verdict for verdict in verdicts)
    parts = [f"{words[word]:,} {word}" for word in WORDS if words[word]]
    new = counted(len(verdicts), "new verdict") if parts else "no new verdicts"
    return f"{new}{': ' if parts else ''}{', '.join(parts)}"
