"""``hardstand log head``: the hash to publish."""

from __future__ import annotations

import click

from annotate.cli.options import log_option


@click.command()
@log_option
def head(location: str) -> None:
    """Print the hash of the latest entry.

    Publish it where you cannot change it later. Whoever knows it can tell by `log verify --head HASH` that
    nothing before it was changed since; a log whose end was cut off or rewritten shows against it alone.
    """
    from annotate.log.store import open_log

    with open_log(location) as log:
        latest, name = log.head(), log.name
    click.echo(f"{name}: entry {latest.seq}" if latest.seq else f"{name}: no entries", err=True)
    click.echo(latest.hash)
