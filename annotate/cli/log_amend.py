"""``hardstand log amend`` and ``withdraw``: a change of what the log says, as an entry of its own."""

from __future__ import annotations

import click

from annotate.cli.options import analyst_option, because_option, log_option
from annotate.intake.amendments import stated_changes
from annotate.intake.fields import analyst_name, plain_words
from annotate.log.store import open_log


@click.command()
@click.argument("identifier", metavar="ID")
@click.option(
    "--set",
    "texts",
    multiple=True,
    required=True,
    metavar="FIELD=VALUE",
    help="A field of the exports, or lonlat=LON,LAT, and its new value; nothing after the = makes it "
    "unknown. Repeat it for each.",
)
@because_option
@analyst_option
@log_option
def amend(identifier: str, texts: tuple[str, ...], because: str, analyst: str | None, location: str) -> None:
    """Change what the log says of a sighting or movement.

    It is the one that entry ID is about; the first digits of ID will do. Nothing is overwritten: the change
    is a new entry, which keeps the reason, and `log show` has both. It stays when analysts say more of the
    same aircraft. A disputed or withdrawn one is confirmed by it. Prints the new entry's identifier.
    """
    name, reason = analyst_name(analyst), plain_words(because, "--because")
    with open_log(location) as log:
        before = log.current(identifier)
        changes = stated_changes(before, texts)
        new = log.amend(identifier, changes, because=reason, analyst=name)
    for field in changes:
        click.echo(f"{field}: {_words(getattr(before, field))} -> {_words(getattr(new, field))}", err=True)
    click.echo(new.id)


def _words(value: object) -> str:
    return "unknown" if value is None else str(value)


@click.command()
@click.argument("identifier", metavar="ID")
@because_option
@analyst_option
@log_option
def withdraw(identifier: str, because: str, analyst: str | None, location: str) -> None:
    """Say that a sighting or movement does not hold.

    It is the one that entry ID is about; the first digits of ID will do. Nothing is deleted: the withdrawal
    is a new entry, which keeps the reason. No later verdict brings back what was withdrawn by hand; `log
    amend` does. Prints the new entry's identifier.
    """
    name, reason = analyst_name(analyst), plain_words(because, "--because")
    with open_log(location) as log:
        new = log.withdraw(identifier, because=reason, analyst=name)
    click.echo(new.id)
