"""``hardstand log import``: an export of another log, added to this one."""

from __future__ import annotations

from pathlib import Path

import click

from annotate.cli.options import log_option
from annotate.cli.output import warn_of_sizes
from annotate.cli.signing import own_identity
from annotate.intake.fields import ANALYST_VARIABLE
from annotate.intake.importing import Imported, check_export, import_export
from annotate.log.store import open_log
from imagery.cli.messages import say
from imagery.words import counted


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@log_option
@click.option(
    "--analyst",
    envvar=ANALYST_VARIABLE,
    show_envvar=True,
    metavar="NAME",
    help="Your name, for entries to which FILE gives no analyst.",
)
def import_file(file: Path, location: str, analyst: str | None) -> None:
    """Import an export from another log.

    FILE is a CSV or GeoJSON file that `log export` wrote. All of it comes in as reported, even what was seen
    there: nobody has looked at it here. Importing the same again changes nothing. From a CSV export, import
    the sightings before the movements, which may rest on them.
    """
    checked = check_export(file, analyst)  # before a log is made for it
    with open_log(location, create=True, identity=own_identity()) as log:
        imported, name = import_export(log, checked), log.name
    if imported.superseding:
        say(
            f"{counted(imported.superseding, 'entry', 'entries')} left out, which supersede earlier "
            "imports; record the change with `hardstand log amend`",
            err=True,
        )
    warn_of_sizes(imported.disagreeing)
    say(f"{name}: {_counts(imported)}", err=True)


def _counts(imported: Imported) -> str:
    present = f"{imported.present:,} already here" if imported.present else ""
    if not imported.added:
        return f"nothing added, {present}" if present else "nothing added"
    added = f"{counted(imported.added, 'entry', 'entries')} added"
    return f"{added}, {present}" if present else added
