"""``hardstand log changes``: which aircraft stayed, left and arrived between the scenes of an airfield."""

from __future__ import annotations

import click
from rich.console import Console
from rich.text import Text

from annotate.cli.options import log_option
from annotate.cli.output import echo_array, position_text, short_id, size_text, time_text
from annotate.cli.tables import row_grid
from annotate.log.entries import Sighting
from annotate.log.store import open_log
from annotate.query.changes import Change, compare_successive
from annotate.query.searched_scenes import SearchedScene, searched_scenes
from imagery.airfields import airfield_of
from imagery.cli.messages import printable, say
from imagery.words import counted


@click.command()
@click.argument("icao", metavar="ICAO")
@log_option
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array, one object per pair of scenes.")
def changes(icao: str, location: str, as_json: bool) -> None:
    """Compare each scene of an airfield with the next.

    An aircraft stayed if in both scenes one of the same size stands on the same stand, both within error.
    Where a scene does not show a stand, has no data there or was not reviewed whole, the answer is unknown,
    not absent. The log knows nothing of clouds.
    """
    airfield = airfield_of(icao, "`icao`")
    with open_log(location) as log:
        scenes, name = searched_scenes(log, airfield.icao), log.name
    if as_json:
        echo_array(change.to_json() for change in compare_successive(scenes))
        return
    say(f"{name}: {_scenes_text(scenes)} of {airfield.icao} ({airfield.words})", err=True)
    change = None
    for change in compare_successive(scenes):
        print_change(change)
    if scenes and change is None:
        say("fewer than two scenes, so nothing to compare", err=True)


def _scenes_text(scenes: list[SearchedScene]) -> str:
    if not scenes:
        return "no scenes"
    undated = sum(scene.span is None for scene in scenes)
    left_out = f" ({undated:,} of unknown time left out)" if undated else ""
    return counted(len(scenes), "scene") + left_out


def print_change(change: Change) -> None:
    """Print the two scenes, then each aircraft by what became of it."""
    console = Console()
    console.print(Text(printable(_scene_text(change.earlier)), style="bold"))
    console.print(Text(printable(f"-> {_scene_text(change.later)}"), style="bold"))
    console.print(row_grid(_rows(change)))
    console.print()


def _rows(change: Change) -> list[tuple[str, str]]:
    rows = [
        (
            "  = stayed",
            f"{_aircraft_text(pair.before)} -> {short_id(pair.after.id)}, {pair.distance_m:.0f} m apart"
            + (", turned, so it moved in between" if pair.turned else ""),
        )
        for pair in change.stayed
    ]
    rows += [("  - left", _aircraft_text(sighting)) for sighting in change.left]
    rows += [("  + arrived", _aircraft_text(sighting)) for sighting in change.arrived]
    rows += [
        ("  ? unknown", f"{_aircraft_text(sighting)}: {because}") for sighting, because in change.unclear
    ]
    return rows or [("  ", "no aircraft in either")]


def _scene_text(scene: SearchedScene) -> str:
    rendered = ", RENDERED" if scene.rendered else ""
    return f"{time_text(scene.acquired)} {scene.name} ({scene.review}{rendered})"


def _aircraft_text(sighting: Sighting) -> str:
    return (
        f"{short_id(sighting.id)} {sighting.type or 'type unknown'}, {size_text(sighting)}, "
        f"at {position_text(sighting)}"
    )
