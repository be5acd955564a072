"""``hardstand log``: what the log holds."""

from __future__ import annotations

import click

from annotate.cli.log_export import export
from annotate.cli.log_list import list_sightings
from imagery.cli.group import HardstandGroup


@click.group(cls=HardstandGroup)
def log() -> None:
    """Read the sighting log, and hand it on."""


for command in (list_sightings, export):
    log.add_command(command)
