"""``hardstand review``: candidates before a person, in Label Studio."""

from __future__ import annotations

import click

from annotate.cli.review_disputes import disputes
from annotate.cli.review_pull import pull
from annotate.cli.review_push import push
from annotate.cli.review_server import start, stop
from annotate.cli.review_status import status
from imagery.cli.group import HardstandGroup


@click.group(cls=HardstandGroup)
def review() -> None:
    """Have people decide on each candidate, in Label Studio.

    The server is the one that LABEL_STUDIO_URL and LABEL_STUDIO_API_KEY name; without them, the one that
    `hardstand review start` started.
    """


for command in (start, push, pull, status, disputes, stop):
    review.add_command(command)
