"""``hardstand review``: candidates before a person, in Label Studio."""

from __future__ import annotations

import click

from imagery.cli.group import HardstandGroup

COMMANDS = {
    "start": ("annotate.cli.review_server:start", "Start a Label Studio that only this machine can reach."),
    "analysts": (
        "annotate.cli.review_analysts:analysts",
        "Make an account for each analyst.",
    ),
    "push": ("annotate.cli.review_push:push", "Create review tasks from candidates."),
    "pull": ("annotate.cli.review_pull:pull", "Record the verdicts in the log."),
    "status": ("annotate.cli.review_status:status", "Show the progress of a review and what it measured."),
    "disputes": ("annotate.cli.review_disputes:disputes", "List the sightings that need an analyst again."),
    "stop": ("annotate.cli.review_server:stop", "Stop what `review start` started."),
}


@click.group(cls=HardstandGroup, table=COMMANDS)
def review() -> None:
    """Have people decide on each candidate, in Label Studio.

    The server is the one that LABEL_STUDIO_URL and LABEL_STUDIO_API_KEY name; without them, the one that
    `hardstand review start` started.
    """
