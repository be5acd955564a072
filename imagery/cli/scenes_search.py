"""``hardstand scenes search``: the scenes of a catalogue that show a place."""

from __future__ import annotations

from typing import Any

import click

from imagery.catalogue.places import watched_places
from imagery.catalogue.search import CatalogueItem, Wanted, search_catalogue, searched_period, write_items
from imagery.cli.messages import say
from imagery.cli.options import POSITIVE, named_airfields, overwrite_option, place_options
from imagery.cli.progress import progress
from imagery.words import counted

WIDTH = 80  # columns
_ROW = "{:<17} {:<9} {:<16} {:>6} {:>6} {}"


@click.command()
@click.option(
    "--catalogue",
    required=True,
    metavar="URL|FILE",
    help="A STAC API, a collection of one, a static catalogue, or a file of STAC items. No other server is "
    "asked.",
)
@place_options
@click.option(
    "--since", metavar="ISO8601", help="Not before this time: 2023-10, 2023-10-27 or 2023-10-27T10:36Z."
)
@click.option("--until", metavar="ISO8601", help="Not after this time; a day or month includes all of it.")
@click.option(
    "--max-cloud",
    type=click.FloatRange(0, 100),
    metavar="PERCENT",
    help="Leave out scenes that state more cloud cover.",
)
@click.option(
    "--max-gsd",
    "max_gsd_m",
    type=POSITIVE,
    metavar="METRES",
    help="Leave out scenes that state larger pixels.",
)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    help="Write the items as GeoJSON, which `hardstand scenes fetch` and `hardstand detect` take.",
)
@overwrite_option
def search(
    catalogue: str,
    since: str | None,
    until: str | None,
    max_cloud: float | None,
    max_gsd_m: float | None,
    output: str | None,
    overwrite: bool,
    **places: Any,
) -> None:
    """List the scenes of a catalogue that show a place.

    An item that does not state its cloud cover or GSD is listed. What of the catalogue cannot be read or used
    is named, and the exit code is then 1; the rest is listed.
    """
    wanted = Wanted(
        watched_places(*named_airfields(**places)), searched_period(since, until), max_cloud, max_gsd_m
    )
    with progress("search", "questions") as report:
        result = search_catalogue(catalogue, wanted, report)
    for problem in result.problems:
        say(f"Error: {problem}", err=True)
    for line in _table(result.items):
        say(line, err=output is not None)
    if output is not None:
        write_items(result.items, output, overwrite=overwrite)
        say(output)
    say(counted(len(result.items), "scene") if result.items else "no scenes", err=True)
    if result.problems:
        raise SystemExit(1)


def _table(items: list[CatalogueItem]) -> list[str]:
    rows = [_ROW.format("acquired", "airfield", "sensor", "GSD m", "cloud", "item")] if items else []
    for item in items:
        several = f"+{len(item.airfields) - 1}" if len(item.airfields) > 1 else ""
        rows.append(
            _ROW.format(
                (item.acquired.text or "unknown")[:16],
                f"{item.airfields[0]}{several}" if item.airfields else "",
                _cut(item.sensor or "unknown", 16),
                "" if item.gsd_m is None else f"{item.gsd_m:.2f}".rstrip("0").rstrip("."),
                "" if item.cloud_percent is None else f"{item.cloud_percent:.0f} %",
                item.identifier,
            )
        )
    return [_cut(row, WIDTH) for row in rows]


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"
