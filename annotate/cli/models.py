"""``hardstand models``: what was learned from verdicts."""

from __future__ import annotations

import click

from imagery.cli.group import HardstandGroup

COMMANDS = {
    "list": ("annotate.cli.models_list:list_models", "List models with what they learned from."),
    "compare": (
        "annotate.cli.models_compare:compare",
        "Judge models by verdicts that none learned from.",
    ),
}


@click.group(cls=HardstandGroup, table=COMMANDS)
def models() -> None:
    """List what was learned from verdicts, and compare it."""
