"""Options that the review and log commands share."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

import click

from annotate.intake.fields import aircraft_type_of
from annotate.intake.statements import Claim, stated_claim, stated_source
from annotate.log.entries import Evidence, Movement, Sighting, Status
from annotate.log.migrating import NoLog
from annotate.query.filters import Filter, parse_bbox, parse_period
from imagery.airfields import airfield_of


def log_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--log`` to a command; where that names no log, the error says which commands make one."""

    @functools.wraps(command)
    def with_log(*args: Any, **options: Any) -> Any:
        try:
            return command(*args, **options)
        except NoLog as reason:
            raise NoLog(f"{reason}, or make it with `hardstand review pull` or `hardstand log add`") from None

    return click.option(
        "--log",
        "location",
        envvar="HARDSTAND_LOG",
        default="hardstand.db",
        show_default=True,
        show_envvar=True,
        metavar="FILE|URL",
        help="The sighting log.",
    )(with_log)


analyst_option = click.option(
    "--analyst", envvar="HARDSTAND_ANALYST", show_envvar=True, metavar="NAME", help="Who says so: you."
)
because_option = click.option("--because", required=True, metavar="TEXT", help="Why; it is kept with it.")
project_option = click.option("--project", required=True, metavar="NAME", help="Title of the review project.")
data_option = click.option(
    "--data",
    type=click.Path(file_okay=False),
    metavar="DIR",
    help="The server's folder. [default: one of the user's own]",
)


UNKNOWN_TYPE = "unknown"


def filter_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of a filter to a command, which gets them as one argument ``wanted``, a `Filter`."""

    @functools.wraps(command)
    def with_filter(**said: Any) -> Any:
        wanted = filter_of(**{name: said.pop(name) for name in _NAMES})
        return command(**said, wanted=wanted)

    # wraps() shares the command's list of options, so these stay in it.
    for option in reversed(_FILTER_OPTIONS):
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


_FILTER_OPTIONS = (
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


Command = TypeVar("Command", bound=Callable[..., Any])


def claim_options(command: Command) -> Command:
    """What is said of an aircraft, by whom and from what source; `claim_of` reads them."""
    for option in reversed(_CLAIM_OPTIONS):
        command = option(command)
    return command


def claim_of(
    *,
    source: str | None,
    source_url: str | None,
    archive_url: str | None,
    file: str | None,
    grade: str | None,
    **said: Any,
) -> Claim:
    """What `claim_options` were given, checked.

    Raises:
        UsageError: Something of it cannot be logged.
    """
    return stated_claim(**said, source=stated_source(source, source_url, archive_url, file, grade))


def echo_stated(log_name: str, held: Sighting | Movement, words: str) -> None:
    """Print the identifier of what the log holds of a statement, and to stderr how it was understood."""
    click.echo(f"{log_name}: {held.evidence}, not seen: {words}", err=True)
    if held.status == "withdrawn":
        click.echo(f"{held.id} was logged before and withdrawn ({held.because}); it stays so", err=True)
    click.echo(held.id)


_CLAIM_OPTIONS = (
    click.option("--type", "aircraft_type", metavar="DESIGNATOR", help="ICAO designator, such as C130."),
    click.option("--operator", metavar="TEXT", help="Who flies it."),
    click.option("--tail-number", metavar="TEXT", help="Its registration or serial."),
    click.option(
        "--source", metavar="TEXT", help="Who or what says so, such as 'photograph in Le Monde, page 3'."
    ),
    click.option("--source-url", metavar="URL", help="Where that is to be had."),
    click.option("--archive-url", metavar="URL", help="Where an archive keeps it."),
    click.option(
        "--file",
        type=click.Path(exists=True, dir_okay=False),
        metavar="FILE",
        help="A file to attach: the log keeps its name and SHA-256, you keep the file.",
    ),
    click.option(
        "--grade",
        metavar="A1..F6",
        help="Admiralty code: reliability of the source A-F, credibility of the information 1-6.",
    ),
    click.option(
        "--likelihood", metavar="WORDS", help="How likely the claim is, as ICD 203 says it: 'very likely'."
    ),
    click.option("--note", metavar="TEXT", help="Your own words."),
    click.option("--private", is_flag=True, help="Keep the note out of what is published."),
    analyst_option,
)
