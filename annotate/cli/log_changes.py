"""``hardstand log changes``: which aircraft stayed, left and arrived between the scenes of an airfield."""

from __future__ import annotations

import click

from annotate.cli.options import log_option


@click.command()
@click.argument("icao", metavar="ICAO")
@log_option
@click.option("--json", "as_json", is_flag=True, help="A JSON array, one object for each pair of scenes.")
def changes(icao: str, location: str, as_json: bool) -> None:
    """Say which aircraft stayed, left and arrived at an airfield.

    Each of its scenes is compared with the next. An aircraft stayed that stands on the same stand and has the
    same size, both within error. Where a scene does not show a stand, has no data there or was not reviewed
    whole, that is said and is no absence. The log knows nothing of clouds.
    """
    from annotate.cli.json_output import echo_array
    from annotate.cli.printed.changes import print_change
    from annotate.log.store import open_log
    from annotate.query.changes import changes as changes_between
    from annotate.query.searched_scenes import searched_scenes
    from imagery.airfields import airfield_of

    airfield = airfield_of(icao, "ICAO")
    with open_log(location) as log:
        scenes = searched_scenes(log, airfield.icao)
    if as_json:
        echo_array(change.to_json() for change in changes_between(scenes))
        return
    undated = sum(scene.span is None for scene in scenes)
    left_out = f"; {undated} of unknown time left out" if undated else ""
    click.echo(f"{airfield.icao} ({airfield.name}): {len(scenes)} scenes{left_out}", err=True)
    change = None
    for change in changes_between(scenes):
        print_change(change)
    if change is None:
        click.echo("there are no two to compare", err=True)
