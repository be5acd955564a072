"""Options of the commands that log what others say: the aircraft, the source, and who logs it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from annotate.cli.options import analyst_option

if TYPE_CHECKING:
    from annotate.intake.statements import Claim
    from annotate.log.entries import Movement, Sighting

Command = TypeVar("Command", bound=Callable[..., Any])


def claim_options(command: Command) -> Command:
    """What is said of an aircraft, by whom and from what source; `claim_of` reads them."""
    for option in reversed(_OPTIONS):
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
    from annotate.intake.statements import stated_claim, stated_source

    return stated_claim(**said, source=stated_source(source, source_url, archive_url, file, grade))


def echo_stated(log_name: str, held: Sighting | Movement, words: str) -> None:
    """Print the identifier of what the log holds of a statement, and to stderr how it was understood."""
    click.echo(f"{log_name}: {held.evidence}, not seen: {words}", err=True)
    if held.status == "withdrawn":
        click.echo(f"{held.id} was logged before and withdrawn ({held.because}); it stays so", err=True)
    click.echo(held.id)


_OPTIONS = (
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
