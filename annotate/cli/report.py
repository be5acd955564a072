"""``hardstand report``: the log as one page for people."""

from __future__ import annotations

import click

from annotate.cli.options import filter_options, log_option
from annotate.log.store import open_log
from annotate.query.filters import Filter
from annotate.report.page import write_report
from imagery.cli.messages import say
from imagery.cli.options import overwrite_option
from imagery.words import counted


@click.command()
@click.option("-o", "--output", "path", required=True, metavar="FILE", help="The HTML file.")
@click.option("--title", metavar="TEXT", help="The heading. [default: the airfields shown]")
@log_option
@filter_options
@click.option(
    "--public",
    is_flag=True,
    help="Leave out the analysts' names, paths and names of local files, and notes marked private.",
)
@click.option(
    "--proofs",
    "with_proofs",
    is_flag=True,
    help="Also write FILE.proofs.jsonl, which proves that the log had each sighting and movement at its "
    "latest checkpoint, and verify.py, which checks that.",
)
@overwrite_option
def report(
    path: str,
    title: str | None,
    location: str,
    matching: Filter,
    public: bool,
    with_proofs: bool,
    overwrite: bool,
) -> None:
    """Write the sightings, movements and searched scenes as one page that works offline.

    It has a map, a timeline that also shows scenes without aircraft, and the evidence for each sighting with
    its picture. It can be mailed and printed. The more sightings, the smaller their pictures: a page of 2,000
    has some 50 MB.
    """
    with open_log(location) as log:
        result = write_report(
            log,
            path,
            matching,
            title=title,
            public=public,
            with_proofs=with_proofs,
            overwrite=overwrite,
        )
    counts = ((result.sightings, "sighting"), (result.movements, "movement"), (result.scenes, "scene"))
    say(", ".join(counted(number, noun) for number, noun in counts if number), err=True)
    say(result.path)
