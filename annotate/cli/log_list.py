"""``hardstand log list``: the sightings as a table."""

from __future__ import annotations

import sys

import click

from annotate.cli.options import filter_options, log_option
from annotate.cli.output import echo_array
from annotate.cli.tables import print_sightings
from annotate.exports.csv import write_csv
from annotate.exports.rounding import rounded_sighting
from annotate.log.store import open_log
from annotate.query.filters import Filter
from annotate.query.where_and_when import place_and_time
from imagery.cli.messages import say
from imagery.errors import UsageError


@click.command("list")
@filter_options
@log_option
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array with every field.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV with every field.")
def list_sightings(location: str, as_json: bool, as_csv: bool, matching: Filter) -> None:
    """List the current sightings.

    What was seen in an image is listed apart from what others report, each by place and time; JSON and CSV
    are in the order logged. Sizes have their standard errors; one
    that is not that of the claimed type is marked (!). Superseded sightings are left
    out, and so are withdrawn ones unless you give --status withdrawn.
    """
    if as_json and as_csv:
        raise UsageError("`as_json` and `as_csv` exclude each other; give one of them")
    with open_log(location) as log:
        if as_json:
            echo_array(vars(rounded_sighting(sighting)) for sighting in log.sightings(matching))
        elif as_csv:
            write_csv(map(rounded_sighting, log.sightings(matching)), sys.stdout)
        elif sightings := sorted(log.sightings(matching), key=place_and_time):
            print_sightings(sightings)
        else:
            say(f"{log.name}: no sightings match", err=True)
