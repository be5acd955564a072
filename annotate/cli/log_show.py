"""``hardstand log show``: all that the log says of one aircraft, route or scene."""

from __future__ import annotations

import click

from annotate.cli.options import log_option


@click.command()
@click.argument("identifier", metavar="ID")
@log_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object, with every entry as it was logged.")
def show(identifier: str, location: str, as_json: bool) -> None:
    """Show all that the log says of one aircraft, route or scene.

    That is what entry ID is about: what holds now, how it came to that, and its chips. The first digits of ID
    will do. The chips are drawn where the terminal can, else their files are named.
    """
    import json

    from annotate.cli.printed.story import print_story
    from annotate.log.chips import chip_files
    from annotate.log.store import open_log
    from annotate.query.history import story

    with open_log(location) as log:
        told = story(log, identifier)
        chips = chip_files(told.now.payload, log.chips)
    if as_json:
        files = {chip.member: {"path": str(chip.path), "state": chip.state} for chip in chips}
        history = [step.to_json() for step in told.steps]
        click.echo(
            json.dumps({"now": told.now.payload, "chips": files, "history": history}, ensure_ascii=False)
        )
    else:
        print_story(told, chips)
