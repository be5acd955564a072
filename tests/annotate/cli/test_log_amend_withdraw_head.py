"""`hardstand log head`, `amend` and `withdraw` as a user runs them; `verify` has tests of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from annotate.log.entries import Movement, Sighting, Verdict
from annotate.log.store import open_log
from hardstand import main
from imagery.measures import TIMES


@pytest.fixture
def held(location: str, verdict: Callable[..., Verdict]) -> Sighting:
    """The one sighting of a log."""
    with open_log(location, create=True) as log:
        return log.record([verdict()]).sightings[0]


@pytest.fixture
def run(cli: CliRunner, location: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs a log command on the log, as an analyst who has said her name."""
    monkeypatch.setenv("HARDSTAND_LOG", location)
    monkeypatch.setenv("HARDSTAND_ANALYST", "bea@example.org")
    return lambda *words: cli.invoke(main, ["log", *words])


def now(location: str) -> Sighting:
    with open_log(location) as log:
        (sighting,) = log.sightings()
    return sighting


def refusal(result: Result, code: int = 2) -> str:
    assert result.exit_code == code, result.output
    assert result.stdout == ""
    (line,) = (line for line in result.stderr.splitlines() if line.startswith("Error: "))
    return line


def test_head_prints_the_hash_and_nothing_else_to_stdout(
    run: Callable[..., Result], held: Sighting, table: Any
) -> None:
    result = run("head")
    assert result.stdout == f"{table.rows()[-1]['hash']}\n"
    assert "entry 2" in result.stderr
    assert run("verify", "--head", result.stdout.strip()).exit_code == 0


def test_the_head_of_an_empty_log_is_the_chains_beginning(run: Callable[..., Result], location: str) -> None:
    with open_log(location, create=True):
        pass
    result = run("head")
    assert (result.stdout, "no entries" in result.stderr) == (f"{'0' * 64}\n", True)


def test_amend_says_what_it_changed_and_prints_the_new_entry(
    run: Callable[..., Result], held: Sighting, location: str
) -> None:
    words = ("--set", "operator=Niger Air Force", "--set", "type=a400", "--because", "roundel")
    result = run("amend", held.id[:6], *words)
    assert result.exit_code == 0, result.stderr
    operator, icao, note = result.stderr.splitlines()
    assert (operator, icao) == ("operator: unknown -> Niger Air Force", "type: C130 -> A400")
    measured = f"29.8 ± 1.2 {TIMES} 40.4 ± 1.4 m; say why, or amend the type"
    assert note.endswith(f"A400 is 45 {TIMES} 42 m; measured {measured}")
    amended = now(location)
    assert result.stdout == f"{amended.id}\n"
    assert amended.size_disagrees
    assert (amended.operator, amended.type, amended.because) == ("Niger Air Force", "A400", "roundel")
    assert (amended.analyst, amended.supersedes) == ("bea@example.org", held.id)


@pytest.mark.parametrize(
    ("text", "members"),
    [
        ("tail_number=5u-mab", {"tail_number": "5U-MAB"}),
        ("type=", {"type": None}),
        ("acquired=2023-10", {"acquired": "2023-10", "acquired_precision": "month"}),
        ("acquired=unknown", {"acquired": None, "acquired_precision": "unknown"}),
        ("lonlat=-7.95,12.5334", {"lon": -7.95, "lat": 12.5334}),
        ("heading_deg=90", {"heading_deg": 90.0}),
        ("heading_sure=no", {"heading_sure": False}),
        ("count=3", {"count": 3}),
        ("private=yes", {"private": True}),
        ("note=a = b", {"note": "a = b"}),
        ("likelihood=Very likely", {"likelihood": "very likely"}),
        ("source_url=https://example.org/a?b=c", {"source_url": "https://example.org/a?b=c"}),
    ],
)
def test_each_field_is_read_as_it_is_where_it_is_stated(
    text: str, members: dict[str, object], run: Callable[..., Result], held: Sighting, location: str
) -> None:
    result = run("amend", held.id, "--set", text, "--because", "looked again")
    assert result.exit_code == 0, result.stderr
    amended = now(location)
    assert {name: getattr(amended, name) for name in members} == members


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("operator", "is not FIELD=VALUE"),
        ("colour=red", "'colour' cannot be amended; these can: type, operator"),
        ("scene_sha256=0", "'scene_sha256' cannot be amended"),
        ("type=Hercules", "--set type: 'Hercules' is not a known ICAO designator"),
        ("airfield=GABX", "--set airfield: no airfield is called 'GABX'"),
        ("airfield=KJFK", "more than 5 km"),
        ("lonlat=12.5334,-7.95", "longitude comes first"),
        ("lonlat=0,0", "coordinates were never set"),
        ("acquired=03/04/2023", "could mean several days"),
        ("likelihood=maybe", "not an expression of ICD 203"),
        ("heading_deg=400", "not a number from 0 to"),
        ("heading_deg=nan", "not a number from 0 to"),
        ("count=1.5", "not a whole number from 1 to"),
        ("count=", "not a whole number from 1 to"),
        ("private=perhaps", "neither yes nor no"),
    ],
)
def test_what_is_no_value_of_a_field_is_refused_and_nothing_logged(
    text: str, words: str, run: Callable[..., Result], held: Sighting, location: str
) -> None:
    assert words in refusal(run("amend", held.id, "--set", text, "--because", "looked again"))
    assert now(location) == held


