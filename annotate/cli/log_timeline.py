"""``hardstand log timeline``: what the log knows of one airfield, in order of time."""

from __future__ import annotations

from collections.abc import Sequence

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
from annotate.query.shown import data_share_in
from annotate.query.stands import StandInScene, stands_of
from annotate.query.timeline import Event, events_at
from imagery.airfields import airfield_of
from imagery.cli.messages import say
from imagery.recorded_scenes import RecordedScenes

SCENES_ACROSS = 5  # dates that fit beside each other in 80 columns
EMPTY, NOT_SEEN = ".", "?"


@click.command()
@click.argument("icao", metavar="ICAO")
@log_option
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array, one object per event.")
def timeline(icao: str, location: str, as_json: bool) -> None:
    """List what is known about an airfield, in order of time.

    Scenes are listed with what was seen in them, also those without aircraft; apart from them what others
    report and what is inferred. Below, every stand on which an aircraft stood, in every scene of known time.
    """
    airfield = airfield_of(icao, "`icao`")
    with open_log(location) as log:
        events, name = events_at(log, airfield.icao), log.name
    if as_json:
        echo_array(event.to_json() for event in events)
    elif events:
        Console().print(row_grid(map(_cells, events), whole=1))
        for rendered in (False, True):
            _print_stands([scene for scene in _dated(events) if scene.rendered is rendered])
    else:
        say(f"{name}: nothing is known of {airfield.icao} ({airfield.words})", err=True)


def _dated(events: Sequence[Event]) -> list[SearchedScene]:
    return [event.entry for event in events if isinstance(event.entry, SearchedScene) and event.span]


def _print_stands(scenes: Sequence[SearchedScene]) -> None:
    """Print the stands by the scenes: what stood there, that it was empty, or that it was not seen."""
    if len(scenes) < 2:
        return
    with RecordedScenes(hashed=False) as files:
        stands = stands_of(scenes, data_share_in(files))
    if not stands:
        return
    say(f"\nStands: the type, {EMPTY} seen empty, {NOT_SEEN} not visible or seen by no person")
    places = [f"stand {stand.number}" for stand in stands]
    for start in range(0, len(scenes), SCENES_ACROSS):
        part = range(start, min(start + SCENES_ACROSS, len(scenes)))
        head = ("", *(time_text(scenes[index].acquired)[:10] for index in part))
        rows = (
            (place, *(_stand_text(stand.scenes[i]) for i in part))
            for place, stand in zip(places, stands, strict=True)
        )
        Console().print(row_grid([head, *rows]))


def _stand_text(shown: StandInScene) -> str:
    if shown.sighting is not None:
        return shown.sighting.type or "unknown"
    return EMPTY if shown.empty else NOT_SEEN


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
    if lines:
        count = f"{len(lines)} seen"
    else:
        count = "no aircraft" if scene.complete else "no aircraft seen, as far as people could see"
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
