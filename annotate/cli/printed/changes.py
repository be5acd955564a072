"""Two successive scenes of an airfield, compared, on a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from annotate.cli.printed.cells import place_words, printable, short_id, size_words, when_words
from annotate.log.entries import Sighting
from annotate.query.changes import Change
from annotate.query.searched_scenes import SearchedScene


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
