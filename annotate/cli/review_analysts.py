"""``hardstand review analysts``: accounts on the local Label Studio."""

from __future__ import annotations

from pathlib import Path

import click

from annotate.cli.options import data_option
from annotate.labelstudio.analysts import Analyst, add_analyst
from annotate.labelstudio.client import NoServer
from annotate.labelstudio.server import find_server
from imagery.cli.messages import say


@click.group()
def analysts() -> None:
    """Make accounts for analysts, so that the log says who saw what."""


@analysts.command()
@click.argument("name")
@data_option
def add(name: str, data: str | None) -> None:
    """Make an account for NAME, a name or an e-mail address, on the local Label Studio.

    The log names the analyst by the user name. An account that is there already is shown again.
    """
    server = find_server(Path(data) if data else None)
    if server is None:
        raise NoServer("no Label Studio runs here; start one with `hardstand review start`")
    say_analyst(add_analyst(server, name))


def say_analyst(analyst: Analyst) -> None:
    """Print how an analyst logs in."""
    say(f"user name     {analyst.username}")
    say(f"password      in {analyst.password_file}")
