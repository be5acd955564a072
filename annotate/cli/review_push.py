"""``hardstand review push``: candidates before the analysts."""

from __future__ import annotations

import click

from annotate.cli.options import project_option


@click.command()
@click.argument("places", nargs=-1, required=True, metavar="DIR|FILE...")
@project_option
def push(places: tuple[str, ...], project: str) -> None:
    """Make a review task of each tile that holds candidates.

    DIR or FILE are candidates files that `hardstand detect` wrote, or folders of them. The scenes must be
    where they were, and unchanged. Pushing the same again adds nothing. Prints the project's address.
    """
    from annotate.labelstudio.connection import connect
    from annotate.labelstudio.sync import push as push_candidates
    from imagery.cli.progress import progress

    with connect() as server, progress("push", "tiles") as report:
        pushed = push_candidates(server, places, project, progress=report)
    known = f", {pushed.known} were there already" if pushed.known else ""
    click.echo(f"{pushed.candidates} candidates in {pushed.tasks} new tasks{known}", err=True)
    click.echo(f"{server.url}/projects/{pushed.project.id}/data")
