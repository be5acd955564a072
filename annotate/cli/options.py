"""Options that the review and log commands share, declared under the library's names of parameters."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar, get_args

import click

from annotate.intake.fields import ANALYST_VARIABLE
from annotate.intake.filter_parsing import parse_filter
from annotate.log.entries import Evidence, Status
from annotate.log.migrating import NoLog

Command = TypeVar("Command", bound=Callable[..., Any])


def log_named_by(option: str, meaning: str) -> Callable[[Command], Command]:
    """Return an option that names a log, as the parameter ``location``."""
    return click.option(
        option,
        "location",
        envvar="HARDSTAND_LOG",
        default="hardstand.db",
        show_default=True,
        show_envvar=True,
        metavar="FILE|URL",
        help=meaning,
    )


def log_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--log`` to a command; where that names no log, the error says which commands make one."""

    @functools.wraps(command)
    def with_log(*args: Any, **options: Any) -> Any:
        try:
            return command(*args, **options)
        except NoLog as reason:
            raise NoLog(
                f"{reason}, or create it with `hardstand review pull` or `hardstand log add`"
            ) from None

    return log_named_by("--log", "The sighting log.")(with_log)


analyst_option = click.option(
    "--analyst",
    envvar=ANALYST_VARIABLE,
    show_envvar=True,
    metavar="NAME",
    help="Your name, kept with the entry.",
)
because_option = click.option(
    "--because", required=True, metavar="TEXT", help="The reason; the log keeps it."
)
project_option = click.option("--project", required=True, metavar="NAME", help="Title of the review project.")
scenes_option = click.option(
    "--scenes",
    type=click.Path(exists=True, file_okay=False),
    multiple=True,
    metavar="DIR",
    help="A folder that scenes were moved to; they are found there by their hash, whatever their names.",
)
data_option = click.option(
    "--data",
    type=click.Path(file_okay=False),
    metavar="DIR",
    help="The server's folder. [default: the user's data folder]",
)

# What `annotate.intake.filter_parsing.parse_filter` takes.
_FILTER_OPTIONS = {
    "airfields": click.option(
        "--airfield", "airfields", multiple=True, metavar="ICAO", help="At this airfield."
    ),
    "types": click.option(
        "--type",
        "types",
        multiple=True,
        metavar="DESIGNATOR",
        help="Of this type, as claimed by people; `unknown`: no type is claimed.",
    ),
    "operators": click.option(
        "--operator", "operators", multiple=True, metavar="TEXT", help="With this in the operator's name."
    ),
    "since": click.option(
        "--since",
        metavar="ISO8601",
        help="Not before this time: 2023-10, 2023-10-27 or 2023-10-27T10:36Z. Less precise times "
        "are included if they may match.",
    ),
    "until": click.option(
        "--until", metavar="ISO8601", help="Not after this time; a day or month includes all of it."
    ),
    "bbox": click.option(
        "--bbox",
        metavar="W,S,E,N",
        help="In this box, in degrees; W greater than E crosses the antimeridian.",
    ),
    "statuses": click.option(
        "--status",
        "statuses",
        multiple=True,
        type=click.Choice(get_args(Status)),
        help="With this status. [default: all but withdrawn]",
    ),
    "analysts": click.option(
        "--analyst",
        "analysts",
        multiple=True,
        metavar="NAME",
        help="Stated by this analyst, alone or with others.",
    ),
    "evidence": click.option(
        "--evidence",
        multiple=True,
        type=click.Choice(get_args(Evidence)),
        help="How it is known. All filters except times and box can be repeated: any of the values matches.",
    ),
}


def filter_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of a filter to a command, which gets them as one argument, ``matching``."""

    @functools.wraps(command)
    def with_filter(**arguments: Any) -> Any:
        matching = parse_filter(**{name: arguments.pop(name) for name in _FILTER_OPTIONS})
        return command(**arguments, matching=matching)

    # wraps() shares the command's list of options, so these stay in it.
    for option in reversed(_FILTER_OPTIONS.values()):
        with_filter = option(with_filter)
    return with_filter


# What `annotate.intake.statements.Claim` has.
_CLAIM_OPTIONS = (
    click.option("--type", metavar="DESIGNATOR", help="ICAO designator, such as C130."),
    click.option("--operator", metavar="TEXT", help="Who flies it."),
    click.option("--tail-number", metavar="TEXT", help="Its registration or serial number."),
    click.option(
        "--source", metavar="TEXT", help="Who or what says so, such as 'photograph in Le Monde, page 3'."
    ),
    click.option("--source-url", metavar="URL", help="Where the source can be found."),
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
        "--likelihood", metavar="WORDS", help="How likely the claim is, as in ICD 203: 'very likely'."
    ),
    click.option("--note", metavar="TEXT", help="Your own words."),
    click.option("--private", is_flag=True, help="Keep the note out of what is published."),
    analyst_option,
)


def claim_options(command: Command) -> Command:
    """Add the options that state a claim: what is said of an aircraft, by whom, and from what source."""
    for option in reversed(_CLAIM_OPTIONS):
        command = option(command)
    return command
