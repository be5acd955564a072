"""``hardstand log export``: the log for other programs."""

from __future__ import annotations

import click

from annotate.cli.options import log_option
from imagery.cli.options import overwrite_option


@click.command()
@click.option("-o", "--output", required=True, metavar="FILE", help="Ends in .csv or .geojson.")
@log_option
@overwrite_option
def export(output: str, location: str, overwrite: bool) -> None:
    """Write the sightings that hold now to FILE, in the format that its suffix names."""
    from annotate.export.file import export_log
    from annotate.log.store import open_log

    with open_log(location) as log:
        count = export_log(log, output, overwrite=overwrite)
    click.echo(f"{count} sightings", err=True)
    click.echo(output)
