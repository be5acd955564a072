"""Options that several commands share, and the types of their values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


def provenance_options(command: Command) -> Command:
    """What the user knows of a scene that its file may not say."""
    for option in (
        click.option("--licence", metavar="TEXT", help="Terms of the image; carried into every export."),
        click.option("--source-url", metavar="URL", help="Where the image came from."),
        click.option("--image-id", metavar="ID", help="The provider's identifier of the image."),
        click.option(
            "--acquired",
            metavar="ISO8601",
            help="When the image was taken: 2023-10, 2023-10-27 or 2023-10-27T10:36:11Z.",
        ),
    ):
        command = option(command)
    return command


overwrite_option = click.option("--overwrite", is_flag=True, help="Replace a file that is there already.")
