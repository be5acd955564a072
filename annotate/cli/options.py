"""Options that the review and log commands share."""

from __future__ import annotations

import click

log_option = click.option(
    "--log",
    "location",
    envvar="HARDSTAND_LOG",
    default="hardstand.db",
    show_default=True,
    show_envvar=True,
    metavar="FILE|URL",
    help="The sighting log.",
)
analyst_option = click.option(
    "--analyst", envvar="HARDSTAND_ANALYST", show_envvar=True, metavar="NAME", help="Who says so: you."
)
because_option = click.option("--because", required=True, metavar="TEXT", help="Why; it is kept with it.")
project_option = click.option("--project", required=True, metavar="NAME", help="Title of the review project.")
data_option = click.option(
    "--data",
    type=click.Path(file_okay=False),
    metavar="DIR",
    help="The server's folder. [default: one of the user's own]",
)
