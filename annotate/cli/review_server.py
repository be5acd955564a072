"""``hardstand review start`` and ``stop``: a local Label Studio, ready to log in."""

from __future__ import annotations

from pathlib import Path

import click

from annotate.cli.options import data_option
from annotate.cli.review_analysts import say_analyst
from annotate.labelstudio.analysts import Analyst, add_analyst
from annotate.labelstudio.server import start_server, stop_server
from imagery.cli.messages import say
from imagery.cli.progress import activity


@click.command()
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    help="Where to listen, on 127.0.0.1 only. [default: the first free one from 8080]",
)
@click.option(
    "--analyst",
    metavar="NAME",
    help="Who reviews: makes an account of that name or e-mail address, which the log names in each "
    "verdict. [default: one account, analyst@hardstand.localhost]",
)
@data_option
def start(port: int | None, analyst: str | None, data: str | None) -> None:
    """Start a local Label Studio that only this machine can reach.

    The first start installs it in an environment of its own and sets up its database; later starts take
    seconds. It runs until `hardstand review stop`.
    """
    folder = Path(data) if data else None
    with activity("Label Studio") as doing:
        server = start_server(folder, port, say=lambda line: say(line, err=True), doing=doing)
    say(f"Label Studio  {server.url}")
    say_analyst(add_analyst(server, analyst) if analyst else Analyst(server.username, server.password_file))


@click.command()
@data_option
def stop(data: str | None) -> None:
    """Stop the local Label Studio. Its reviews are kept in its folder."""
    server = stop_server(Path(data) if data else None)
    say(f"stopped {server.url}" if server else "no Label Studio started by hardstand is running", err=True)
