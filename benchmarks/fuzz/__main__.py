"""An attack on everything that reads a stranger's file: mutated inputs, and what they must not do.

    make fuzz
    .venv/bin/python -m benchmarks.fuzz --inputs 100000 --seed 1

Valid files of every kind are mutated, and read as the commands read them. An input that reaches a line of
hardstand which none before it did is mutated further. Counted are exceptions that are not hardstand's,
processes that end, inputs that take more than 10 seconds or more than 1 GB of memory, files that are written
elsewhere than a command was told to, and connections. If there are any, the smallest input that does it is
kept in a folder, and the exit code is 1. The same seed and number of processes make the same inputs.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import cv2
import psutil

from benchmarks.fuzz import worker
from benchmarks.fuzz.deliveries import Delivery
from benchmarks.fuzz.readers import OUTPUTS, READERS
from benchmarks.fuzz.worker import Finding

HANG_S = 10.0  # of CPU time
WAITING = 6  # times as long an input may wait, as other work may have the processor
SHRINKING_S = 60.0
KINDS = ("exception", "crash", "hang", "memory", "file", "connection")
_context = multiprocessing.get_context("fork")  # which keeps what was imported


class Worker:
    """A process that reads inputs, and is started anew when one of them ends it."""

    def __init__(self, seeds: dict[str, list[Delivery]], seed: str, inputs: int) -> None:
        self.left, self.lines, self.cpu_s = inputs, 0, 0.0
        self._seeds, self._seed = seeds, seed
        self._starts = 0
        self._start()

    def _start(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="hardstand-fuzz-", dir=_fast_folder()))
        pipe, theirs = _context.Pipe()
        self._starts += 1
        arguments = (theirs, self.folder, self._seeds, f"{self._seed}-{self._starts}", self.left)
        self.process: BaseProcess = _context.Process(target=worker.work, args=arguments)
        self.process.start()
        theirs.close()
        self.pipe: Connection = pipe
        self._last: tuple[str, Delivery] = ("", {})
        self._since, self._cpu_before_s, self._patience_s = time.monotonic(), 0.0, SHRINKING_S

    def news(self) -> list[Finding]:
        """Return what was found since the last call."""
        found: list[Finding] = []
        try:
            while self.pipe.poll():
                found += self._hear(self.pipe.recv())
        except EOFError:
            self.process.join()
            if self.left:
                found.append(self._ended("crash", f"exit code {self.process.exitcode}"))
            return found
        took_s = max(self._cpu_s() - self._cpu_before_s, (time.monotonic() - self._since) / WAITING)
        if self.left and took_s > self._patience_s:
            found.append(self._ended("hang", f"more than {self._patience_s:.0f} seconds"))
        return found

    def _cpu_s(self) -> float:
        try:
            times = psutil.Process(self.process.pid).cpu_times()
        except psutil.Error:  # it has ended meanwhile
            return 0.0
        return float(times.user + times.system)

    def _hear(self, message: tuple[Any, ...]) -> list[Finding]:
        self._since, self._cpu_before_s = time.monotonic(), self._cpu_s()
        match message:
            case ("next", name, delivery):
                self._last, self._patience_s = (name, delivery), HANG_S
                self.left -= 1
            case ("shrinking", *_):
                self._patience_s = SHRINKING_S
            case ("found", finding):
                return [finding]
            case ("end", lines, cpu_s):
                self.lines, self.cpu_s = max(self.lines, lines), self.cpu_s + cpu_s
                self.left = 0
        return []

    def _ended(self, kind: str, detail: str) -> Finding:
        name, delivery = self._last
        self.close()
        if self.left:
            self._start()
        return Finding(kind, name, detail, detail, delivery)

    def close(self) -> None:
        """End it, and remove its folder."""
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        shutil.rmtree(self.folder, ignore_errors=True)


def _fast_folder() -> str | None:
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 -- a folder of our own is made in it


def attack(inputs: int, seed: int, processes: int, keep: Path) -> Counter[str]:
    """Have inputs read, and keep what should not have happened.

    Args:
        inputs: How many.
        seed: The same makes the same inputs.
        processes: How many read at once.
        keep: A folder for the inputs that did it.

    Returns:
        How many findings there are of each kind.
    """
    cv2.setNumThreads(1)  # a process that is copied has no threads
    seeds = {name: list(reader.seeds()) for name, reader in READERS.items()}
    _warm_up(seeds)
    shares = [inputs // processes + (number < inputs % processes) for number in range(processes)]
    workers = [Worker(seeds, f"{seed}-{number}", share) for number, share in enumerate(shares)]
    found: dict[tuple[str, str, str], Finding] = {}
    start = time.monotonic()
    try:
        while any(each.left for each in workers):
            time.sleep(0.05)
            for finding in [finding for each in workers for finding in each.news()]:
                before = found.get(finding[:3])
                if before is None or _size(finding) < _size(before):
                    found[finding[:3]] = finding
                    _keep(finding, keep)
                    print(f"{finding.kind}: {finding.reader}: {finding.where}", flush=True)
            _show(inputs - sum(each.left for each in workers), inputs, start)
    finally:
        for each in workers:
            each.close()
    lines = max(each.lines for each in workers)
    print(f"\n{inputs:,} inputs in {time.monotonic() - start:.0f} s, {lines:,} lines reached, seed {seed}")
    return Counter(finding.kind for finding in found.values())


def _warm_up(seeds: dict[str, list[Delivery]]) -> None:
    """Import what is imported on first use, before processes are copied; networks would start threads."""
    for name, (delivery, *_) in seeds.items():
        with tempfile.TemporaryDirectory(prefix="hardstand-fuzz-") as folder:
            inputs = Path(folder, "inputs")
            inputs.mkdir()
            Path(folder, OUTPUTS).mkdir()
            os.environ["XDG_STATE_HOME"] = folder
            for file, content in delivery.items():
                (inputs / file).write_bytes(content)
            if name != "network":
                READERS[name].read(inputs / next(iter(delivery)))


def _show(done: int, inputs: int, start: float) -> None:
    if sys.stderr.isatty():
        print(f"\r{done:,} of {inputs:,}, {time.monotonic() - start:.0f} s ", end="", file=sys.stderr)


def _size(finding: Finding) -> int:
    return sum(map(len, finding.delivery.values()))


def _keep(finding: Finding, keep: Path) -> None:
    words = "".join(letter if letter.isalnum() else "-" for letter in "-".join(finding[:3]))
    folder = keep / words[:100]
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, content in finding.delivery.items():
        (folder / name).write_bytes(content)
    (folder / "WHY").write_text(f"{finding.kind}: {finding.reader}: {finding.detail}\n")


def main() -> None:
    """Attack, and say what was found."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--keep", type=Path, default=Path("fuzz"), help="folder for the inputs that did it")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
    counts = attack(options.inputs, options.seed, options.processes, options.keep)
    print(", ".join(f"{counts[kind]} {kind}" for kind in KINDS))
    if counts:
        print(f"the inputs are in {options.keep}")
    sys.exit(1 if counts else 0)


if __name__ == "__main__":
    main()
