"""What commands write besides tables: JSON on standard output, streamed, and warnings on stderr."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import click


def echo_array(members: Iterable[dict[str, Any]]) -> None:
    """Print a JSON array, one object a line, none of them held longer than it takes to print it."""
    before = "["
    for each in members:
        click.echo(before + json.dumps(each, ensure_ascii=False, allow_nan=False), nl=False)
        before = ",\n "
    click.echo("]" if before != "[" else "[]")


def warn(line: str) -> None:
    """Say something that keeps nothing from going on."""
    click.echo(f"Note: {line}", err=True)
