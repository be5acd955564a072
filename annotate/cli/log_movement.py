"""``hardstand log movement``: routes that others report, or that follow from what the log holds."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from annotate.cli.options import claim_of, claim_options, echo_stated, filter_options, log_option
from annotate.cli.output import echo_array
from annotate.cli.tables import print_movements
from annotate.intake.statements import grounds, stated_movement
from annotate.intake.when import parse_when_known
from annotate.log.entries import Evidence
from annotate.log.store import open_log
from annotate.query.filters import Filter
from imagery.cli.group import HardstandGroup

COMMANDS = {
    "add": ("annotate.cli.log_movement:add_movement", "Log a route."),
    "list": ("annotate.cli.log_movement:list_movements", "List the routes that hold now."),
}


@click.group(cls=HardstandGroup, table=COMMANDS)
def movement() -> None:
    """Log and list routes: reported or inferred, never seen."""


@click.command("add")
@click.argument("places", nargs=-1, required=True, metavar="ICAO ICAO...")
@click.option(
    "--since",
    required=True,
    metavar="ISO8601",
    help="The first day: 2023-08-20, or 2023-08; or `unknown`.",
)
@click.option("--until", default="unknown", metavar="ISO8601", help="The last day. [default: unknown]")
@click.option(
    "--evidence",
    required=True,
    type=click.Choice(["reported", "inferred"]),
    help="reported: a source says so. inferred: nobody does, it follows from what the log holds.",
)
@click.option(
    "--rests-on",
    multiple=True,
    metavar="ID",
    help="A sighting or movement of the log it rests on; repeat it for each. The first digits will do.",
)
@click.option("--reasoning", metavar="TEXT", help="Why it follows; needed where it is inferred.")
@claim_options
@log_option
def add_movement(
    places: tuple[str, ...],
    since: str,
    until: str,
    evidence: Evidence,
    rests_on: tuple[str, ...],
    reasoning: str | None,
    location: str,
    **said: Any,
) -> None:
    """Log a route: the airfields in the order they were visited.

    Prints the entry's identifier; the same again adds nothing.
    """
    first, last = parse_when_known(since, "--since"), parse_when_known(until, "--until")
    claim = claim_of(**said)
    known: tuple[str, ...] = ()
    if rests_on:
        with open_log(location) as log:
            known = grounds(log, rests_on)
    stated = stated_movement(
        places, first, last, claim, evidence=evidence, rests_on=known, reasoning=reasoning
    )
    with open_log(location, create=True) as log:
        held, name = log.add_movement(stated), log.name
    echo_stated(name, held, " - ".join(held.places))


@click.command("list")
@filter_options
@log_option
@click.option("--json", "as_json", is_flag=True, help="A JSON array with every field.")
def list_movements(location: str, as_json: bool, wanted: Filter) -> None:
    """List the routes that hold now: what is reported, and apart from it what is inferred."""
    with open_log(location) as log:
        if as_json:
            echo_array(map(asdict, log.movements(wanted)))
            return
        movements, name = list(log.movements(wanted)), log.name

    print_movements(movements)
    if not movements:
        click.echo(f"{name}: no movements of what is asked for", err=True)
