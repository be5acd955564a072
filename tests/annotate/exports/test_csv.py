"""CSV carries text to a spreadsheet as text, and back as it was."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotate.exports.csv import write_csv
from annotate.exports.export import export
from annotate.exports.selection import Selection
from annotate.log.csv_dialects import EXCEL, PLAIN, Dialect, unguarded
from annotate.log.entries import Sighting

Make = Callable[..., Sighting]


def written(sighting: Sighting, dialect: Dialect = PLAIN) -> str:
    text = io.StringIO(newline="")
    assert write_csv([sighting], text, dialect=dialect) == 1
    return text.getvalue()


def cells(sighting: Sighting, dialect: Dialect = PLAIN) -> dict[str, str]:
    (row,) = csv.DictReader(io.StringIO(written(sighting, dialect), newline=""))
    return row


@pytest.mark.parametrize("dialect", [PLAIN, EXCEL])
@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff20"])
def test_text_that_a_spreadsheet_would_run_is_defused(start: str, dialect: Dialect, reported: Make) -> None:
    """What is logged comes from servers and from the web; OWASP lists what begins a formula."""
    hostile = f'{start}HYPERLINK("http://example.org";"x"),1\r\n"'
    assert cells(reported(note=hostile), dialect)["note"] == f"'{hostile}"


def test_a_formula_is_defused_where_excel_would_begin_a_cell_in_the_middle(reported: Make) -> None:
    """Where a comma is the decimal sign, Excel splits lines at semicolons and takes no notice of quotes."""
    sighting = reported(note="well;=cmd|'/C calc'!A0", operator='a\n"@SUM(1)')
    for cell in (part for line in written(sighting, EXCEL).splitlines() for part in line.split(";")):
        assert not cell.lstrip('"').startswith(("=", "+", "-", "@"))


@pytest.mark.parametrize("text", ["0123456789012345", "12345e6789012345", "2023-10", "5-12"])
def test_excel_gets_no_text_that_it_would_turn_into_a_number_or_a_date(text: str, reported: Make) -> None:
    """An identifier would lose its digits, and a month would become its first day."""
    assert cells(reported(tail_number=text), EXCEL)["tail_number"] == f"'{text}"
    assert cells(reported(tail_number=text))["tail_number"] == text


def test_excel_gets_a_whole_day_as_a_day(reported: Make) -> None:
    """It can sort by it, and nothing is made up."""
    sighting = reported(acquired="2023-10-27", acquired_precision="day")
    assert cells(sighting, EXCEL)["acquired"] == "2023-10-27"


def test_a_negative_number_is_no_formula(reported: Make) -> None:
    """A longitude in the west with an apostrophe before it would be text to every reader."""
    west = reported(lon=-7.95, lat=12.53)
    assert cells(west)["lon"] == cells(west, EXCEL)["lon"] == "-7.95"


@pytest.mark.parametrize("dialect", [PLAIN, EXCEL])
@given(text=st.text(st.sampled_from("='+-@;,\t\r\n\"1e. aß\uff1d"), max_size=8))
def test_a_guarded_text_can_be_taken_back(dialect: Dialect, text: str, reported: Make) -> None:
    """Also one that began with an apostrophe before it was guarded."""
    assert unguarded(cells(reported(note=text), dialect)["note"], dialect) == text


def test_text_with_quotes_lines_and_other_scripts_comes_back_as_it_was(reported: Make) -> None:
    licence = 'CC-BY-4.0, "© Ľuboš"\n衛星 صورة'
    assert cells(reported(licence=licence))["licence"] == licence


def test_what_is_unknown_is_empty(reported: Make) -> None:
    """Neither 0 nor a made-up date nor the word None."""
    row = cells(reported(acquired=None, acquired_precision="unknown", type=None))
    assert (row["acquired"], row["acquired_precision"], row["type"], row["lon"]) == ("", "unknown", "", "")


def test_the_one_for_excel_says_that_it_is_utf_8_and_opens(selection: Selection, tmp_path: Path) -> None:
    """Without the byte order mark, Excel takes UTF-8 for the system's code page."""
    export(selection.log, tmp_path / "a.csv", format="excel")
    assert (tmp_path / "a.csv").read_bytes().startswith(b"\xef\xbb\xbfid,status,evidence,")
    frame = pd.read_csv(tmp_path / "a.csv", encoding="utf-8-sig")
    assert list(frame["evidence"]) == ["seen"] * 5 + ["reported"]
    assert frame["lon"].dropna().tolist() == [-7.95123] * 3 + [-7.9]


def test_a_line_of_plain_csv_is_as_rfc_4180_has_it(selection: Selection, tmp_path: Path) -> None:
    export(selection.log, tmp_path / "a.csv")
    content = (tmp_path / "a.csv").read_bytes()
    assert content.count(b"\r\n") == content.count(b"\n") == 7
