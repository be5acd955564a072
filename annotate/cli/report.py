"""``hardstand report``: the log as one page for people."""

from __future__ import annotations

import click

from annotate.cli.options import filter_options, log_option
from annotate.exports.redaction import Redaction, analysts_of
from annotate.exports.selection import Contents
from annotate.log.store import open_log
from annotate.query.filters import Filter
from annotate.report.contents import gather
from annotate.report.page import write_report
from imagery.cli.options import overwrite_option


@click.command()
@click.option("-o", "--output", required=True, metavar="FILE", help="The page, an HTML file.")
@click.option("--title", metavar="TEXT", help="Its heading. [default: the airfields it shows]")
@log_option
@filter_options
@click.option(
    "--public",
    is_flag=True,
    help="Leave out the analysts' names, paths and names of local files, and notes marked private.",
)
@overwrite_option
def report(
    output: str, title: str | None, location: str, wanted: Filter, public: bool, overwrite: bool
) -> None:
    """Write the sightings, movements and searched scenes as one page that needs no network.

    It holds a map, a timeline that shows scenes without aircraft too, and the evidence for each sighting with
    its picture. It can be sent as it is, and printed. The more sightings, the smaller their pictures: 2,000
    make a page of some 50 MB.
    """
    with open_log(location) as log:
        redaction = Redaction(public, analysts=analysts_of(log) if public else frozenset())
        material = gather(Contents(log, wanted, redaction))
    path = write_report(material, output, title=title, overwrite=overwrite)
    counts = len(material.sightings), len(material.movements), len(material.scenes)
    click.echo("{} sightings, {} movements, {} images".format(*counts), err=True)
    click.echo(path)
