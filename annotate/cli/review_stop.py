"""``hardstand review stop``: end what ``review start`` started."""

from __future__ import annotations

from pathlib import Path

import click

from annotate.cli.options import data_option


@click.command()
@data_option
def stop(data: str | None) -> None:
    """Stop the local Label Studio. What was reviewed stays in its folder."""
    from annotate.labelstudio.server import stop_server

    server = stop_server(Path(data) if data else None)
    click.echo(f"stopped {server.url}" if server else "no Label Studio of ours is running", err=True)
