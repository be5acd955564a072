"""``hardstand log timeline``: what the log knows of one airfield, in the order of time."""

from __future__ import annotations

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from annotate.cli.options import log_option
from annotate.cli.output import echo_array
from annotate.cli.tables import (
    period_words,
    printable,
    said_words,
    short_id,
    size_words,
    source_words,
    when_words,
)
from annotate.log.entries import Movement, Sighting
from annotate.log.store import open_log
from annotate.query.filters import Filter
from annotate.query.searched_scenes import SearchedScene, searched_scenes
from annotate.query.timeline import Event
from annotate.query.timeline import timeline as events_of
from imagery.airfields import airfield_of


@click.command()
@click.argument("icao", metavar="ICAO")
@log_option
@click.option("--json", "as_json", is_flag=True, help="A JSON array, one object for each event.")
def timeline(icao: str, location: str, as_json: bool) -> None:
    """Tell what is known of an airfield in the order of time.

    Scenes with what was seen in them, and scenes without aircraft; apart from these, what others report and
    what is inferred.
    """
    airfield = airfield_of(icao, "ICAO")
    wanted = Filter(airfields=frozenset({airfield.icao}))
    with open_log(location) as log:
        events = events_of(searched_scenes(log, airfield.icao), log.sightings(wanted), log.movements(wanted))
        name = log.name
    if as_json:
        echo_array(event.to_json() for event in events)
    elif events:
        print_timeline(events)
    else:
        click.echo(f"{name}: nothing is known of {airfield.icao} ({airfield.name})", err=True)


def print_timeline(events: list[Event]) -> None:
    """Print an event a line: when, how it is known, what."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column()
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for event in events:
        grid.add_row(*(Text(printable(cell)) for cell in _cells(event)))
    Console().print(grid)


def _cells(event: Event) -> tuple[str, str, str]:
    match event.entry:
        case SearchedScene() as scene:
            return when_words(scene.record.acquired), "scene", _scene_words(scene)
        case Movement() as movement:
            return period_words(movement), movement.evidence, _movement_words(movement)
        case sighting:
            return when_words(sighting.acquired), sighting.evidence, _sighting_words(sighting)


def _scene_words(scene: SearchedScene) -> str:
    seen = [
        f"\n{one.type or 'type unknown'}, {size_words(one)} m, {said_words(one)}, {short_id(one.id)}"
        for one in scene.sightings
    ]
    rendered = "; RENDERED, not a photograph" if scene.record.rendered else ""
    count = f"{len(seen)} seen" if seen else "no aircraft seen"
    return f"{scene.name}: {count}; {scene.review}{rendered}" + "".join(seen)


def _sighting_words(sighting: Sighting) -> str:
    count = f"{sighting.count} x " if sighting.count > 1 else ""
    facts = (sighting.operator, sighting.tail_number, source_words(sighting), sighting.admiralty)
    what = ", ".join(fact for fact in (sighting.type or "aircraft", *facts) if fact)
    return f"{count}{what}, {short_id(sighting.id)}"


def _movement_words(movement: Movement) -> str:
    because = movement.reasoning if movement.evidence == "inferred" else source_words(movement)
    facts = (movement.type, movement.operator, movement.tail_number, because)
    return (
        f"{' - '.join(movement.places)}: {', '.join(fact for fact in facts if fact)}, {short_id(movement.id)}"
    )
