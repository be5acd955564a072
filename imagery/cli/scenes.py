"""``hardstand scenes``: scenes that a catalogue lists."""

from __future__ import annotations

import click

from imagery.cli.group import HardstandGroup

COMMANDS = {
    "search": ("imagery.cli.scenes_search:search", "List the scenes of a catalogue that show a place."),
    "fetch": ("imagery.cli.scenes_fetch:fetch", "Copy what scenes of a catalogue show of airfields."),
}


@click.group(cls=HardstandGroup, table=COMMANDS)
def scenes() -> None:
    """Search catalogues of scenes (STAC), and fetch what they show of an airfield."""
