"""``hardstand log movement``: routes that others report, or that follow from what the log holds."""

from __future__ import annotations

from typing import Any

import click

from annotate.cli.options import claim_options, filter_options, log_option
from annotate.cli.output import echo_array, echo_logged
from annotate.cli.signing import own_identity
from annotate.cli.tables import print_movements
from annotate.intake.statements import resolve_grounds, stated_movement
from annotate.log.store import open_log
from annotate.query.filters import Filter
from imagery.cli.group import HardstandGroup
from imagery.cli.messages import say

COMMANDS = {
    "add": (
        "annotate.cli.log_movement:add_movement",
        "Log a route: the places in the order they were visited.",
    ),
    "list": ("annotate.cli.log_movement:list_movements", "List the current routes."),
}


@click.group(cls=HardstandGroup, table=COMMANDS)
def movement() -> None:
    """Log and list routes: reported or inferred, never seen."""


@click.command("add")
@click.argument("places", nargs=-1, required=True, metavar="PLACE PLACE...")
@click.option(
    "--since",
    required=True,
    metavar="ISO8601",
    help="The first day: 2023-08-20 or 2023-08; or `unknown`.",
)
@click.option(
    "--until", default="unknown", show_default=True, metavar="ISO8601", help="The last day, in the same form."
)
@click.option(
    "--evidence",
    type=click.Choice(["reported", "inferred"]),
    help="reported: a source says so. inferred: nobody does, it follows from something else. Needed only "
    "where both a source and a reasoning are given.",
)
@click.option(
    "--rests-on",
    multiple=True,
    metavar="ID",
    help="A sighting or movement of the log that it follows from; repeat it for each. The first digits "
    "are enough.",
)
@click.option("--reasoning", metavar="TEXT", help="Why it follows. [required if inferred]")
@claim_options
@log_option
def add_movement(location: str, rests_on: tuple[str, ...], **statement: Any) -> None:
    """Log a route: the places in the order they were visited.

    A place is the code or the name of an airfield; a strip without a code is LON,LAT or 'NAME @ LON,LAT',
    also in the forms that `log add --lonlat` takes.

    Give --source, a URL or a file for a route that somebody reports; --reasoning and --rests-on for one that
    you infer. Prints the identifier of the entry; adding the same again changes nothing.
    """
    if rests_on:
        with open_log(location) as log:
            rests_on = resolve_grounds(log, rests_on)
    stated = stated_movement(rests_on=rests_on, **statement)
    with open_log(location, create=True, identity=own_identity()) as log:
        logged, name = log.add_movement(stated), log.name
    echo_logged(name, logged, " - ".join(stated.places))


@click.command("list")
@filter_options
@log_option
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array with every field.")
def list_movements(location: str, as_json: bool, matching: Filter) -> None:
    """List the current routes.

    What is reported is listed apart from what is inferred.
    """
    with open_log(location) as log:
        if as_json:
            echo_array(map(vars, log.movements(matching)))
        elif movements := list(log.movements(matching)):
            print_movements(movements)
        else:
            say(f"{log.name}: no movements match", err=True)
