"""``hardstand review push``: candidates before the analysts."""

from __future__ import annotations

from pathlib import Path

import click

from annotate.cli.options import log_option, project_option
from annotate.cli.output import warn
from annotate.labelstudio.client import connect
from annotate.labelstudio.images import Choice
from annotate.labelstudio.push import push as push_candidates
from annotate.labelstudio.push_plan import Order
from annotate.log.store import open_log
from imagery.cli.progress import progress


@click.command()
@click.argument("places", nargs=-1, required=True, metavar="DIR|FILE...")
@project_option
@click.option(
    "--order",
    type=click.Choice(["uncertain", "score", "place"]),
    default="uncertain",
    show_default=True,
    help="Which tiles come first: where the machine is least sure, the surest aircraft, or one place after "
    "the other. It holds among the tiles of this push.",
)
@click.option(
    "--audit",
    type=click.FloatRange(0, 1),
    default=0.0,
    metavar="FRACTION",
    help="Show this share of the tiles without candidates too, drawn at random in the area that was "
    "searched, to measure what the detector misses.",
)
@click.option(
    "--analysts",
    type=click.IntRange(min=1),
    metavar="N",
    help="Show each tile to N analysts. [default: as the project is set; one in a new one]",
)
@click.option(
    "--images",
    type=click.Choice(["auto", "local", "upload"]),
    default="auto",
    show_default=True,
    help="How the server gets the pictures: by files that it shares with us, or by upload.",
)
@log_option
def push(
    places: tuple[str, ...],
    project: str,
    order: Order,
    audit: float,
    analysts: int | None,
    images: Choice,
    location: str,
) -> None:
    """Make a review task of each tile that holds candidates.

    DIR or FILE are candidates files that `hardstand detect` wrote, or folders of them. The scenes must be
    where they were, and unchanged. Pushing the same again adds nothing; candidates of a detector that was run
    again take the place of those that nobody has reviewed. The log, if there is one, tells which types are
    usual at an airfield: they get hot keys. Prints the project's address.
    """
    sightings = []
    if "://" in location or Path(location).exists():
        with open_log(location) as log:
            sightings = list(log.sightings())
    with connect(warn) as server, progress("push", "tiles") as report:
        pushed = push_candidates(
            server,
            places,
            project,
            order=order,
            audit=audit,
            analysts=analysts,
            images=images,
            sightings=sightings,
            progress=report,
        )
    if pushed.project.renamed:
        warn(pushed.project.renamed)
    known = f", {pushed.known} were there already" if pushed.known else ""
    removed = f"; {pushed.removed} tasks that were out of date are gone" if pushed.removed else ""
    click.echo(f"{pushed.candidates} candidates in {pushed.tasks} new tasks{known}{removed}", err=True)
    click.echo(f"{server.url}/projects/{pushed.project.id}/data")
