"""The log only grows, holds each statement once, and is one chain whoever writes to it."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from annotate.log.entry import Sighting, Verdict
from annotate.log.store import Log, LogError, open_log
from imagery.errors import UsageError

Make = Callable[..., Verdict]
LATER = "2026-02-03T04:05:06.000000Z"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log.db"


@pytest.fixture
def log(path: Path) -> Iterator[Log]:
    with open_log(str(path), create=True) as opened:
        yield opened


def rows(path: Path) -> list[dict[str, Any]]:
    """Every entry as the file holds it, read with sqlite3 alone."""
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    found = [dict(row) for row in connection.execute("select * from entries order by seq")]
    connection.close()
    return found


def broken_links(path: Path) -> list[int]:
    """Entries whose hash does not follow, by the documented formula and hashlib alone."""
    previous, broken = "0" * 64, []
    for place, row in enumerate(rows(path), start=1):
        expected = hashlib.sha256(f"{previous}\n{row['payload']}".encode()).hexdigest()
        if (row["seq"], row["previous_hash"], row["hash"]) != (place, previous, expected):
            broken.append(place)
        previous = row["hash"]
    return broken


def test_a_confirmed_candidate_becomes_a_verdict_and_a_sighting_that_rests_on_it(
    log: Log, path: Path, verdict: Make
) -> None:
    recorded = log.record([verdict()])
    assert (len(recorded.verdicts), len(recorded.sightings)) == (1, 1)
    (sighting,) = log.sightings()
    stated, seen = (json.loads(row["payload"]) for row in rows(path))
    assert (stated["kind"], seen["kind"]) == ("verdict", "sighting")
    assert sighting.verdict_id == stated["id"]
    assert (sighting.lon, sighting.lat, sighting.type) == (-7.9512345, 12.5349876, "C130")
    assert (sighting.acquired, sighting.acquired_precision) == ("2023-10-27", "day")
    assert (sighting.status, sighting.supersedes) == ("confirmed", None)
    assert (sighting.scene_sha256, sighting.licence) == ("ab" * 32, "CC-BY-4.0")
    assert log.verdicts() == [verdict()]


def test_each_entrys_hash_follows_from_the_one_before(log: Log, path: Path, verdict: Make) -> None:
    log.record([verdict(number) for number in range(1, 6)])
    log.record([verdict(3, verdict="rejected", annotated=LATER)])
    assert len(rows(path)) == 12
    assert broken_links(path) == []


@pytest.mark.parametrize("column", ["payload", "hash", "previous_hash"])
def test_a_tampered_entry_breaks_the_chain_where_it_is(
    column: str, log: Log, path: Path, verdict: Make
) -> None:
    log.record([verdict(number) for number in range(1, 4)])
    connection = sqlite3.connect(path)
    connection.execute(f"update entries set {column} = replace({column}, 'a', 'b') where seq = 3")
    connection.commit()
    connection.close()
    assert broken_links(path)[0] == 3


def test_recording_the_same_again_adds_nothing(log: Log, path: Path, verdict: Make) -> None:
    verdicts = [verdict(1), verdict(2, verdict="rejected"), verdict(3, verdict="added", candidate=None)]
    log.record(verdicts)
    before = rows(path)
    assert log.record(verdicts) == ([], [])
    assert log.record([*verdicts, *verdicts]) == ([], [])
    assert rows(path) == before


def test_an_annotation_that_was_saved_again_unchanged_adds_nothing(
    log: Log, path: Path, verdict: Make
) -> None:
    """The server counts it as an update; the analyst said nothing new."""
    log.record([verdict()])
    assert log.record([verdict(annotated=LATER, lead_time_s=99.0)]).verdicts == []
    assert len(rows(path)) == 2


def test_an_edited_annotation_supersedes_what_it_said_before(log: Log, path: Path, verdict: Make) -> None:
    first = log.record([verdict()]).sightings[0]
    second = log.record([verdict(verdict="corrected", type="A400", annotated=LATER)]).sightings[0]
    assert second.supersedes == first.id
    assert log.sightings() == [second]
    assert [said.verdict for said in log.verdicts()] == ["confirmed", "corrected"], "what was said stays said"
    assert len(rows(path)) == 4


def test_another_analysts_verdict_on_the_same_candidate_supersedes_too(log: Log, verdict: Make) -> None:
    """One aircraft is one sighting, however many looked at it."""
    log.record([verdict(1)])
    other = verdict(2, candidate=verdict(1).candidate, analyst="bea@example.org", type="A400")
    log.record([other])
    assert [(held.analyst, held.type) for held in log.sightings()] == [("bea@example.org", "A400")]


def test_a_rejection_withdraws_a_sighting_and_a_later_word_brings_it_back(log: Log, verdict: Make) -> None:
    (first,) = log.record([verdict()]).sightings
    (withdrawn,) = log.record([verdict(verdict="rejected", annotated=LATER)]).sightings
    assert (withdrawn.status, withdrawn.supersedes) == ("withdrawn", first.id)
    assert log.sightings() == []
    (back,) = log.record([verdict(annotated="2026-03-03T04:05:06.000000Z")]).sightings
    assert back.supersedes == withdrawn.id
    assert log.sightings() == [back]


def test_a_rejection_of_what_the_log_does_not_hold_makes_no_sighting(log: Log, verdict: Make) -> None:
    recorded = log.record([verdict(verdict="rejected")])
    assert (len(recorded.verdicts), recorded.sightings) == (1, [])
    assert log.sightings() == []


def test_two_boxes_added_by_one_annotation_are_two_sightings(log: Log, verdict: Make) -> None:
    added = [verdict(verdict="added", candidate=None, region_id=name) for name in ("r1", "r2")]
    log.record(added)
    assert len(log.sightings()) == 2


def test_a_rendered_scenes_sightings_say_that_it_is_rendered(log: Log, verdict: Make) -> None:
    log.record([verdict(scene=replace(verdict().scene, rendered=True))])
    assert [sighting.rendered for sighting in log.sightings()] == [True]


def test_the_same_statement_has_the_same_identifier_in_every_log(
    log: Log, tmp_path: Path, verdict: Make
) -> None:
    """So two logs that were pulled from one server can be compared."""
    log.record([verdict()])
    with open_log(str(tmp_path / "other.db"), create=True) as other:
        other.record([verdict(2), verdict()])
        assert {held.id for held in log.sightings()} < {held.id for held in other.sightings()}


def _write(path: str, first: int, make: Make, failures: Any) -> None:
    try:
        for number in range(first, first + 10):
            with open_log(path, create=True) as log:
                log.record([make(number), make(1000)])
    except Exception as error:
        failures.append(repr(error))
        raise


WRITER = """
import json, sys
from annotate.log.entry import Verdict
from annotate.log.store import open_log
print("up", flush=True)
sys.stdin.readline()  # until all are
for payload in json.loads(sys.argv[2]):
    with open_log(sys.argv[1], create=True) as log:
        log.record([Verdict.from_payload(payload)])
