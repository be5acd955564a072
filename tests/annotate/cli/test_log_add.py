"""A report is logged as a report, whole, once; what could be misread is refused and leaves no log behind."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from annotate.log.store import open_log

Done = Callable[..., str]
REPORT = ("--airfield", "GABS", "--when", "2023-10-27", "--source", "a post")


def test_everything_that_is_said_is_logged(done: Done, path: Path, tmp_path: Path) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"pixels")
    identifier = done(
        "add", "--airfield", "gabs", "--lonlat", "-7.9449,12.5345", "--when", "2023-10-27T10:36+02:00",
        "--type", "c130", "--operator", "Niger Air Force", "--tail-number", "5u-mbd", "--count", 2,
        "--source", "a post", "--source-url", "https://example.org/1",
        "--archive-url", "https://archive.example.org/1", "--file", photo, "--grade", "b2",
        "--likelihood", "Very likely", "--note", "from a friend", "--private", "--analyst", "bob",
    ).strip()  # fmt: skip
    with open_log(str(path)) as log:
        (sighting,) = log.sightings()
    said = {
        "id": identifier,
        "status": "confirmed",
        "evidence": "reported",
        "acquired": "2023-10-27T08:36Z",
        "acquired_precision": "minute",
        "airfield": "GABS",
        "lon": -7.9449,
        "lat": 12.5345,
        "type": "C130",
        "operator": "Niger Air Force",
        "tail_number": "5U-MBD",
        "count": 2,
        "source": "a post",
        "source_url": "https://example.org/1",
        "archive_url": "https://archive.example.org/1",
        "source_file": "photo.jpg",
        "source_file_sha256": hashlib.sha256(b"pixels").hexdigest(),
        "admiralty": "B2",
        "likelihood": "very likely",
        "note": "from a friend",
        "private": True,
        "analyst": "bob",
        "analysts": 1,
    }
    assert {name: getattr(sighting, name) for name in said} == said


def test_stdout_is_the_identifier_and_stderr_says_what_was_understood(run: Callable[..., object]) -> None:
    result = run("add", "--lonlat", "-7.9449,12.5345", "--when", "unknown", "--source", "a post")
    assert len(result.stdout.strip()) == 16
    assert "reported, not seen" in result.stderr
    assert (
        "GABS (Modibo Keita International Airport / Senou Airport), 0.6 km from its reference point"
        in result.stderr
    )


def test_a_position_that_would_lie_at_an_airfield_if_swapped_is_refused_before_it_is_logged(
    run: Callable[..., object], path: Path
) -> None:
    result = run("add", "--lonlat", "12.5335,-7.94994", "--when", "unknown", "--source", "a post")
    assert "swapped it would lie at GABS" in result.stderr
    assert result.exit_code == 2
    assert not path.exists()


def test_the_same_again_adds_nothing(done: Done, path: Path) -> None:
    assert done("add", *REPORT) == done("add", *REPORT)
    with open_log(str(path)) as log:
        assert len(list(log.sightings())) == 1


def test_a_report_that_was_withdrawn_stays_so_and_that_is_said(
    run: Callable[..., object], path: Path
) -> None:
    identifier = run("add", *REPORT).stdout.strip()
    with open_log(str(path)) as log:
        log.withdraw(identifier, because="a hoax", analyst="bob")
    again = run("add", *REPORT)
    assert "withdrawn (a hoax)" in again.stderr
    assert json.loads(run("list", "--json").stdout) == []


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--lonlat", "12.5335,-7.9499"), "lies 3,204.2 km from GABS"),
        (("--lonlat", "12.5335,-7.9499"), "swapped it would lie"),
        (("--lonlat", "0,0"), "were never set"),
        (("--lonlat", "-190,12"), "is out of range"),
        (("--airfield", "GABX"), "GABS"),
        (("--airfield", "BKO"), "GABS"),
        (("--when", "2999-01-01"), "in the future"),
        (("--when", "1998-10-27"), "before 1999"),
        (("--when", "03/04/2023"), "2023-03-04 for 4 March 2023 or 2023-04-03 for 3 April 2023"),
        (("--type", "Hercules"), "C130 (Lockheed C-130 Hercules)"),
        (("--grade", "2B"), "write B2"),
        (("--likelihood", "probable"), "did you mean 'likely'"),
        (("--source-url", "example.org"), "https://"),
        (("--operator", " "), "--operator: is empty"),
        (("--private",), "--note"),
        (("--analyst", ""), "HARDSTAND_ANALYST"),
        (("--analyst", "anna, bob"), "one person"),
    ],
)
def test_what_could_be_misread_is_refused_and_nothing_is_made(
    arguments: tuple[str, ...], why: str, refused: Callable[..., str], path: Path
) -> None:
    assert why in refused("add", *REPORT, *arguments)
    assert not path.exists()


def test_a_report_without_time_place_or_source_is_refused(refused: Callable[..., str], path: Path) -> None:
    assert "--when" in refused("add", "--airfield", "GABS", "--source", "a post")
    assert "--airfield, --lonlat or both" in refused("add", "--when", "unknown", "--source", "a post")
    assert "--source" in refused("add", "--airfield", "GABS", "--when", "unknown")
    assert not path.exists()


def test_nobody_says_nothing(refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HARDSTAND_ANALYST")
    assert "give --analyst" in refused("add", *REPORT)
