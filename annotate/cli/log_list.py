"""``hardstand log list``: the sightings as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from annotate.cli.options import log_option

if TYPE_CHECKING:
    from annotate.log.entry import Sighting


@click.command("list")
@log_option
@click.option("--json", "as_json", is_flag=True, help="A JSON array with every field.")
@click.option("--csv", "as_csv", is_flag=True, help="CSV with every field.")
def list_sightings(location: str, as_json: bool, as_csv: bool) -> None:
    """List the sightings that hold now: none that was superseded or withdrawn."""
    import json
    import sys
    from dataclasses import asdict

    from annotate.export.csv import write_csv
    from annotate.log.store import open_log
    from imagery.errors import UsageError

    if as_json and as_csv:
        raise UsageError("--json and --csv exclude each other; say one")
    with open_log(location) as log:
        sightings = log.sightings()
    if as_json:
        click.echo(json.dumps([asdict(sighting) for sighting in sightings], indent=1, ensure_ascii=False))
    elif as_csv:
        write_csv(sightings, sys.stdout)
    elif sightings:
        _print_table(sightings)
    else:
        click.echo(f"{location}: no sightings", err=True)


def _print_table(sightings: list[Sighting]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    # On 80 columns what has a space to break at is broken there, and what has none stays whole.
    table = Table(box=box.SIMPLE_HEAD, padding=0, pad_edge=False, caption_justify="left")
    for name in ("acquired", "airfield", "type", "size m", "heading", "lon, lat", "verdict", "analyst"):
        whole = name in {"airfield", "size m", "heading", "verdict"}
        table.add_column(name, overflow="fold", no_wrap=whole)
    for sighting in sightings:
        cells = _cells(sighting)
        table.add_row(*(Text(cell) for cell in cells))
    if any(sighting.rendered for sighting in sightings):
        table.caption = "* from a rendered scene, not a photograph"
    Console().print(table)


def _cells(sighting: Sighting) -> tuple[str, ...]:
    size, heading, place = "?", "?", "no place"
    if sighting.lon is not None and sighting.lat is not None:
        place = f"{sighting.lon:.5f}, {sighting.lat:.5f}"
    if sighting.length_m is not None and sighting.wingspan_m is not None:
        size = f"{sighting.length_m:.0f} x {sighting.wingspan_m:.0f}"
    if sighting.heading_deg is not None:
        heading = f"{sighting.heading_deg:.0f}°" + ("" if sighting.heading_sure else " ?")
    return (
        (sighting.acquired or "unknown").replace("T", " ") + ("*" if sighting.rendered else ""),
        sighting.airfield or "-",
        sighting.type or "unknown",
        size,
        heading,
        place,
        sighting.verdict,
        sighting.analyst.split("@", maxsplit=1)[0],
    )
