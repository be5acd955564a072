"""What commands write besides tables: identifiers and JSON to standard output, notes to standard error."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import click

from annotate.log.entries import Movement, Sighting


def echo_array(objects: Iterable[dict[str, Any]]) -> None:
    """Print a JSON array, one object per line, each as soon as it is there."""
    before = "["
    for members in objects:
        click.echo(before + json.dumps(members, ensure_ascii=False, allow_nan=False), nl=False)
        before = ",\n "
    click.echo("]" if before != "[" else "[]")


def echo_logged(log_name: str, entry: Sighting | Movement, words: str) -> None:
    """Print the identifier of an entry that a statement made, and to stderr how it was understood.

    Args:
        log_name: The log's.
        entry: What the log holds of it now.
        words: The statement in words, so that a slip shows.
    """
    click.echo(f"{log_name}: {entry.evidence}, not seen: {words}", err=True)
    if entry.status == "withdrawn":
        click.echo(
            f"{entry.id} was logged before and withdrawn ({entry.because}); it stays withdrawn", err=True
        )
    click.echo(entry.id)


def warn(line: str) -> None:
    """Print a note about something that does not stop the command."""
    click.echo(f"Note: {line}", err=True)
