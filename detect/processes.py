"""Work in processes of their own, one piece at a time each: what ends one of them costs no other piece.

They are spawned, not forked: a process that is forked beside the threads of GDAL, OpenCV or a network's
runtime may hang. Each takes its pieces from a pipe and ends as soon as the other end of that is closed, so
none outlives the process that started it, however that ends.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from queue import SimpleQueue
from threading import Thread
from typing import Any, NamedTuple, TypeVar

import cv2

from imagery.errors import HardstandError, UsageError
from imagery.files import remove_unfinished

Piece = TypeVar("Piece")
Outcome = TypeVar("Outcome")
TRIES = 2  # a process may be ended for what others do, such as taking all memory
PATIENCE_S = 1.0  # for one that was told to end


class Ended(NamedTuple):
    """A piece of work with which processes ended, as often as it was tried; and how the last one did."""

    how: str


class _Process:
    """A process and our end of its pipe."""

    def __init__(self, work: bytes, threads: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, work, threads), daemon=True)
        with _without_interrupts():
            self._process.start()
        theirs.close()

    def stop(self) -> str:
        """End it at once, unless it has ended.

        Returns:
            How it ended.
        """
        self.pipe.close()
        self._process.join(PATIENCE_S)
        self._process.kill()
        self._process.join()
        code = self._process.exitcode or 0
        return f"signal {-code}" if code < 0 else f"exit code {code}"


class _without_interrupts:  # noqa: N801
    """A context in which a process that is started never gets Ctrl-C, which is for us alone."""

    def __enter__(self) -> None:
        resource_tracker.ensure_running()  # which lets signals through again when it starts
        if hasattr(signal, "pthread_sigmask"):
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})

    def __exit__(self, *_: object) -> None:
        if hasattr(signal, "pthread_sigmask"):
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def in_processes(
    work: Callable[[Piece], Outcome], pieces: Sequence[Piece], workers: int
) -> Iterator[tuple[int, Outcome | Ended]]:
    """Do pieces of work in several processes, which share the cores evenly.

    Args:
        work: Does one. It is copied to each process once.
        pieces: What to do.
        workers: How many processes.

    Yields:
        The index of a piece and what came of it, as they are done. A piece with which a process ended is
        tried once more.

    Raises:
        UsageError: The work cannot be copied.
        HardstandError: Something unexpected was raised in a process.
    """
    copy = copy_of(work)
    threads = max(1, cv2.getNumThreads() // workers)
    waiting = deque(range(len(pieces)))
    tries: Counter[int] = Counter()
    busy: dict[Connection, tuple[_Process, int]] = {}
    idle: list[_Process] = []
    try:
        while waiting or busy:
            while waiting and len(busy) < workers:
                process = idle.pop() if idle else _Process(copy, threads)
                busy[process.pipe] = process, waiting[0]
                with suppress(OSError):  # it has ended, as reading will show
                    process.pipe.send(pieces[waiting[0]])
                tries[waiting.popleft()] += 1
            for pipe in _readable(busy):
                process, index = busy.pop(pipe)
                try:
                    outcome = pipe.recv()
                except (EOFError, OSError):
                    how = process.stop()
                    if tries[index] < TRIES:
                        waiting.append(index)
                    else:
                        yield index, Ended(how)
                    continue
                idle.append(process)
                if isinstance(outcome, _Unexpected):
                    raise HardstandError(outcome.text)
                yield index, outcome
    finally:
        for process in (*idle, *(process for process, _ in busy.values())):
            process.pipe.close()  # all at once, before waiting for any
        for process in (*idle, *(process for process, _ in busy.values())):
            process.stop()


def copy_of(work: Callable[[Any], Any]) -> bytes:
    """Return work as another process can read it.

    Raises:
        UsageError: It cannot be copied.
    """
    try:
        return pickle.dumps(work)
    except (pickle.PicklingError, AttributeError, TypeError) as reason:
        raise UsageError(f"`workers`: the detector cannot be copied to another process ({reason})") from None


def _readable(busy: dict[Connection, tuple[_Process, int]]) -> list[Connection]:
    return [pipe for pipe in wait(list(busy)) if isinstance(pipe, Connection)]


class _Unexpected(NamedTuple):
    """An error that nobody meant to raise."""

    text: str


def _serve(pipe: Connection, work: bytes, threads: int) -> None:
    """Do what comes through a pipe, until its other end is closed."""
    pieces: SimpleQueue[Any] = SimpleQueue()
    Thread(target=_take, args=(pipe, pieces), daemon=True).start()
    os.environ["GDAL_NUM_THREADS"] = str(threads)
    cv2.setNumThreads(threads)  # which a network's runtime goes by
    function = pickle.loads(work)  # noqa: S301 - from the process that started this one
    while True:
        piece = pieces.get()
        try:
            outcome = function(piece)
        except Exception as reason:
            outcome = _Unexpected(f"unexpected {type(reason).__name__} in a worker, at {piece}: {reason}")
        pipe.send(outcome)


def _take(pipe: Connection, pieces: SimpleQueue[Any]) -> None:
    with suppress(EOFError, OSError):
        while True:
            pieces.put(pipe.recv())
    remove_unfinished()
    os._exit(0)
