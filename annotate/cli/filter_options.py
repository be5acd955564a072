"""Options that say which entries of the log are asked for: the same for listings, exports and the report."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from annotate.query.filters import Filter

UNKNOWN_TYPE = "unknown"


def filter_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of a filter to a command, which gets them as one argument ``wanted``, a `Filter`."""

    @functools.wraps(command)
    def with_filter(**said: Any) -> Any:
        wanted = filter_of(**{name: said.pop(name) for name in _NAMES})
        return command(**said, wanted=wanted)

    # wraps() shares the command's list of options, so these stay in it.
    for option in reversed(_OPTIONS):
        with_filter = option(with_filter)
    return with_filter


def filter_of(
    *,
    airfields: tuple[str, ...],
    types: tuple[str, ...],
    operators: tuple[str, ...],
    analysts: tuple[str, ...],
    statuses: tuple[str, ...],
    evidence: tuple[str, ...],
    since: str | None,
    until: str | None,
    bbox: str | None,
) -> Filter:
    """The filter that a command's options name.

    Raises:
        UsageError: An airfield or a type is not known, a time is none, or the box is none.
    """
    from typing import cast

    from annotate.intake.fields import aircraft_type_of
    from annotate.log.entries import Evidence, Status
    from annotate.query.filters import Filter, parse_bbox, parse_period
    from imagery.airfields import airfield_of

    return Filter(
        airfields=frozenset(airfield_of(icao, "--airfield").icao for icao in airfields),
        types=frozenset(
            None if one.casefold() == UNKNOWN_TYPE else aircraft_type_of(one).icao for one in types
        ),
        operators=frozenset(operators),
        analysts=frozenset(analysts),
        statuses=cast(frozenset[Status], frozenset(statuses)),
        evidence=cast(frozenset[Evidence], frozenset(evidence)),
        during=parse_period(since, until),
        bbox=None if bbox is None else parse_bbox(bbox),
    )


_OPTIONS = (
    click.option("--airfield", "airfields", multiple=True, metavar="ICAO", help="At this airfield."),
    click.option(
        "--type",
        "types",
        multiple=True,
        metavar="DESIGNATOR",
        help="Of this type, as people claim it; `unknown` where nobody does.",
    ),
    click.option(
        "--operator", "operators", multiple=True, metavar="TEXT", help="With this in the operator's name."
    ),
    click.option(
        "--since",
        metavar="ISO8601",
        help="Not before it: 2023-10, 2023-10-27 or 2023-10-27T10:36Z. What is known less precisely is "
        "listed where it may be.",
    ),
    click.option("--until", metavar="ISO8601", help="Not after it: the day or month that is named is in it."),
    click.option(
        "--bbox",
        metavar="W,S,E,N",
        help="In this box of degrees; W above E crosses the antimeridian.",
    ),
    click.option(
        "--status",
        "statuses",
        multiple=True,
        type=click.Choice(["confirmed", "disputed", "withdrawn"]),
        help="[default: all but withdrawn]",
    ),
    click.option(
        "--analyst",
        "analysts",
        multiple=True,
        metavar="NAME",
        help="Said by this analyst, alone or with others.",
    ),
    click.option(
        "--evidence",
        multiple=True,
        type=click.Choice(["seen", "reported", "inferred"]),
        help="How it is known. All of these but times and box can be repeated: any one of them fits.",
    ),
)
_NAMES = (
    "airfields",
    "types",
    "operators",
    "since",
    "until",
    "bbox",
    "statuses",
    "analysts",
    "evidence",
)
