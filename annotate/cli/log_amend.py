"""``hardstand log amend`` and ``withdraw``: a change of what the log says, as an entry of its own."""

from __future__ import annotations

import click

from annotate.cli.options import analyst_option, because_option, log_option
from annotate.cli.output import value_text, warn_of_sizes
from annotate.cli.signing import own_identity
from annotate.intake.amendments import parse_changes
from annotate.intake.fields import analyst_name, printable_text
from annotate.log.entries import Sighting
from annotate.log.store import open_log
from imagery.cli.messages import say


@click.command()
@click.argument("identifier", metavar="ID")
@click.option(
    "--set",
    "values",
    multiple=True,
    required=True,
    metavar="FIELD=VALUE",
    help="A field of the exports, or lonlat=LON,LAT, and its new value; nothing after the = makes it "
    "unknown. Repeat it for each field.",
)
@because_option
@analyst_option
@log_option
def amend(identifier: str, values: tuple[str, ...], because: str, analyst: str | None, location: str) -> None:
    """Amend a sighting or movement.

    ID is that of any entry about it; the first digits are enough. Nothing is overwritten: the change is a new
    entry, which keeps the reason, and `log show` has both. It still holds when analysts review the same
    aircraft again. Amending a disputed or withdrawn entry confirms it. Prints the identifier of the
    new entry.
    """
    name, reason = analyst_name(analyst), printable_text(because, "`because`")
    with open_log(location, identity=own_identity()) as log:
        before = log.current(identifier)
        changes = parse_changes(before, values)
        now = log.amend(identifier, changes, because=reason, analyst=name)
    for field in changes:
        old, new = (value_text(getattr(entry, field)) for entry in (before, now))
        say(f"{field}: {old} -> {new}", err=True)
    warn_of_sizes([now] if isinstance(now, Sighting) else [])
    say(now.id)


@click.command()
@click.argument("identifier", metavar="ID")
@because_option
@analyst_option
@log_option
def withdraw(identifier: str, because: str, analyst: str | None, location: str) -> None:
    """Withdraw a sighting or movement.

    ID is that of any entry about it; the first digits are enough. Nothing is deleted: the withdrawal is a new
    entry, which keeps the reason. No later verdict brings back what was withdrawn by hand; `log amend` does.
    Prints the identifier of the new entry.
    """
    name, reason = analyst_name(analyst), printable_text(because, "`because`")
    with open_log(location, identity=own_identity()) as log:
        new = log.withdraw(identifier, because=reason, analyst=name)
    say(new.id)