def test_a_swapped_place_is_refused_where_no_airfield_is_named_to_tell(
    run: Callable[..., Result], held: Sighting, location: str
) -> None:
    away = ("--set", "airfield=", "--set", "lonlat=12.5334,-7.95", "--because", "looked again")
    assert "swapped it would lie at GABS" in refusal(run("amend", held.id, *away))
    assert now(location) == held


def test_a_movement_is_amended_by_its_own_fields(
    run: Callable[..., Result], location: str, route: Callable[..., Movement]
) -> None:
    with open_log(location, create=True) as log:
        first = log.add_movement(route())
    because = ("--because", "the tracker says more")
    assert run("amend", first.id, "--set", "places=gabs, GAGO,DRRN", *because).exit_code == 0
    assert run("amend", first.id, "--set", "until=2023-10-27", *because).exit_code == 0
    assert "'lonlat' cannot be amended" in refusal(run("amend", first.id, "--set", "lonlat=1,2", *because))
    assert "joins two places" in refusal(run("amend", first.id, "--set", "places=GABS", *because))
    with open_log(location) as log:
        (held,) = log.movements()
    assert (held.places, held.until) == (("GABS", "GAGO", "DRRN"), "2023-10-27")


def test_withdraw_takes_it_out_of_what_holds_and_keeps_why(
    run: Callable[..., Result], held: Sighting, location: str
) -> None:
    result = run("withdraw", held.id, "--because", "a mock-up")
    assert result.exit_code == 0, result.stderr
    with open_log(location) as log:
        assert list(log.sightings()) == []
        (gone,) = log.sightings(withdrawn=True)
        kinds = [json.loads(entry.payload)["kind"] for entry in log.history(held.id)]
    assert result.stdout == f"{gone.id}\n"
    assert (gone.because, gone.analyst, kinds[-2:]) == ("a mock-up", "bea@example.org", ["sighting"] * 2)
    assert "was already withdrawn (a mock-up)" in refusal(run("withdraw", held.id, "--because", "again"))


@pytest.mark.parametrize("command", [("amend", "--set", "type=A400"), ("withdraw",)])
def test_who_and_why_must_be_said(
    command: tuple[str, ...],
    run: Callable[..., Result],
    held: Sighting,
    location: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name, *options = command
    without = run(name, held.id, *options)
    assert (without.exit_code, "--because" in without.stderr) == (2, True)
    assert "--because: is empty" in refusal(run(name, held.id, *options, "--because", " "))
    monkeypatch.delenv("HARDSTAND_ANALYST")
    assert "no analyst named" in refusal(run(name, held.id, *options, "--because", "a reason"))
    assert now(location) == held


@pytest.mark.parametrize(
    "command",
    [("head",), ("verify",), ("amend", "abcd", "--set", "type=A400", "--because", "x")],
)
def test_a_log_that_is_not_there_is_refused_and_not_made(
    command: tuple[str, ...], cli: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HARDSTAND_ANALYST", "bea")
    monkeypatch.delenv("HARDSTAND_LOG", raising=False)
    assert "hardstand.db: no such log" in refusal(cli.invoke(main, ["log", *command]))
    assert list(tmp_path.iterdir()) == []
