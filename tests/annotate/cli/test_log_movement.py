"""Routes are logged as reported or inferred, with what they rest on, and listed apart."""

from __future__ import annotations

import json
import re
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


STRIP = "Wadi strip @ 17,27.2"
BY_STRIP = ("--since", "2023-10-27", "--source", "flight tracker", "--type", "IL76")


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("16.0,29.2", "HL69 @ 16,29.2"),  # 0.2 km from Al Jufra
        ("hl69@29.2N 16E", "HL69 @ 16,29.2"),
        ("Al Jufra @ 16,29.2", "HL69 @ 16,29.2"),
        ("Strip in the wadi @ 16,29.2", "Strip in the wadi @ 16,29.2"),  # beside it
        ("17.0,27.2", "17,27.2"),
        ("27.2N 17E", "17,27.2"),
        ("27°12'00\"N 17°00'00\"E", "17,27.2"),
        ("https://www.google.com/maps/@27.2,17.0,17z", "17,27.2"),
        ("Wadi strip @ 17.0,27.20", STRIP),
        ("Wadi  strip@27.2N, 17E", STRIP),
    ],
)
def test_a_strip_without_a_code_is_a_stop(written: str, kept: str, done: Done) -> None:
    """shared/cases/24: as a sighting can be at one."""
    done("movement", "add", "OSLK", written, "hllb", *BY_STRIP)
    (movement,) = json.loads(done("movement", "list", "--json"))
    assert movement["places"] == ["OSLK", kept, "HLLB"]


def test_a_strip_is_shown_wherever_its_route_is(done: Done) -> None:
    identifier = done("movement", "add", "OSLK", STRIP, "HLLB", *BY_STRIP).strip()
    for listing in (("timeline", "OSLK"), ("show", identifier)):
        assert STRIP in " ".join(done(*listing).split())
    assert "17,27.2" in done("movement", "list")
    found = done("movement", "list", "--bbox", "16,27,18,28", "--json")
    assert [movement["id"] for movement in json.loads(found)] == [identifier]
    assert done("verify")


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("32.1,20.27", "write 20.27,32.1"),  # swapped, it lies at HLLB
        ("HLLB @ 17,27.2", "km from HLLB"),
        ("Wadi strip", "a strip without a code is written NAME @ LON,LAT"),
        ("Wadi strip @ HLLB", "write LON,LAT"),
        ("200,29.2", "out of range"),
        ("0,0", "never set"),
        ("16.0 29.2", "write LON,LAT"),
        ("@ 17,27.2", "is empty"),
        ("17,27.2 @ Wadi strip", "write LON,LAT"),
    ],
)
def test_a_stop_that_could_be_two_places_is_refused(
    place: str, why: str, refused: Callable[..., str], path: Path
) -> None:
    assert why in refused("movement", "add", "OSLK", place, "OEJN", *BY_STRIP)
    assert not path.exists()


def test_strips_are_amended_with_semicolons(done: Done, refused: Callable[..., str]) -> None:
    identifier = done("movement", "add", "OSLK", "HLLB", *BY_STRIP).strip()
    amend = ("amend", identifier, "--because", "the tracker shows it")
    assert "17.0" in refused(*amend, "--set", "places=OSLK,17.0,27.2,HLLB")
    done(*amend, "--set", "places=OSLK; 17.0,27.2; HLLB")
    (movement,) = json.loads(done("movement", "list", "--json"))
    assert movement["places"] == ["OSLK", "17,27.2", "HLLB"]


@pytest.mark.parametrize("suffix", ["csv", "geojson"])
def test_a_strip_survives_export_and_import(suffix: str, done: Done, tmp_path: Path) -> None:
    done("movement", "add", "OSLK", STRIP, "HLLB", *BY_STRIP)
    done("export", "-o", tmp_path / f"out.{suffix}")
    file = tmp_path / ("out.geojson" if suffix == "geojson" else "out-movements.csv")
    assert "Wadi strip @ 17,27.2" in file.read_text()
    other = ("--log", tmp_path / "other.db")
    done("import", file, *other)
    (movement,) = json.loads(done("movement", "list", "--json", *other))
    assert movement["places"] == ["OSLK", STRIP, "HLLB"]


def test_an_import_takes_a_place_only_as_it_is_exported(
    done: Done, refused: Callable[..., str], tmp_path: Path
) -> None:
    done("movement", "add", "OSLK", STRIP, "HLLB", *BY_STRIP)
    done("export", "-o", tmp_path / "out.geojson")
    text = (tmp_path / "out.geojson").read_text()
    for wrong, why in (
        ("Wadi strip", "no airfield is called"),
        ("hllb", "is not as an export writes it: HLLB"),
    ):
        (tmp_path / "wrong.geojson").write_text(text.replace(f'"{STRIP}"', f'"{wrong}"'))
        assert why in refused("import", tmp_path / "wrong.geojson", "--log", tmp_path / "other.db")


def test_what_is_published_of_a_strip_is_rounded_and_names_no_analyst(done: Done, tmp_path: Path) -> None:
    done("movement", "add", "OSLK", "Anna's strip @ 17.0123,27.2123", "HLLB", *BY_STRIP)
    done("export", "-o", tmp_path / "out.geojson", "--public", "--round", "10000")
    text = (tmp_path / "out.geojson").read_text()
    assert not re.search("Anna|17.0123|27.2123", text)
    assert re.search(r"\[analyst\]'s strip @ 1[67]\.\d+,27\.\d+", text)
