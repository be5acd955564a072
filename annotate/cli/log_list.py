"""``hardstand log list``: the sightings as a table."""

from __future__ import annotations

import sys
from dataclasses import asdict

import click

from annotate.cli.options import filter_options, log_option
from annotate.cli.output import echo_array
from annotate.cli.tables import print_sightings
from annotate.exports.csv import write_csv
from annotate.log.entries import Sighting
from annotate.log.store import open_log
from annotate.query.filters import Filter
from imagery.errors import UsageError


@click.command("list")
@filter_options
@log_option
@click.option("--json", "as_json", is_flag=True, help="A JSON array with every field.")
@click.option("--csv", "as_csv", is_flag=True, help="CSV with every field.")
def list_sightings(location: str, as_json: bool, as_csv: bool, wanted: Filter) -> None:
    """List the sightings that hold now.

    What was seen in an image stands apart from what others report. None is listed that was superseded;
    withdrawn ones only with --status withdrawn.
    """
    if as_json and as_csv:
        raise UsageError("--json and --csv exclude each other; say one")
    with open_log(location) as log:
        if as_json:
            echo_array(map(asdict, log.sightings(wanted)))
        elif as_csv:
            write_csv(log.sightings(wanted), sys.stdout)
        else:
            _print_table(list(log.sightings(wanted)), log.name)


def _print_table(sightings: list[Sighting], name: str) -> None:

    print_sightings(sightings)
    if not sightings:
        click.echo(f"{name}: no sightings of what is asked for", err=True)
