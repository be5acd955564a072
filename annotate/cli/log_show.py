"""``hardstand log show``: all that the log says of one aircraft, route or scene."""

from __future__ import annotations

import json
import os
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from annotate.cli.options import log_option
from annotate.cli.tables import printable
from annotate.cli.terminal_picture import print_picture, protocol_of
from annotate.intake.fields import admiralty_words
from annotate.log.chips import CHANGED, ChipFile, LoggedChip, chip_files
from annotate.log.entries import LIKELIHOOD
from annotate.log.store import open_log
from annotate.query.history import Step, Story, members_of, story
from imagery.aircraft.types import aircraft_types
from imagery.airfields import airfields


@click.command()
@click.argument("identifier", metavar="ID")
@log_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object, with every entry as it was logged.")
def show(identifier: str, location: str, as_json: bool) -> None:
    """Show all that the log says of one aircraft, route or scene.

    That is what entry ID is about: what holds now, how it came to that, and its chips. The first digits of ID
    will do. The chips are drawn where the terminal can, else their files are named.
    """
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


def print_story(told: Story, chips: list[ChipFile]) -> None:
    """Print what holds now, how it came to that, and the images."""
    console = Console()
    console.print(_title(told), style="bold", markup=False, highlight=False)
    console.print(_grid(_facts(told.now.payload)))
    console.print("\nHistory, the oldest first", style="bold", highlight=False)
    console.print(_grid([row for step in told.steps for row in _step(step)]))
    if not chips and told.now.payload.get("evidence") == "seen":
        console.print(f"\nno chips: {_why_no_chips(told.now.payload)}", highlight=False)
    for chip in chips:
        _print_chip(chip, console)


def _why_no_chips(payload: dict[str, Any]) -> str:
    if payload.get("chip") is None:
        return "its scene was not at hand when it was logged"
    return "their folder is not known; name it with HARDSTAND_CHIPS"


def _title(told: Story) -> str:
    payload = told.now.payload
    states = [payload.get("evidence"), payload.get("status") or payload.get("verdict")]
    rendered = payload.get("rendered") or payload.get("scene", {}).get("rendered")
    states.append("RENDERED, not a photograph" if rendered else None)
    return f"{told.now.entry.kind} {told.now.entry.id}: {', '.join(state for state in states if state)}"


def _grid(rows: list[tuple[str, str]]) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in rows:
        grid.add_row(Text(name), Text(printable(value)))
    return grid


def _facts(payload: dict[str, Any]) -> list[tuple[str, str]]:
    """Every member that is set, its name that of the exports."""
    return [row for name, value in members_of(payload).items() for row in _fact(name, value)]


def _fact(name: str, value: Any) -> list[tuple[str, str]]:
    if value is None or name in ("kind", "schema_version"):
        return []
    if isinstance(value, dict):
        return [row for inner, each in value.items() for row in _fact(f"{name}.{inner}", each)]
    return [(name, _as_text(value) + _explained(name, value))]


def _as_text(value: Any) -> str:
    if value is None:
        return "unknown"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _explained(name: str, value: Any) -> str:
    """What a code stands for, where it is one that is known."""
    if name == "type" and value in aircraft_types():
        return f" ({aircraft_types()[value].name})"
    if name == "airfield" and value in airfields():
        return f" ({airfields()[value].name})"
    if name == "likelihood" and value in LIKELIHOOD:
        return " ({} to {} %, ICD 203)".format(*LIKELIHOOD[value])
    if name == "admiralty" and (words := admiralty_words(value)):
        return f" ({words})"
    return ""


def _step(step: Step) -> list[tuple[str, str]]:
    payload, entry = step.payload, step.entry
    rows = [(f"#{entry.seq}", f"{payload['logged']}  {entry.kind} {entry.id}")]
    who = payload.get("analyst")
    said = payload.get("verdict") if entry.kind == "verdict" else payload.get("status")
    words = [" by ".join(word for word in (said, who) if word), payload.get("because")]
    words.append(payload.get("withdrawn") if entry.kind == "verdict" else None)
    rows += [("", ": ".join(word for word in words if word))]
    rows += [
        ("", f"{name}: {_as_text(before)} -> {_as_text(now)}") for name, (before, now) in step.changed.items()
    ]
    return [*rows, ("", f"hash {entry.hash}")]


def _print_chip(chip: ChipFile, console: Console) -> None:
    console.print(Text(printable(f"\n{chip.member}: {chip.path} ({chip.state})")), soft_wrap=True)
    protocol = protocol_of(os.environ, console)
    if protocol is None or not (isinstance(chip.chip, LoggedChip) or chip.chip == CHANGED):
        return
    try:
        print_picture(chip.path, protocol, console)
    except ValueError:
        console.print(Text("it is no image that can be shown"))
