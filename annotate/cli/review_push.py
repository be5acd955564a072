"""``hardstand review push``: make review tasks of candidates."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import click

from annotate.cli.options import log_option, project_option, scenes_option
from annotate.cli.output import warn
from annotate.cli.review_analysts import ask_who_reviews, on_terminal, server_without_analysts
from annotate.cli.review_connection import review_connection
from annotate.labelstudio.images import IMAGE_STORES, ImageStore
from annotate.labelstudio.push import Pushed
from annotate.labelstudio.push import push as push_candidates
from annotate.labelstudio.task_order import ORDERS, Order
from annotate.log.store import open_log
from imagery.cli.messages import say
from imagery.cli.progress import progress
from imagery.words import counted


@click.command()
@click.argument("places", nargs=-1, required=True, metavar="DIR|FILE...")
@project_option
@click.option(
    "--order",
    type=click.Choice(ORDERS),
    default="uncertain",
    show_default=True,
    help="Which tiles of this push come first: where the detector is least certain, where verdicts teach "
    "`hardstand learn` most, with a fifth at random between, where the detector is most certain, one place "
    "after the other, or where most is new or gone since the scene before.",
)
@click.option(
    "--audit",
    type=click.FloatRange(0, 1),
    default=0.0,
    metavar="FRACTION",
    help="Show this fraction of the tiles without candidates too, drawn at random in the area that was "
    "searched, to measure what the detector misses.",
)
@click.option(
    "--analysts",
    type=click.IntRange(min=1),
    metavar="N",
    help="Show each tile to N analysts. [default: as the project is set; 1 in a new project]",
)
@click.option(
    "--images",
    type=click.Choice(IMAGE_STORES),
    default="auto",
    show_default=True,
    help="How the server gets the pictures: as files on this machine, or by upload.",
)
@scenes_option
@log_option
def push(
    places: tuple[str, ...],
    project: str,
    order: Order,
    audit: float,
    analysts: int | None,
    images: ImageStore,
    scenes: tuple[str, ...],
    location: str,
) -> None:
    """Create a review task for each tile that has candidates.

    DIR or FILE are candidates files that `hardstand detect` wrote, or folders of them. The scenes must be
    unchanged; they are looked for where they were, where they lie as seen from the candidates file, and in
    --scenes. Pushing the same again adds nothing; candidates of a detector that was run
    again replace those that nobody has reviewed. Of several scenes of one place, the tiles of the same ground
    follow each other in order of time, and candidates are marked as new since the scene before, here before
    or gone since. The types that the log has seen most often at an airfield
    get hot keys. Prints the project's address.
    """
    with ExitStack() as block:
        server = block.enter_context(review_connection(warn))
        unnamed = server_without_analysts(server.url)
        if unnamed and on_terminal():
            ask_who_reviews(unnamed)
            unnamed = None
        there = "://" in location or Path(location).exists()
        log = block.enter_context(open_log(location)) if there else None
        comparing = block.enter_context(progress("compare", "scenes"))
        report = block.enter_context(progress("push", "tiles"))
        pushed = push_candidates(
            places,
            project,
            audit=audit,
            order=order,
            images=images,
            analysts=analysts,
            log=log,
            scenes=scenes,
            comparing=comparing,
            progress=report,
            server=server,
        )
    if pushed.project.renamed:
        warn(pushed.project.renamed)
    for line in pushed.refused:
        warn(line)
    if order == "changed" and not pushed.compared:
        warn("no scene has one of the same place before it, so no tile comes first for what changed")
    say(push_summary(pushed), err=True)
    if unnamed and pushed.tasks:
        warn(
            f"the log will name {unnamed.username}; say who reviews with `hardstand review analysts add NAME`"
        )
    for scene, address in pushed.overviews.items():
        say(f"{scene} with numbered candidates: {address}", err=True)
    say(pushed.project.page)


def push_summary(pushed: Pushed) -> str:
    """Return in one line what a push did."""
    old = f"{pushed.existing:,} already existed" if pushed.existing else ""
    if pushed.tasks:
        summary = f"{counted(pushed.candidates, 'candidate')} in {counted(pushed.tasks, 'new task')}"
        summary += f", {old}" if old else ""
    else:
        summary = f"nothing new: {old}" if old else "nothing to review: no candidates"
    if pushed.removed:
        summary += f"; removed {counted(pushed.removed, 'outdated task')}"
    return summary
