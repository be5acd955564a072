"""``hardstand log add``: a sighting from another source."""

from __future__ import annotations

from typing import Any

import click

from annotate.cli.options import claim_options, log_option
from annotate.cli.output import echo_logged
from annotate.cli.signing import own_identity
from annotate.intake.place import parse_place, swapped_airfield
from annotate.intake.statements import reported_sighting
from annotate.log.entries import Sighting
from annotate.log.store import open_log
from annotate.query.stand_matching import place_of


@click.command()
@click.option("--airfield", metavar="ICAO", help="The airfield it was at.")
@click.option(
    "--lonlat",
    metavar="LON,LAT",
    help="Its position in degrees, west and south negative; or with N, S, E, W, as MGRS, a geo: URI or the "
    "link of a map. With --airfield, it must lie there.",
)
@click.option(
    "--when",
    required=True,
    metavar="ISO8601",
    help="2023-10, 2023-10-27 or 2023-10-27T10:36Z, as precisely as it is known; or `unknown`.",
)
@click.option(
    "--count",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Number of aircraft that the source speaks of.",
)
@claim_options
@log_option
def add(location: str, **statement: Any) -> None:
    """Log a sighting that another source reports.

    A source is, for example, a photograph, a post or a flight tracker. The sighting is marked as reported
    everywhere: nobody here saw it in an image. Ambiguous input is refused, never guessed. Prints the
    identifier of the entry; adding the same again changes nothing.
    """
    stated = reported_sighting(**statement)
    with open_log(location, create=True, identity=own_identity()) as log:
        logged, name = log.add(stated), log.name
    echo_logged(name, logged, f"{stated.type or 'aircraft'} {_where(stated)}")


def _where(sighting: Sighting) -> str:
    """Return the place as it was understood, so that a slip shows."""
    place = parse_place(sighting.airfield, place_of(sighting))
    words = "away from any airfield"
    if place.airfield is not None:
        words = f"at {place.airfield.icao} ({place.airfield.words})"
    if place.distance_m is not None:
        words += f", {place.distance_m / 1000:.1f} km from its reference point"
    if place.lonlat is not None and place.airfield is None and (other := swapped_airfield(place.lonlat)):
        words += f"; swapped, it would lie at {other.icao} ({other.name}): is longitude first?"
    return words