"""


def test_processes_that_write_at_once_make_one_chain_and_lose_nothing(path: Path, verdict: Make) -> None:
    """Nor do they fall over each other making the log, which none of them found."""
    writers = []
    for first in (10, 20, 30):
        work = json.dumps([verdict(number).to_payload() for number in (*range(first, first + 10), 1000)])
        command = [sys.executable, "-c", WRITER, str(path), work]
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        writers.append(subprocess.Popen(command, **pipes, text=True))
    assert [writer.stdout.readline() for writer in writers] == ["up\n"] * 3
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    assert [writer.communicate(timeout=60)[1] for writer in writers] == [""] * 3
    assert broken_links(path) == []
    with open_log(str(path)) as log:
        annotations = sorted(said.annotation_id for said in log.verdicts())
        assert annotations == [*range(10, 40), 1000], "each once, the shared one too"
        assert len(log.sightings()) == 31


def test_threads_that_write_at_once_make_one_chain_and_lose_nothing(path: Path, verdict: Make) -> None:
    failures: list[str] = []
    writers = [
        threading.Thread(target=_write, args=(str(path), 10 * i, verdict, failures)) for i in range(1, 5)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert failures == []
    assert broken_links(path) == []
    assert len(rows(path)) == 2 * 41


def test_what_fails_midway_leaves_nothing_half_written(log: Log, path: Path, verdict: Make) -> None:
    """Of the verdicts before the failure none may stay, or a repeated pull would seem done."""

    def interrupted() -> Iterator[Verdict]:
        yield verdict(1)
        yield verdict(2)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        log.record(interrupted())
    assert rows(path) == []
    log.record([verdict(1), verdict(2)])
    assert broken_links(path) == []
    assert len(log.sightings()) == 2


def test_what_cannot_be_canonical_json_leaves_nothing_half_written(
    log: Log, path: Path, verdict: Make
) -> None:
    with pytest.raises(ValueError, match=r"(?i)nan|float"):
        log.record([verdict(1), verdict(2, lon=float("nan"))])
    assert rows(path) == []


def test_a_log_that_is_not_there_is_refused_for_reading_and_not_made(path: Path) -> None:
    """An empty log would be a lie: nothing is known, not that nothing was seen."""
    with pytest.raises(UsageError, match=r"log\.db: no log there"):
        open_log(str(path))
    assert not path.exists()


def test_a_file_that_is_no_database_is_refused_in_one_line_and_kept(path: Path) -> None:
    path.write_text("notes of mine, longer than the header of a database, which is a hundred bytes\n" * 3)
    before = path.read_bytes()
    for create in (False, True):
        with pytest.raises(LogError) as refusal:
            open_log(str(path), create=create)
        assert str(refusal.value).startswith(f"{path}: not a log")
        assert "\n" not in str(refusal.value)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", ["empty", "another database"])
def test_reading_what_holds_no_log_writes_nothing_into_it(content: str, path: Path) -> None:
    """`hardstand log list --log` on somebody else's database must not put a table there."""
    path.touch()
    if content == "another database":
        connection = sqlite3.connect(path)
        connection.execute("create table theirs (a)")
        connection.commit()
        connection.close()
    before = path.read_bytes()
    with pytest.raises(UsageError, match=r"log\.db: holds no log"):
        open_log(str(path))
    assert path.read_bytes() == before


@pytest.mark.parametrize("location", ["://", "nosuch://host/log", "nonsense://"])
def test_an_address_that_names_no_database_is_refused_in_one_line(location: str) -> None:
    with pytest.raises(UsageError) as refusal:
        open_log(location)
    assert location in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_an_address_of_sqlalchemy_names_the_same_log(log: Log, path: Path, verdict: Make) -> None:
    log.record([verdict()])
    with open_log(f"sqlite:///{path}") as opened:
        assert opened.sightings() == log.sightings()


def test_entries_come_back_as_they_went_in(verdict: Make, log: Log) -> None:
    """Through canonical JSON, whose numbers have no type."""
    (sighting,) = log.record([verdict(lon=3.0, score=1.0)]).sightings
    assert Sighting.from_payload(json.loads(json.dumps(sighting.to_payload()))) == sighting
    assert log.sightings() == [sighting]
