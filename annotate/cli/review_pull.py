"""``hardstand review pull``: verdicts into the log."""

from __future__ import annotations

from collections import Counter

import click

from annotate.cli.options import log_option, project_option


@click.command()
@project_option
@log_option
def pull(project: str, location: str) -> None:
    """Bring what the analysts said into the sighting log.

    Skipped tasks are no verdicts. Pulling again adds only what was said since.
    """
    from annotate.labelstudio.connection import connect
    from annotate.labelstudio.sync import pull as pull_verdicts
    from annotate.log.store import open_log

    with connect() as server:
        pulled = pull_verdicts(server, project)
    for task, reason in pulled.foreign:
        click.echo(f"task {task} is left out: it is not hardstand's, or damaged ({reason})", err=True)
    with open_log(location, create=True) as log:
        recorded = log.record(pulled.verdicts)
    words = Counter(verdict.verdict for verdict in recorded.verdicts)
    said = ", ".join(f"{words[word]} {word}" for word in ("confirmed", "corrected", "rejected", "added"))
    click.echo(f"{location}: {len(recorded.verdicts)} new verdicts ({said})", err=True)
