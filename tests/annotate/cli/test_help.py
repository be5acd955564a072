"""What `--help` says of the log commands, and what their errors call what was typed."""

from __future__ import annotations

from collections.abc import Callable

import click
import pytest

from annotate.cli import log_movement
from annotate.cli.log import COMMANDS, log
from imagery.cli.group import HardstandGroup

GROUPS = {"log": log, "movement": log_movement.movement}
NAMES = [
    *(
        (group, name)
        for group, table in (("log", COMMANDS), ("movement", log_movement.COMMANDS))
        for name in table
    )
]


@pytest.mark.parametrize(("group", "name"), NAMES)
def test_a_listing_says_of_a_command_what_the_command_says_of_itself(group: str, name: str) -> None:
    """The listing has a table of its own, so that it imports no command."""
    assert isinstance(GROUPS[group], HardstandGroup)
    command = GROUPS[group].get_command(click.Context(GROUPS[group]), name)
    table = COMMANDS if group == "log" else log_movement.COMMANDS
    assert command
    assert (command.help or "").partition("\n")[0].replace("FILE", "a file") == table[name][1]


@pytest.mark.parametrize("words", [("--help",), ("movement", "--help")])
def test_a_listing_fits_80_columns_with_one_line_for_each_command(
    words: tuple[str, ...], done: Callable[..., str]
) -> None:
    lines = done(*words).partition("Commands:\n")[2].splitlines()
    table = log_movement.COMMANDS if words[0] == "movement" else COMMANDS
    assert [line.split()[0] for line in lines] == list(table)
    assert all(len(line) <= 80 and line.endswith(".") for line in lines)


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("list", "--type", "hercules"), "--type: "),
        (("list", "--airfield", "GABX"), "--airfield: "),
        (("list", "--since", "yesterday"), "--since: "),
        (("list", "--since", "2023-10", "--until", "2023-09"), "--until: 2023-09 is before --since 2023-10"),
        (("list", "--bbox", "1,2"), "--bbox: "),
        (("list", "--json", "--csv"), "--json and --csv "),
        (("changes", "GABX"), "ICAO: "),
        (("timeline", "GABX"), "ICAO: "),
        (("movement", "list", "--type", "hercules"), "--type: "),
        (("movement", "add", "GABS", "--since", "2023-10", "--source", "a"), "PLACE: a movement joins two"),
        (("movement", "add", "GABS", "GAGO", "--since", "x", "--source", "a"), "--since: "),
        (("movement", "add", "GABS", "GAGO", "--since", "2023-10"), "give --source, --source-url, "),
        (("add", "--airfield", "GABS", "--when", "x", "--source", "a"), "--when: "),
        (("add", "--airfield", "GABS", "--when", "2023", "--source", "a"), "--when: "),
        (("add", "--lonlat", "x", "--when", "2023-10", "--source", "a"), "--lonlat: "),
        (("add", "--airfield", "GABS", "--when", "2023-10"), "give --source, --source-url, "),
        (("add", "--airfield", "GABS", "--when", "2023-10", "--source", "a", "--note", " "), "--note: "),
        (("add", "--airfield", "GABS", "--when", "2023-10", "--source", "a", "--grade", "2"), "--grade: "),
        (("amend", "abcd", "--set", "type=A400", "--because", " "), "--because: "),
    ],
)
def test_an_error_names_what_was_typed(
    words: tuple[str, ...], named: str, refused: Callable[..., str], run: Callable[..., object]
) -> None:
    """Not the parameter, which the library names."""
    run("add", "--airfield", "GABS", "--when", "2023-10", "--source", "a post")
    message = refused(*words)
    assert named in message
    assert "`" not in message
