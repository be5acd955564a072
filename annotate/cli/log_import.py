"""``hardstand log import``: an export of another log, taken into this one."""

from __future__ import annotations

from pathlib import Path

import click

from annotate.cli.options import log_option
from annotate.intake.importing import checked_export, import_export
from annotate.log.store import open_log


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@log_option
@click.option(
    "--analyst",
    envvar="HARDSTAND_ANALYST",
    show_envvar=True,
    metavar="NAME",
    help="Who says so where FILE names nobody: you.",
)
def import_file(file: Path, location: str, analyst: str | None) -> None:
    """Take FILE, a CSV or GeoJSON that `log export` wrote, into the log.

    All of it comes in as reported, also what was seen there: nobody has looked at it here. The same again
    adds nothing. Of a CSV, import the sightings before the movements that rest on them.
    """
    checked = checked_export(file, analyst)  # before a log is made for it
    with open_log(location, create=True) as log:
        imported = import_export(log, checked)
    if imported.superseding:
        click.echo(
            f"{imported.superseding} not taken: they stand in place of entries that were imported before; "
            "say what changed with `hardstand log amend`",
            err=True,
        )
    click.echo(f"{location}: {imported.added} added, {imported.known} here already", err=True)
