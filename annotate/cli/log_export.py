"""``hardstand log export``: the log for other programs."""

from __future__ import annotations

import click

from annotate.cli.options import filter_options, log_option
from annotate.exports.export import export as export_log
from annotate.exports.formats import FORMATS, SUFFIXES, Format
from annotate.log.store import open_log
from annotate.query.filters import Filter
from imagery.cli.messages import say
from imagery.cli.options import POSITIVE, overwrite_option
from imagery.words import counted


@click.command()
@click.option("-o", "--output", "path", required=True, metavar="FILE", help=f"Ends in {', '.join(SUFFIXES)}.")
@click.option(
    "--format",
    type=click.Choice(FORMATS),
    help="The format, whatever the suffix of FILE. `excel` is CSV that Excel opens without changing it. "
    "[default: by the suffix]",
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
    help="Place positions on a grid with this spacing, and leave out the place in the scene. Chips still "
    "show it.",
)
@click.option(
    "--proofs",
    "with_proofs",
    is_flag=True,
    help="Also write FILE.proofs.jsonl, which proves that each line was in the log at its latest checkpoint, "
    "and verify.py, which checks that.",
)
@overwrite_option
def export(
    path: str,
    format: Format | None,
    location: str,
    matching: Filter,
    public: bool,
    round_m: float | None,
    with_proofs: bool,
    overwrite: bool,
) -> None:
    """Write the current sightings and movements to FILE.

    Each says in `evidence` whether it was seen, reported or inferred. The movements of CSV and GeoParquet go
    to a second file, FILE-movements. COCO and YOLO hold the sightings that have a chip.
    """
    with open_log(location) as log:
        result = export_log(
            log,
            path,
            matching,
            public=public,
            round_m=round_m,
            format=format,
            with_proofs=with_proofs,
            overwrite=overwrite,
        )
    counts = ((result.sightings, "sighting"), (result.movements, "movement"))
    words = ", ".join(counted(number, noun) for number, noun in counts if number)
    say(words or "no sightings or movements match", err=True)
    if result.left_out:
        reason = "missing, or changed since they were logged"
        say(f"{counted(result.left_out, 'chip')} left out: {reason}", err=True)
    for file in result.files:
        say(file)
