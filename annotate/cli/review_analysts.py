"""``hardstand review analysts``: accounts on the local Label Studio."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from annotate.cli.options import data_option
from annotate.labelstudio.analysts import Analyst, add_analyst
from annotate.labelstudio.client import NoServer
from annotate.labelstudio.server import Server, find_server
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


def say_analyst(analyst: Analyst, *, err: bool = False) -> None:
    """Print how an analyst logs in."""
    say(f"user name     {analyst.username}", err=err)
    say(f"password      in {analyst.password_file}", err=err)


def server_without_analysts(url: str) -> Server | None:
    """Return the local server if nobody has said yet who reviews there.

    Args:
        url: Of the server in use; where it was not started here, the accounts are its own.
    """
    server = find_server()
    return None if server is None or server.url != url or server.analysts.exists() else server


def ask_who_reviews(server: Server) -> None:
    """Ask who reviews, and make the account; whatever the answer is, it is asked once.

    Raises:
        UsageError: What was answered cannot be a name.
        HardstandError: The server makes no account.
    """
    question = "Who reviews? A name or e-mail address, which the log keeps with each verdict"
    name = click.prompt(question, default=server.username, err=True)
    if name == server.username:
        server.analysts.mkdir(mode=0o700)
    else:
        say_analyst(add_analyst(server, name), err=True)


def on_terminal() -> bool:
    """Check whether somebody can answer a question."""
    return sys.stdin.isatty() and sys.stderr.isatty()
