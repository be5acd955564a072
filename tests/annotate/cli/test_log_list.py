"""The list of sightings: readable on 80 columns, seen and reported apart, parsable, honest when empty."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import pytest
from click.testing import Result

from annotate.log.entries import Sighting, Verdict
from annotate.log.store import open_log
from imagery.measures import TIMES

NAMES = [field.name for field in fields(Sighting)]
Done = Callable[..., str]
Run = Callable[..., Result]


@pytest.fixture
def record(path: Path) -> Callable[..., None]:
    """Logs verdicts."""

    def log(*verdicts: Verdict) -> None:
        with open_log(str(path), create=True) as opened:
            opened.record(verdicts)

    return log


@pytest.fixture
def logged(record: Callable[..., None], verdict: Callable[..., Verdict]) -> None:
    """A dated sighting, and one of an unknown time, type and heading from a rendered scene."""
    undated = {"acquired": None, "acquired_precision": "unknown", "acquired_from": None}
    rendered = replace(verdict().scene, rendered=True, sha256="cd" * 32, **undated)
    unknown = {"type": None, "heading_deg": None, "length_m": None, "wingspan_m": None, "heading_sure": False}
    record(verdict(1), verdict(2, verdict="added", candidate=None, lon=-7.9, scene=rendered, **unknown))


@pytest.mark.usefixtures("logged")
def test_the_table_fits_80_columns_with_nothing_left_out(done: Done) -> None:
    table = done("list")
    assert max(map(len, table.splitlines())) <= 80
    assert "…" not in table, "what does not fit is folded, never cut"
    for cell in (
        "2023-10-27",
        "GABS",
        "C130",
        "29.8 ± 1.2",
        f"{TIMES} 40.4 ± 1.4",
        "62°",
        "confirmed",
        "added",
        "analyst",
    ):
        assert cell in table, cell


def test_the_list_is_in_order_of_place_and_time(done: Done) -> None:
    """Whatever the order in which it was logged, as sightings of months come in on one day."""
    said = [
        ("GAGO", "2023-10"),
        ("GABS", "2023-11-02"),
        ("DRRN", "2023-12"),
        ("GABS", "2023-08"),
        ("GAGO", "2023-09-01"),
    ]
    for place, when in said:
        done("add", "--airfield", place, "--when", when, "--source", "a post")
    done("add", "--lonlat=-0.5,20.25", "--when", "2020-01", "--source", "a post")
    rows = [line.split() for line in done("list").splitlines() if "a post" in line]
    assert [(row[2], row[1]) for row in rows[:-1]] == sorted(said)
    assert rows[-1][2].startswith("-0.5"), "a place away from all airfields comes last"


@pytest.mark.usefixtures("logged")
def test_each_line_begins_with_what_show_takes(done: Done) -> None:
    for sighting in json.loads(done("list", "--json")):
        assert f" {sighting['id'][:8]} " in done("list")
        assert sighting["id"] in done("show", sighting["id"][:8])


def test_seen_and_reported_are_in_tables_of_their_own(
    done: Done, record: Callable[..., None], verdict: Callable[..., Verdict]
) -> None:
    done("add", "--airfield", "GAGO", "--when", "2023-08", "--source", "photograph in a newspaper",
         "--operator", "Niger Air Force", "--grade", "B2", "--type", "A400", "--count", 2)  # fmt: skip
    record(verdict(1))
    table = done("list")
    assert max(map(len, table.splitlines())) <= 80
    seen, reported = table.index("Seen in an image, by a person"), table.index("Reported by others, not seen")
    assert seen < table.index("C130") < reported < table.index("A400")
    assert "newspaper" in table
    assert "GAGO" in table[reported:]


def test_a_time_to_the_second_is_broken_between_day_and_time_of_day(
    done: Done, record: Callable[..., None], verdict: Callable[..., Verdict]
) -> None:
    precise = replace(verdict().scene, acquired="2023-10-27T08:36:11Z", acquired_precision="second")
    record(verdict(scene=precise, lon=-179.98765, analyst="firstname.lastname@example.org"))
    words = done("list").split()
    assert {"2023-10-27", "08:36:11Z", "-179.98765,", "12.53499", "confirmed", "C130"} <= set(words)


@pytest.mark.usefixtures("logged")
def test_the_table_says_unknown_of_what_nobody_knows(done: Done) -> None:
    (line,) = (line for line in done("list").splitlines() if "added" in line)
    assert line.split()[1:7] == ["unknown*", "GABS", "unknown", "?", "?", "-7.90000,"]


@pytest.mark.usefixtures("logged")
def test_the_table_marks_what_comes_from_a_rendered_scene(done: Done) -> None:
    """Nothing rendered may pass for real."""
    assert "* from a rendered scene, not a photograph" in done("list")


def test_the_place_of_a_report_away_from_airfields_is_whole(done: Done) -> None:
    done("add", "--lonlat=-179.12345,-50.54321", "--when", "2023-10", "--source", "a long description of it")
    lines = done("list").splitlines()
    assert max(map(len, lines)) <= 80
    (first,) = (number for number, line in enumerate(lines) if " -179.12345, " in line)
    assert " -50.54321 " in lines[first + 1]


def test_a_heading_whose_ends_could_be_swapped_has_a_question_mark(
    done: Done, record: Callable[..., None], verdict: Callable[..., Verdict]
) -> None:
    record(verdict(heading_sure=False))
    assert "62°?" in done("list")


def test_what_is_disputed_says_so(
    done: Done, record: Callable[..., None], verdict: Callable[..., Verdict]
) -> None:
    anna = verdict(1, analyst="anna")
    record(anna, verdict(2, analyst="bob", candidate=anna.candidate, verdict="rejected"))
    assert "disputed" in done("list")
    assert json.loads(done("list", "--status", "confirmed", "--json")) == []


def test_text_from_the_server_is_not_taken_for_markup(
    done: Done, record: Callable[..., None], verdict: Callable[..., Verdict]
) -> None:
    record(verdict(type="[b]x[/z]\x1b[2J"))
    table = done("list").replace("\n", "")
    assert "[b]x" in table
    assert "\x1b" not in table


@pytest.mark.usefixtures("logged")
def test_json_is_an_array_with_every_field(done: Done) -> None:
    listed = json.loads(done("list", "--json"))
    assert [list(sighting) for sighting in listed] == [NAMES, NAMES]
    assert listed[0]["lon"] == -7.95123
    assert listed[1]["acquired"] is None
    assert listed[1]["rendered"] is True


@pytest.mark.usefixtures("logged")
def test_csv_has_every_field(done: Done) -> None:
    listed = list(csv.DictReader(io.StringIO(done("list", "--csv"))))
    assert [list(line) for line in listed] == [NAMES, NAMES]
    assert [line["verdict"] for line in listed] == ["confirmed", "added"]


@pytest.mark.usefixtures("logged")
@pytest.mark.parametrize(
    ("arguments", "count"),
    [
        (("--type", "c130"), 1),
        (("--type", "unknown"), 1),
        (("--type", "c130", "--type", "unknown"), 2),
        (("--airfield", "gabs"), 2),
        (("--airfield", "GAGO"), 0),
        (("--since", "2023-10"), 1),
        (("--until", "2023-10-26"), 0),
        (("--bbox", "-7.96,12,-7.94,13"), 1),
        (("--status", "withdrawn"), 0),
        (("--analyst", "analyst"), 2),
        (("--evidence", "seen", "--type", "C130"), 1),
        (("--evidence", "reported"), 0),
        (("--operator", "niger"), 0),
    ],
)
def test_filters_leave_what_is_asked_for(arguments: tuple[str, ...], count: int, done: Done) -> None:
    assert len(json.loads(done("list", "--json", *arguments))) == count


@pytest.mark.usefixtures("logged")
@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--airfield", "GABX"), "GABS"),
        (("--type", "hercules"), "C130"),
        (("--since", "03/04/2023"), "several days"),
        (("--since", "2023-10-28", "--until", "2023-10-27"), "before --since"),
        (("--bbox", "1,2,3"), "WEST,SOUTH,EAST,NORTH"),
    ],
)
def test_a_filter_that_would_silently_list_nothing_is_refused(
    arguments: tuple[str, ...], why: str, refused: Callable[..., str]
) -> None:
    assert why in refused("list", *arguments)


@pytest.mark.usefixtures("logged")
def test_json_and_csv_at_once_are_refused(refused: Callable[..., str]) -> None:
    assert "--json and --csv" in refused("list", "--json", "--csv")


@pytest.mark.parametrize(
    "words", [("list",), ("list", "--json"), ("changes", "GABS"), ("timeline", "GABS"), ("show", "abcd")]
)
def test_a_log_that_is_not_there_is_refused(
    words: tuple[str, ...], refused: Callable[..., str], path: Path
) -> None:
    assert "log.db: no such log" in refused(*words)
    assert not path.exists()


def test_a_file_that_is_no_log_is_one_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("notes of mine, and more of them than fit into the header\n" * 5)
    result = run("list", "--log", tmp_path / "notes")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "notes: " in result.stderr


def test_an_empty_log_says_so_and_is_empty_to_programs(run: Run, record: Callable[..., None]) -> None:
    """A table of headings alone leaves it open whether something went wrong."""
    record()
    assert "no sightings" in run("list").stderr
    assert run("list").stdout == ""
    assert json.loads(run("list", "--json").stdout) == []
    assert run("list", "--csv").stdout.splitlines() == [",".join(NAMES)]
