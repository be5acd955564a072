"""``hardstand log show``: all that the log says of one aircraft, route or scene."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from annotate.cli.entry_words import facts_of, member_words, signature_words, value_words
from annotate.cli.options import log_option
from annotate.cli.tables import row_grid
from annotate.cli.terminal_picture import print_picture, protocol_of
from annotate.log.chips import CHANGED, ChipFile, LoggedChip, chip_files
from annotate.log.store import open_log
from annotate.query.history import History, Step, history_of
from imagery.cli.messages import printable, say


@click.command()
@click.argument("identifier", metavar="ID")
@log_option
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object, with every entry as it was logged."
)
def show(identifier: str, location: str, as_json: bool) -> None:
    """Tell in words what is known about one aircraft, route or scene.

    ID is that of any entry about it; the first digits are enough. Shows the current entry, its
    history and its chips, which are drawn if the terminal can show images and named otherwise. The record
    itself, with every field and hash, is what --json prints.
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
    console.print(row_grid(facts_of(history.now.payload)))
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


def _step_rows(step: Step) -> Iterator[tuple[str, str]]:
    payload, entry = step.payload, step.entry
    yield f"#{entry.seq}", f"{payload['logged']}  {entry.kind} {entry.id}"
    verdict = entry.kind == "verdict"
    statement = payload.get("verdict") if verdict else payload.get("status")
    by_whom = " by ".join(word for word in (statement, payload.get("analyst")) if word)
    reasons = (payload.get("because"), payload.get("withdrawn") if verdict else None)
    yield "", ": ".join(word for word in (by_whom, *reasons) if word)
    for name, (before, now) in step.changed.items():
        yield "", f"{member_words(name)}: {value_words(before)} -> {value_words(now)}"
    yield "", f"hash {entry.hash}"
    yield "", f"signature: {signature_words(payload)}"


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
