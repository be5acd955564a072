"""``hardstand log changes``: which aircraft stayed, left and arrived between the scenes of an airfield."""

from __future__ import annotations

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from annotate.cli.options import log_option
from annotate.cli.output import echo_array
from annotate.cli.tables import place_words, printable, short_id, size_words, when_words
from annotate.log.entries import Sighting
from annotate.log.store import open_log
from annotate.query.changes import Change
from annotate.query.changes import changes as changes_between
from annotate.query.searched_scenes import SearchedScene, searched_scenes
from imagery.airfields import airfield_of


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


def print_change(change: Change) -> None:
    """Print the two scenes, then each aircraft by what became of it."""
    console = Console()
    console.print(Text(printable(_scene_words(change.earlier)), style="bold"))
    console.print(Text(printable(f"-> {_scene_words(change.later)}"), style="bold"))
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for word, text in _rows(change):
        grid.add_row(Text(f"  {word}"), Text(printable(text)))
    console.print(grid)
    console.print()


def _rows(change: Change) -> list[tuple[str, str]]:
    rows = [
        (
            "= stayed",
            f"{_aircraft_words(pair.before)} -> {short_id(pair.after.id)}, {pair.distance_m:.0f} m apart"
            + (", turned, so it moved in between" if pair.turned else ""),
        )
        for pair in change.stayed
    ]
    rows += [("- left", _aircraft_words(sighting)) for sighting in change.left]
    rows += [("+ arrived", _aircraft_words(sighting)) for sighting in change.arrived]
    rows += [("? unknown", f"{_aircraft_words(one.sighting)}: {one.because}") for one in change.untold]
    return rows or [("", "no aircraft in either")]


def _scene_words(scene: SearchedScene) -> str:
    rendered = ", RENDERED" if scene.record.rendered else ""
    return f"{when_words(scene.record.acquired)} {scene.name} ({scene.review}{rendered})"


def _aircraft_words(sighting: Sighting) -> str:
    return (
        f"{short_id(sighting.id)} {sighting.type or 'type unknown'}, {size_words(sighting)} m, "
        f"at {place_words(sighting)}"
    )
