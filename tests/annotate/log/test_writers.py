"""Whoever writes, and however a writer ends: one chain, and nothing lost that was committed."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from annotate.log.entries import Verdict
from annotate.log.store import open_log
from annotate.log.verify import verify_entries

Make = Callable[..., Verdict]
PATIENCE_S = 600  # a loaded machine is no bug


def _write(location: str, first: int, make: Make, failures: Any) -> None:
    try:
        for number in range(first, first + 10):
            with open_log(location, create=True) as log:
                log.record([make(number), make(1000)])
    except Exception as error:
        failures.append(repr(error))
        raise


WRITER = """
import json, sys
from annotate.log.entries import Verdict
from annotate.log.store import open_log
print("up", flush=True)
sys.stdin.readline()  # until all are
for payload in json.loads(sys.argv[2]):
    with open_log(sys.argv[1], create=True) as log:
        log.record([Verdict.from_payload(payload)])
"""


def test_processes_that_write_at_once_make_one_chain_and_lose_nothing(
    location: str, table: Any, verdict: Make
) -> None:
    """Nor do they fall over each other making the log, which none of them found."""
    writers = []
    for first in (10, 20, 30):
        work = json.dumps([verdict(number).to_payload() for number in (*range(first, first + 10), 1000)])
        command = [sys.executable, "-c", WRITER, location, work]
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        writers.append(subprocess.Popen(command, **pipes, text=True))
    assert [writer.stdout.readline() for writer in writers] == ["up\n"] * 3
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    assert [writer.communicate(timeout=PATIENCE_S)[1] for writer in writers] == [""] * 3
    assert table.broken_links() == []
    with open_log(location) as log:
        annotations = sorted(said.annotation_id for said in log.verdicts())
        assert annotations == [*range(10, 40), 1000], "each once, the shared one too"
        assert len(list(log.sightings())) == 31


def test_threads_that_write_at_once_make_one_chain_and_lose_nothing(
    location: str, table: Any, verdict: Make
) -> None:
    failures: list[str] = []
    writers = [
        threading.Thread(target=_write, args=(location, 10 * i, verdict, failures)) for i in range(1, 5)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(PATIENCE_S)
    assert failures == []
    assert table.broken_links() == []
    assert len(table.rows()) == 2 * 41


ENDLESS_WRITER = """
import json, sys
from dataclasses import replace
from annotate.log.entries import Verdict
from annotate.log.store import open_log
first = Verdict.from_payload(json.loads(sys.argv[2]))
start = int(sys.argv[3])
with open_log(sys.argv[1], create=True) as log:
    for batch in range(start, start + 100_000, 10):
        numbers = range(batch, batch + 10)
        log.record(replace(first, candidate=f"{n:016x}", annotation_id=n) for n in numbers)
        print(*numbers, flush=True)
"""


@contextmanager
def endless_writer(location: str, first: Verdict, start: int) -> Iterator[Iterator[str]]:
    """The lines in which a writer tells what it has committed; at the end it is killed where it stands."""
    command = [sys.executable, "-c", ENDLESS_WRITER, location, json.dumps(first.to_payload()), str(start)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        try:
            assert writer.stdout
            yield iter(writer.stdout)
        finally:
            writer.kill()


@pytest.mark.parametrize("batches", [1, 4])
def test_a_writer_that_is_killed_loses_nothing_it_had_committed(
    batches: int, location: str, table: Any, verdict: Make
) -> None:
    """By SIGKILL, as a rule in the midst of the next batch, of which then nothing is there."""
    told: list[int] = []
    for start in (0, 1_000_000):
        with endless_writer(location, verdict(), start) as lines:
            told += [int(number) for _ in range(batches) for number in next(lines).split()]
    assert table.broken_links() == []
    with open_log(location) as log:
        kept = [said.annotation_id for said in log.verdicts()]
        assert set(told) <= set(kept)
        assert len(kept) % 10 == 0, "a batch is whole or not there"
        assert verify_entries(log.entries(), log.chips).failure is None
        assert len(log.record([verdict(7_000_000)]).sightings) == 1, "and it can be written on"
