"""``hardstand log timeline``: what the log knows of one airfield, in order of time."""

from __future__ import annotations

import click
from rich.console import Console

from annotate.cli.options import log_option
from annotate.cli.output import (
    echo_array,
    period_text,
    short_id,
    size_text,
    source_text,
    time_text,
    verdict_text,
)
from annotate.cli.tables import row_grid
from annotate.log.entries import Movement, Sighting
from annotate.log.store import open_log
from annotate.query.searched_scenes import SearchedScene
from annotate.query.timeline import Event, events_at
from imagery.airfields import airfield_of
from imagery.cli.messages import say


@click.command()
@click.argument("icao", metavar="ICAO")
@log_option
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array, one object per event.")
def timeline(icao: str, location: str, as_json: bool) -> None:
    """List what is known about an airfield, in order of time.

    Scenes are listed with what was seen in them, also those without aircraft; apart from them what others
    report and what is inferred.
    """
    airfield = airfield_of(icao, "`icao`")
    with open_log(location) as log:
        events, name = events_at(log, airfield.icao), log.name
    if as_json:
        echo_array(event.to_json() for event in events)
    elif events:
        Console().print(row_grid(map(_cells, events), whole=1))
    else:
        say(f"{name}: nothing is known of {airfield.icao} ({airfield.words})", err=True)


def _cells(event: Event) -> tuple[str, str, str]:
    """Return when it was, how it is known, and what it was."""
    match event.entry:
        case SearchedScene() as scene:
            return time_text(scene.acquired), "scene", _scene_text(scene)
        case Movement() as movement:
            return period_text(movement), movement.evidence, _movement_text(movement)
        case sighting:
            return time_text(sighting.acquired), sighting.evidence, _sighting_text(sighting)


def _scene_text(scene: SearchedScene) -> str:
    lines = [
        f"\n{sighting.type or 'type unknown'}, {size_text(sighting)}, {verdict_text(sighting)}, "
        f"{short_id(sighting.id)}"
        for sighting in scene.sightings
    ]
    rendered = "; RENDERED, not a photograph" if scene.rendered else ""
    count = f"{len(lines)} seen" if lines else "no aircraft" if scene.complete else "no aircraft seen so far"
    return f"{scene.name}: {count}; {scene.coverage}{rendered}" + "".join(lines)


def _sighting_text(sighting: Sighting) -> str:
    count = f"{sighting.count} x " if sighting.count > 1 else ""
    facts = (sighting.operator, sighting.tail_number, source_text(sighting), sighting.admiralty)
    what = ", ".join(fact for fact in (sighting.type or "aircraft", *facts) if fact)
    return f"{count}{what}, {short_id(sighting.id)}"


def _movement_text(movement: Movement) -> str:
    grounds = movement.reasoning if movement.evidence == "inferred" else source_text(movement)
    facts = (movement.type, movement.operator, movement.tail_number, grounds)
    return (
        f"{' - '.join(movement.places)}: {', '.join(fact for fact in facts if fact)}, {short_id(movement.id)}"
    )
