"""``hardstand log export``: the log for other programs."""

from __future__ import annotations

import click

from annotate.cli.options import filter_options, log_option
from annotate.exports.export import export_log
from annotate.exports.formats import FORMATS, SUFFIXES
from annotate.exports.redaction import Redaction, analysts_of
from annotate.exports.selection import Contents
from annotate.log.store import open_log
from annotate.query.filters import Filter
from imagery.cli.options import POSITIVE, overwrite_option


@click.command()
@click.option("-o", "--output", required=True, metavar="FILE", help=f"Ends in {', '.join(SUFFIXES)}.")
@click.option(
    "--format",
    "named",
    type=click.Choice(FORMATS),
    help="Whatever FILE ends in. `excel` is CSV that Excel opens right. [default: by the suffix]",
)
@log_option
@filter_options
@click.option(
    "--public",
    is_flag=True,
    help="Leave out the analysts' names, paths and names of local files, and notes marked private.",
)
@click.option(
    "--round",
    "round_m",
    type=POSITIVE,
    metavar="METRES",
    help="Place positions on a grid of so many metres, and leave out the place in the scene. "
    "Chips still show it.",
)
@overwrite_option
def export(
    output: str,
    named: str | None,
    location: str,
    wanted: Filter,
    public: bool,
    round_m: float | None,
    overwrite: bool,
) -> None:
    """Write the sightings and movements that hold now to FILE.

    Each says in `evidence` whether it was seen, reported or inferred. The movements of CSV and GeoParquet go
    to a second file, FILE-movements. COCO and YOLO hold the sightings that have a chip.
    """
    with open_log(location) as log:
        redaction = Redaction(public, round_m, analysts_of(log) if public else frozenset())
        written = export_log(Contents(log, wanted, redaction), output, named=named, overwrite=overwrite)
    click.echo(f"{written.sightings} sightings, {written.movements} movements", err=True)
    if written.left_out:
        click.echo(f"{written.left_out} chips left out: none there, or not the one that was logged", err=True)
    for file in written.files:
        click.echo(file)
