"""What a user should know, on stderr."""

from __future__ import annotations

import click


def warn(line: str) -> None:
    """Say something that keeps nothing from going on."""
    click.echo(f"Note: {line}", err=True)
