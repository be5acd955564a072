"""Work in several processes: every piece is done once, whatever ends one of them, and none is left behind."""

from __future__ import annotations

import pickle
from pathlib import Path

import psutil
import pytest

from detect.processes import Ended, in_processes
from imagery.errors import HardstandError, OutputExists, OutputUnwritable, UsageError


def workers() -> list[psutil.Process]:
    """The processes that work for this one."""
    children = psutil.Process().children()
    return [child for child in children if "spawn_main" in " ".join(child.cmdline())]


def test_a_piece_that_ends_its_process_is_tried_again_and_costs_no_other(tmp_path: Path) -> None:
    """The system ends a process that takes all memory, and so does a library that is led astray."""
    tries = tmp_path / "tries"
    ends = f"__import__('pathlib').Path({str(tries)!r}, str(__import__('os').getpid())).mkdir(parents=True)"
    ends += " or __import__('os')._exit(3)"
    outcomes = dict(in_processes(eval, [ends, "1 + 1", "__import__('os').abort()", "2 + 2"], 2))
    assert outcomes == {0: Ended("exit code 3"), 1: 2, 2: Ended("signal 6"), 3: 4}
    assert len(list(tries.iterdir())) == 2
    assert workers() == [], "they end with the work"


def test_who_stops_taking_ends_the_processes_whatever_they_do() -> None:
    running = in_processes(eval, ["1", "__import__('time').sleep(3600)"], 2)
    assert next(running) == (0, 1)
    assert len(workers()) == 2
    running.close()
    assert workers() == []


def test_an_error_that_nobody_meant_to_raise_is_told_with_its_piece() -> None:
    with pytest.raises(HardstandError, match=r"unexpected ZeroDivisionError in a worker, at 1 / 0"):
        list(in_processes(eval, ["1 / 0"], 1))


def test_work_that_cannot_be_copied_is_refused_before_any_process_is_started() -> None:
    with pytest.raises(UsageError, match="`workers`"):
        list(in_processes(lambda piece: piece, [1], 1))


@pytest.mark.parametrize(
    "error", [OutputExists("a.geojson"), OutputUnwritable("a", OSError(13, "Permission denied"))], ids=str
)
def test_an_error_comes_from_another_process_as_it_was(error: HardstandError) -> None:
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy)) == (type(error), str(error))
