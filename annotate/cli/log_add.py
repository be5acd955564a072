"""``hardstand log add``: a sighting from another source."""

from __future__ import annotations

from typing import Any

import click

from annotate.cli.options import claim_of, claim_options, echo_stated, log_option
from annotate.intake.place import Place, parse_lonlat, stated_place, swapped_airfield
from annotate.intake.statements import reported_sighting
from annotate.intake.when import parse_when_known
from annotate.log.store import open_log


@click.command()
@click.option("--airfield", metavar="ICAO", help="Where it was: an airfield.")
@click.option(
    "--lonlat",
    metavar="LON,LAT",
    help="Where it was: degrees, west and south negative. With --airfield it must lie there.",
)
@click.option(
    "--when",
    required=True,
    metavar="ISO8601",
    help="2023-10, 2023-10-27 or 2023-10-27T10:36Z, as precisely as it is known; or `unknown`.",
)
@click.option(
    "--count", type=click.IntRange(min=1), default=1, show_default=True, help="Aircraft it speaks of."
)
@claim_options
@log_option
def add(airfield: str | None, lonlat: str | None, when: str, count: int, location: str, **said: Any) -> None:
    """Log a sighting that another source reports.

    That is a photograph, a post, a flight tracker. It is marked as reported, everywhere: nobody here saw it
    in an image. What could be misread is refused, never guessed. Prints the entry's identifier; the same
    again adds nothing.
    """
    place = stated_place(airfield, None if lonlat is None else parse_lonlat(lonlat))
    sighting = reported_sighting(place, parse_when_known(when, "--when"), claim_of(**said), count=count)
    with open_log(location, create=True) as log:
        held, name = log.add(sighting), log.name
    echo_stated(name, held, f"{held.type or 'aircraft'} {_where(place)}")


def _where(place: Place) -> str:
    """The place as it was understood, so that a slip shows."""
    where = "away from any airfield"
    if place.airfield is not None:
        where = f"at {place.airfield.icao} ({place.airfield.name})"
    if place.distance_m is not None:
        where += f", {place.distance_m / 1000:.1f} km from its reference point"
    if place.lonlat is not None and place.airfield is None and (other := swapped_airfield(place.lonlat)):
        where += f"; swapped, it would lie at {other.icao} ({other.name}): is longitude first?"
    return where
