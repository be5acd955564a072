"""Running hardstand's commands so that they can be killed at any moment.

A command runs in a copy of this process, which has imported everything already; so what is killed is work,
not imports. It counts the functions of hardstand, of the HTTP client and of the database's driver that are
entered or left, and kills itself at one of them: which one is drawn from as many as the last whole run had.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random
from types import FrameType
from typing import NamedTuple

import hardstand

ROOT = str(Path(hardstand.__file__).resolve().parent)
COUNTED = (
    *(f"{ROOT}{os.sep}{package}{os.sep}" for package in ("annotate", "detect", "imagery")),
    *(f"{os.sep}{library}{os.sep}" for library in ("httpx", "httpcore", "sqlalchemy/engine", "psycopg")),
)
SIGNALS = (signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
PATIENCE_S = 900.0  # for one command, on a machine that does much else


class Fault(NamedTuple):
    """What happens to a command.

    Attributes:
        signal: That it gets, or None.
        share: At which part of its way, 0..1.
        most_bytes: That a file may have, or None.
    """

    signal: signal.Signals | None = None
    share: float = 0.0
    most_bytes: int | None = None


UNDISTURBED = Fault()


class Run(NamedTuple):
    """The outcome of a command.

    Attributes:
        code: Its exit code; negative where a signal ended it.
        struck: Whether the signal was sent before it had ended.
        message: What it wrote to stderr, the last line.
        took_s: Seconds.
    """

    code: int
    struck: bool
    message: str
    took_s: float


class Runner:
    """Runs commands, each of which may be killed.

    Attributes:
        kills: How many commands of a name were struck, at which tenth of their way.
    """

    def __init__(self, folder: Path) -> None:
        """Take a folder for what commands print."""
        self.kills: dict[str, list[int]] = {}
        self._folder = folder
        self._steps: dict[str, int] = {}

    def run(self, *arguments: object, fault: Fault = UNDISTURBED) -> Run:
        """Run a command to its end."""
        words = [str(argument) for argument in arguments]
        name = name_of(words)
        at = 1 + int(fault.share * self._steps.get(name, 2000)) if fault.signal else 0
        output, report = self._folder / "stderr", self._folder / "steps"
        report.unlink(missing_ok=True)
        sys.stdout.flush()
        start = time.monotonic()
        child = os.fork()
        if child == 0:
            _become(words, output, report, fault, at)
        code = _wait(child, start + PATIENCE_S)
        struck = fault.signal is not None and report.exists() and report.read_text() == "struck"
        if struck:
            self.kills.setdefault(name, [0] * 10)[min(9, int(10 * fault.share))] += 1
        elif code == 0 and report.exists():
            self._steps[name] = int(report.read_text())
        lines = output.read_text(errors="replace").strip().splitlines()
        return Run(code, struck, lines[-1] if lines else "", time.monotonic() - start)


def name_of(words: list[str]) -> str:
    """Return the name of a command, such as ``review push``."""
    return " ".join(words[: 2 if words[0] in ("review", "log") else 1])


def _wait(child: int, until: float) -> int:
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > until:
            os.kill(child, signal.SIGKILL)
        time.sleep(0.02)


def _become(words: list[str], output: Path, report: Path, fault: Fault, at: int) -> None:
    """Turn this process into the command."""
    code = 70
    with suppress(BaseException):
        for number, path in ((1, os.devnull), (2, str(output))):
            os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
        sys.stdout, sys.stderr = open(1, "w", closefd=False), open(2, "w", closefd=False)  # noqa: SIM115
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        counter = _Counter(at, fault.signal, report)
        if fault.most_bytes is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (fault.most_bytes, resource.RLIM_INFINITY))
        threading.setprofile(counter)
        sys.setprofile(counter)
        try:
            hardstand.main(words)
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
        finally:
            sys.setprofile(None)
            if not counter.struck:
                report.write_text(str(counter.steps))
            sys.stderr.flush()
    os._exit(code)


class _Counter:
    """Counts the steps of a command, and kills it at one."""

    def __init__(self, at: int, number: signal.Signals | None, report: Path) -> None:
        self.steps, self.struck = 0, False
        self._at, self._number, self._report = at, number, report
        self._counts: dict[str, bool] = {}

    def __call__(self, frame: FrameType, event: str, _argument: object) -> Callable[..., object] | None:
        if event not in ("call", "return"):
            return None
        name = frame.f_code.co_filename
        counts = self._counts.get(name)
        if counts is None:
            counts = self._counts[name] = any(part in name for part in COUNTED)
        if counts:
            self.steps += 1
            if self.steps == self._at and self._number is not None:
                self.struck = True
                self._report.write_text("struck")
                os.kill(os.getpid(), self._number)
        return None


def drawn_fault(random: Random) -> Fault:
    """Draw what happens to a command: mostly a signal, now and then a full disk, or nothing."""
    chance = random.random()
    if chance < 0.6:
        return Fault(signal=random.choice(SIGNALS), share=random.random())
    if chance < 0.75:
        return Fault(most_bytes=random.choice((0, 4096, 1 << 15, 1 << 17, 1 << 20)))
    return UNDISTURBED
