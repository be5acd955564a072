"""``hardstand models list``: models with what they were learned from."""

from __future__ import annotations

import json

import click
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from detect.verifier.verifier_file import StoredVerifier, read_verifier
from imagery.cli.messages import printable, say


@click.command("list")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--json", "as_json", is_flag=True, help="A JSON array, one object per model.")
def list_models(files: tuple[str, ...], as_json: bool) -> None:
    """List each FILE that `hardstand learn` wrote.

    Shown are the beginning of its hash, as candidates files and the log name it; the detector; how many
    scenes, aircraft and other candidates it was learned from; average precision on scenes that were held out,
    before and after; and how far a score was off there (ECE).
    """
    stored = {name: read_verifier(name) for name in files}
    if as_json:
        say(json.dumps([_members(name, each) for name, each in stored.items()], ensure_ascii=False))
        return
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("model", overflow="fold")
    table.add_column("hash", no_wrap=True)
    table.add_column("detector", overflow="fold")
    for column in ("scenes", "aircraft", "others", "AP", "off by"):
        table.add_column(column, justify="right", no_wrap=column != "AP")
    for name, each in stored.items():
        table.add_row(*(Text(printable(cell)) for cell in _cells(name, each)))
    Console().print(table)


def _cells(name: str, stored: StoredVerifier) -> list[str]:
    verifier, held_out = stored.verifier, stored.verifier.held_out
    weights = verifier.detector.params.get("model")
    before, after = held_out.before.average_precision, held_out.after.average_precision
    return [
        name,
        stored.sha256[:16],
        verifier.detector.name + (f" {weights}" if weights else ""),
        str(len(verifier.learned_from.scenes)),
        str(held_out.aircraft),
        str(held_out.others),
        f"{before:.3f} > {after:.3f}",
        f"{held_out.after.calibration_error:.3f}",
    ]


def _members(name: str, stored: StoredVerifier) -> dict[str, object]:
    verifier, held_out = stored.verifier, stored.verifier.held_out
    return {
        "file": name,
        "sha256": stored.sha256,
        "detector": verifier.detector._asdict(),
        "learned_from": verifier.learned_from._asdict(),
        "held_out": held_out._asdict()
        | {"before": held_out.before._asdict(), "after": held_out.after._asdict()},
    }
