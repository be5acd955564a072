"""``hardstand log show``: all that the log says of one aircraft, route or scene."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from annotate.cli.options import log_option
from annotate.cli.output import value_text
from annotate.cli.tables import row_grid
from annotate.cli.terminal_picture import print_picture, protocol_of
from annotate.exports.rounding import rounded_sighting
from annotate.intake.grades import admiralty_words
from annotate.log.chips import CHANGED, ChipFile, LoggedChip, chip_files
from annotate.log.entries import LIKELIHOOD, Sighting
from annotate.log.size_check import size_check
from annotate.log.store import open_log
from annotate.query.history import History, Step, history_of, members_of
from imagery.aircraft.types import aircraft_types
from imagery.airfields import airfields
from imagery.cli.messages import printable, say


@click.command()
@click.argument("identifier", metavar="ID")
@log_option
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object, with every entry as it was logged."
)
def show(identifier: str, location: str, as_json: bool) -> None:
    """Show all that is known about one aircraft, route or scene.

    ID is that of any entry about it; the first digits are enough. Shows the current entry, its
    history and its chips, which are drawn if the terminal can show images and named otherwise.
    """
    with open_log(location) as log:
        history = history_of(log, identifier)
        chips = chip_files(history.now.payload, log.chips)
    if as_json:
        say(json.dumps(_members(history, chips), ensure_ascii=False))
    else:
        print_history(history, chips)


def _members(history: History, chips: list[ChipFile]) -> dict[str, Any]:
    return {
        "now": history.now.payload,
        "chips": {chip.member: {"path": str(chip.path), "state": chip.state} for chip in chips},
        "history": [step.to_json() for step in history.steps],
    }


def print_history(history: History, chips: list[ChipFile]) -> None:
    """Print what holds now, how it came to that, and the images."""
    console = Console()
    console.print(_title(history.now), style="bold", markup=False, highlight=False)
    console.print(row_grid(_facts(_as_shown(history.now.payload))))
    console.print("\nHistory, the oldest first", style="bold", highlight=False)
    console.print(row_grid(row for step in history.steps for row in _step_rows(step)))
    if not chips and history.now.payload.get("evidence") == "seen":
        console.print(f"\nno chips: {_why_no_chips(history.now.payload)}", highlight=False)
    for chip in chips:
        _print_chip(chip, console)


def _title(step: Step) -> str:
    payload = step.payload
    states = [payload.get("evidence"), payload.get("status") or payload.get("verdict")]
    if payload.get("rendered") or payload.get("scene", {}).get("rendered"):
        states.append("RENDERED, not a photograph")
    return f"{step.entry.kind} {step.entry.id}: {', '.join(state for state in states if state)}"


def _as_shown(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what holds with rounded numbers and, of a size that is not its type's, what the two are."""
    if payload["kind"] != "sighting":
        return payload
    sighting = rounded_sighting(Sighting.from_payload(payload))
    check = size_check(sighting)
    disagrees = {} if check is None or check.fits else {"size_disagrees": f"true ({check.words})"}
    return {**payload, **vars(sighting), **disagrees}


def _facts(payload: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield every member that is set, under the name it has in exports; parts of one as ``scene.path``."""
    for name, value in members_of(payload).items():
        if name not in ("kind", "schema_version"):
            yield from _fact(name, value)


def _fact(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for part, inner in value.items():
            yield from _fact(f"{name}.{part}", inner)
    elif value is not None:
        yield name, value_text(value) + _meaning(name, value)


def _meaning(name: str, value: Any) -> str:
    """Return what a code stands for, where that is known."""
    if name == "type" and value in aircraft_types():
        return f" ({aircraft_types()[value].name})"
    if name == "airfield" and value in airfields():
        return f" ({airfields()[value].words})"
    if name == "likelihood" and value in LIKELIHOOD:
        return " ({} to {} %, ICD 203)".format(*LIKELIHOOD[value])
    if name == "admiralty" and (words := admiralty_words(value)):
        return f" ({words})"
    return ""


def _step_rows(step: Step) -> Iterator[tuple[str, str]]:
    payload, entry = step.payload, step.entry
    yield f"#{entry.seq}", f"{payload['logged']}  {entry.kind} {entry.id}"
    verdict = entry.kind == "verdict"
    statement = payload.get("verdict") if verdict else payload.get("status")
    by_whom = " by ".join(word for word in (statement, payload.get("analyst")) if word)
    reasons = (payload.get("because"), payload.get("withdrawn") if verdict else None)
    yield "", ": ".join(word for word in (by_whom, *reasons) if word)
    for name, (before, now) in step.changed.items():
        yield "", f"{name}: {value_text(before)} -> {value_text(now)}"
    yield "", f"hash {entry.hash}"


def _why_no_chips(payload: Mapping[str, Any]) -> str:
    if payload.get("chip") is None:
        return "its scene was not at hand when it was logged"
    return "their folder is not known; name it with HARDSTAND_CHIPS"


def _print_chip(chip: ChipFile, console: Console) -> None:
    console.print(Text(printable(f"\n{chip.member}: {chip.path} ({chip.state})")), soft_wrap=True)
    protocol = protocol_of(os.environ, console)
    if protocol is None or not (isinstance(chip.chip, LoggedChip) or chip.chip == CHANGED):
        return
    try:
        print_picture(chip.path, protocol, console)
    except ValueError:
        console.print(Text("not an image that can be shown"))
