"""``hardstand log changes``: which stands of an airfield were occupied and empty, scene by scene."""

from __future__ import annotations

import click
from rich.console import Console
from rich.text import Text

from annotate.cli.options import log_option
from annotate.cli.output import echo_array, position_text, short_id, size_text, time_text
from annotate.cli.tables import row_grid
from annotate.log.entries import Sighting
from annotate.log.store import open_log
from annotate.query.changes import SAID_EMPTY, Change, compare_days, compare_successive
from annotate.query.sameness import OccupiedStand
from annotate.query.searched_scenes import SearchedScene, searched_scenes
from annotate.query.shown import data_share_in
from imagery.airfields import airfield_of
from imagery.cli.messages import printable, say
from imagery.recorded_scenes import RecordedScenes
from imagery.words import counted


@click.command()
@click.argument("icao", metavar="ICAO")
@log_option
@click.option(
    "--between",
    "days",
    type=(str, str),
    metavar="DATE DATE",
    help="Compare the first scene of one day or month with the last of another instead, and say of stands "
    "that are occupied in both whether they were empty in between.",
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array, one object per pair of scenes.")
def changes(icao: str, location: str, days: tuple[str, str] | None, as_json: bool) -> None:
    """Compare each scene of an airfield with the next, stand by stand.

    A stand that the next scene does not show is compared with the next scene that does, below the two.

    A stand is occupied in both, maybe by another aircraft; newly occupied; newly empty; or not visible.
    Empty is said only of a stand that an analyst has seen in a scene that can show an aircraft of that
    size: not of what is outside, without data, under cloud, too small, or in a tile that nobody has seen.
    """
    airfield = airfield_of(icao, "`icao`")
    with open_log(location) as log:
        scenes, name = searched_scenes(log, airfield.icao), log.name
    with RecordedScenes(hashed=False) as files:
        share = data_share_in(files)
        compared = compare_successive(scenes, share) if days is None else compare_days(scenes, *days, share)
        if as_json:
            echo_array(change.to_json() for change in compared)
            return
        say(f"{name}: {_scenes_text(scenes)} of {airfield.icao} ({airfield.words})", err=True)
        change = None
        for change in compared:
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
    """Print the two scenes, then each stand by what is known of it."""
    console = Console()
    console.print(Text(printable(_scene_text(change.earlier)), style="bold"))
    console.print(Text(printable(f"-> {_scene_text(change.later)}"), style="bold"))
    if change.passed:
        between = ", ".join(f"{time_text(scene.acquired)} {scene.name}" for scene in change.passed)
        console.print(Text(printable(f"stands that no scene between shows ({between})")))
    console.print(row_grid(_rows(change)))
    console.print()


def _rows(change: Change) -> list[tuple[str, str]]:
    rows = [("  = occupied", _stand_text(stand, change.interval)) for stand in change.occupied]
    rows += [("  - newly empty", _absent_text(sighting, change)) for sighting in change.newly_empty]
    rows += [("  + newly occupied", _absent_text(sighting, change)) for sighting in change.newly_occupied]
    rows += [
        (
            "  ? not visible" if unclear.not_visible else "  ? unclear",
            f"{_aircraft_text(unclear.sighting)}: {unclear.because}",
        )
        for unclear in change.unclear
    ]
    return rows or [("  ", _nothing_text(change))]


def _nothing_text(change: Change) -> str:
    if change.earlier.complete and change.later.complete:
        return "no aircraft in either"
    return "no aircraft seen in either, as far as people could see"


def _stand_text(stand: OccupiedStand, interval: str) -> str:
    lines = [
        f"{_aircraft_text(stand.before)} -> {short_id(stand.after.id)}",
        f"{stand.words}, {interval}: {stand.verdict}",
    ]
    lines += [f"for one aircraft: {'; '.join(stand.for_same)}"] * bool(stand.for_same)
    lines += [f"against: {'; '.join(stand.against)}"] * bool(stand.against)
    return "\n".join(lines)


def _absent_text(sighting: Sighting, change: Change) -> str:
    """Return an aircraft of one scene, and what a person who was asked about its stand said of the other."""
    text = _aircraft_text(sighting)
    return f"{text}; {SAID_EMPTY}" if change.said_empty(sighting) else text


def _scene_text(scene: SearchedScene) -> str:
    rendered = "; RENDERED" if scene.rendered else ""
    return f"{time_text(scene.acquired)} {scene.name} ({scene.coverage}{rendered})"


def _aircraft_text(sighting: Sighting) -> str:
    return (
        f"{short_id(sighting.id)} {sighting.type or 'type unknown'}, {size_text(sighting)}, "
        f"at {position_text(sighting)}"
    )
