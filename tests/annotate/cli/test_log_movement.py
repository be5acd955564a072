"""Routes are logged as reported or inferred, with what they rest on, and listed apart."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from annotate.log.entries import Verdict
from annotate.log.store import open_log

Done = Callable[..., str]
ROUTE = ("movement", "add", "GABS", "GAGO", "GATS", "DRRN", "GABS", "--since", "2023-08-20")
REPORTED = (*ROUTE, "--evidence", "reported", "--source", "flight tracker")


def test_a_reported_route_keeps_its_order(done: Done) -> None:
    identifier = done(*REPORTED, "--type", "C130", "--operator", "Niger Air Force").strip()
    (movement,) = json.loads(done("movement", "list", "--json"))
    assert movement["places"] == ["GABS", "GAGO", "GATS", "DRRN", "GABS"]
    said = ("id", "evidence", "since", "until", "type", "operator", "analyst")
    assert [movement[name] for name in said] == [
        identifier, "reported", "2023-08-20", None, "C130", "Niger Air Force", "anna@example.org",
    ]  # fmt: skip


def test_an_inferred_route_keeps_its_reasoning_and_the_whole_identifiers_it_rests_on(
    done: Done, path: Path, verdict: Callable[..., Verdict]
) -> None:
    with open_log(str(path), create=True) as log:
        (seen,) = log.record([verdict(1)]).sightings
    reported = done(*REPORTED).strip()
    done(*ROUTE, "--evidence", "inferred", "--reasoning", "one tail number",
         "--rests-on", seen.id[:6], "--rests-on", reported, "--rests-on", seen.id)  # fmt: skip
    (movement,) = json.loads(done("movement", "list", "--evidence", "inferred", "--json"))
    assert movement["rests_on"] == [seen.id, reported]
    assert movement["reasoning"] == "one tail number"


def test_an_inference_rests_on_what_holds_now(
    refused: Callable[..., str], path: Path, verdict: Callable[..., Verdict]
) -> None:
    with open_log(str(path), create=True) as log:
        one, other = log.record([verdict(1), verdict(2)]).sightings
        amended = log.amend(one.id, {"type": "C30J"}, because="six blades", analyst="anna")
        log.withdraw(other.id, because="a shadow", analyst="anna")
        verdict_id = next(log.entries()).id
    inferred = (*ROUTE, "--evidence", "inferred", "--reasoning", "because", "--rests-on")
    assert f"superseded by {amended.id}" in refused(*inferred, one.id)
    assert "was withdrawn" in refused(*inferred, other.id)
    assert "is a verdict" in refused(*inferred, verdict_id)
    assert "no entry" in refused(*inferred, "ffffffff")


def test_a_route_on_nothing_is_refused_and_no_log_is_made(refused: Callable[..., str], path: Path) -> None:
    assert "--reasoning" in refused(*ROUTE, "--evidence", "inferred", "--source", "x")
    assert "--rests-on" in refused(*ROUTE, "--evidence", "inferred", "--reasoning", "because")
    assert "--source" in refused(*ROUTE, "--evidence", "reported")
    assert "no such log" in refused(
        *ROUTE, "--evidence", "inferred", "--reasoning", "x", "--rests-on", "abcd"
    )
    assert not path.exists()


def test_how_a_route_is_known_need_not_be_said(done: Done, refused: Callable[..., str]) -> None:
    """As README shows it; only what could be either must be said."""
    reported = done(
        "movement", "add", "GABS", "GAGO", "GATS", "DRRN", "GABS", "--since", "2023-08-20", "--type", "C130",
        "--operator", "Niger Air Force", "--source", "flight tracker", "--grade", "B2",
    ).strip()  # fmt: skip
    inferred = done(*ROUTE, "--reasoning", "one tail number", "--rests-on", reported).strip()
    evidence = {entry["id"]: entry["evidence"] for entry in json.loads(done("movement", "list", "--json"))}
    assert evidence == {reported: "reported", inferred: "inferred"}
    both = (*ROUTE, "--source", "flight tracker", "--reasoning", "one tail number")
    assert refused(*both) == (
        "Error: --evidence: a source and an inference are both given; say which it is, reported or inferred"
    )
    done(*both, "--evidence", "inferred")
    assert "--source" in refused(*ROUTE)


def test_nobody_sees_a_movement(run: Callable[..., object]) -> None:
    assert run(*ROUTE, "--evidence", "seen", "--source", "x").exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--until", "2023-08-19"), "before --since"),
        (("--since", "20/08/2023"), "write 2023-08-20"),
        (("GAGX",), "GAGO"),
        (("GABS",), "follows itself"),
    ],
)
def test_what_is_no_route_is_refused(
    arguments: tuple[str, ...], why: str, refused: Callable[..., str], path: Path
) -> None:
    assert why in refused(*REPORTED, *arguments)
    assert not path.exists()


def test_the_same_again_adds_nothing(done: Done) -> None:
    assert done(*REPORTED) == done(*REPORTED)
    assert len(json.loads(done("movement", "list", "--json"))) == 1


def test_a_withdrawn_route_that_is_added_again_stays_withdrawn_and_that_is_said(
    done: Done, run: Callable[..., Result]
) -> None:
    held = done(*REPORTED).strip()
    done("withdraw", held, "--because", "the tracker was spoofed")
    assert "withdrawn (the tracker was spoofed); it stays withdrawn" in run(*REPORTED).stderr


def test_reported_and_inferred_are_listed_apart_on_80_columns(done: Done) -> None:
    reported = done(*REPORTED, "--grade", "C3").strip()
    done(*ROUTE, "--evidence", "inferred", "--reasoning", "the same tail number in both places",
         "--rests-on", reported)  # fmt: skip
    table = done("movement", "list")
    assert max(map(len, table.splitlines())) <= 80
    first, second = (
        table.index("Reported by others, not seen"),
        table.index("Inferred, neither seen nor reported"),
    )
    assert first < table.index("C3") < second
    assert second < table.index("tail number")
    assert "…" not in table


def test_filters_are_those_of_every_listing(done: Done, run: Callable[..., object]) -> None:
    done(*REPORTED, "--type", "C130")
    assert len(json.loads(done("movement", "list", "--airfield", "DRRN", "--json"))) == 1
    assert json.loads(done("movement", "list", "--airfield", "KJFK", "--json")) == []
    assert "no movements" in run("movement", "list", "--until", "2023-08-19").stderr
