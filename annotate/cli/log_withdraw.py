"""``hardstand log withdraw``: that something does not hold, as an entry of its own."""

from __future__ import annotations

import click

from annotate.cli.options import analyst_option, because_option, log_option


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
    from annotate.intake.fields import analyst_name, plain_words
    from annotate.log.store import open_log

    name, reason = analyst_name(analyst), plain_words(because, "--because")
    with open_log(location) as log:
        new = log.withdraw(identifier, because=reason, analyst=name)
    click.echo(new.id)
