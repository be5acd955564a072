"""``hardstand log``: what the log holds, what is added to it by hand, and whether it is what was written."""

from __future__ import annotations

import click

from annotate.cli.log_add import add
from annotate.cli.log_amend import amend, withdraw
from annotate.cli.log_changes import changes
from annotate.cli.log_export import export
from annotate.cli.log_import import import_file
from annotate.cli.log_list import list_sightings
from annotate.cli.log_movement import movement
from annotate.cli.log_show import show
from annotate.cli.log_timeline import timeline
from annotate.cli.log_verify import head, verify
from imagery.cli.group import HardstandGroup


@click.group(cls=HardstandGroup)
def log() -> None:
    """Read the sighting log, add to it, check it, and hand it on."""


for command in (
    *(list_sightings, show, changes, timeline),
    *(add, movement, amend, withdraw),
    *(export, import_file),
    *(verify, head),
):
    log.add_command(command)
