"""What commands print: control characters are shown and not sent, secrets of addresses are not shown."""

from __future__ import annotations

import json
import sys

import click

from imagery.secrets import without_secrets


def printable(text: str) -> str:
    r"""Return text from elsewhere without characters that could rewrite what a terminal shows.

    Each is written as JSON escapes it, ``\u001b``, so that JSON stays what it is.
    """
    return "".join(char if char.isprintable() or char in "\n\t" else json.dumps(char)[1:-1] for char in text)


def say(text: object, *, err: bool = False, nl: bool = True) -> None:
    """Print a line.

    Args:
        text: The line. On standard output, unless that is a terminal, it is printed as it is, for programs.
        err: Print to standard error.
        nl: End the line.
    """
    words = without_secrets(str(text))
    click.echo(printable(words) if err or sys.stdout.isatty() else words, err=err, nl=nl)
