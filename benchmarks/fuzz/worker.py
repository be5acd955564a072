"""A process that makes inputs, has them read, and tells what should not have happened."""

from __future__ import annotations

import linecache
import os
import resource
import shutil
import socket
import sys
import time
import traceback
import warnings
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from types import CodeType, FrameType
from typing import Any, NamedTuple

from benchmarks.fuzz.deliveries import Delivery
from benchmarks.fuzz.mutation import ADDRESS, OUTSIDE, mutated
from benchmarks.fuzz.readers import OUTPUTS, READERS, Reader
from detect.detectors import network_trial
from imagery.errors import HardstandError

MEMORY_MB = 1024
ADDRESS_SPACE_MB = 6 * 1024  # so that one input cannot take the machine's memory
LARGEST_FILE_MB = 256
OURS = tuple(
    f"{Path(__file__).resolve().parents[2] / package}{os.sep}"
    for package in ("annotate", "detect", "imagery")
)
MOST_KEPT = 300  # deliveries of one kind that reached something new
SEEN_ENOUGH = 40  # calls of a function without a new line, after which it is not traced any more
TRIES = 150  # to make what was found smaller


class Finding(NamedTuple):
    """Something that should not have happened.

    Attributes:
        kind: ``exception``, ``memory``, ``file``, ``connection``, ``hang`` or ``crash``.
        reader: Which of `READERS`.
        where: What it is known by: findings of the same kind and place are one.
        detail: More, for a person.
        delivery: The files that did it.
    """

    kind: str
    reader: str
    where: str
    detail: str
    delivery: Delivery


class Coverage:
    """Lines of hardstand that were reached."""

    def __init__(self) -> None:
        self._lines: set[tuple[CodeType, int]] = set()
        self._calls: dict[CodeType, int] = {}
        self._new = False

    def __len__(self) -> int:
        return len(self._lines)

    def reached_more(self, call: Callable[[], None]) -> bool:
        """Make a call, and return whether it reached a line that none before it did."""
        self._new = False
        sys.settrace(self._trace)
        try:
            call()
        finally:
            sys.settrace(None)
        return self._new

    def _trace(self, frame: FrameType, _event: str, _argument: object) -> Any:
        code = frame.f_code
        calls = self._calls.get(code, 0)
        if calls > SEEN_ENOUGH or not code.co_filename.startswith(OURS):
            return None
        self._calls[code] = calls + 1
        return self._trace_line

    def _trace_line(self, frame: FrameType, event: str, _argument: object) -> Any:
        place = frame.f_code, frame.f_lineno
        if event == "line" and place not in self._lines:
            self._lines.add(place)
            self._calls[frame.f_code] = 0
            self._new = True
        return self._trace_line


class Sandbox:
    """A folder in which inputs are read, and what watches that nothing else is written or asked."""

    def __init__(self, folder: Path) -> None:
        self.inputs, self.outputs = folder / "inputs", folder / OUTPUTS
        self._outside = folder / "outside"
        for path in (self.inputs, self.outputs, self._outside):
            path.mkdir(parents=True)
        (self._outside / "canary").write_text("alive")
        (folder / "canary").write_text("alive")
        self._folder = folder
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setblocking(False)
        self._address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        # Whatever curl or httpx asks anywhere, it asks this port.
        for name in ("http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
            os.environ[name] = self._address
        self._asked: list[str] = []
        self._watching = False
        sys.addaudithook(self._audit)
        self._before = self._surroundings()

    def real(self, delivery: Delivery) -> Delivery:
        """Return a delivery with this sandbox's names in the place of those that stand for them."""
        names = {OUTSIDE.encode(): bytes(self._outside), ADDRESS.encode(): self._address.encode()}
        for placeholder, name in names.items():
            delivery = {file: content.replace(placeholder, name) for file, content in delivery.items()}
        return delivery

    def put(self, delivery: Delivery) -> Path:
        """Write a delivery in place of the one before; return its first file."""
        for folder in (self.inputs, self.outputs):
            for entry in list(os.scandir(folder)):
                shutil.rmtree(entry.path) if entry.is_dir(follow_symlinks=False) else Path(
                    entry.path
                ).unlink()
        for name, content in self.real(delivery).items():
            (self.inputs / name).write_bytes(content)
        return self.inputs / next(iter(delivery))

    def watched(self, call: Callable[[], None]) -> None:
        """Make a call, of which `complaints` tells what it did besides reading."""
        self._asked.clear()
        self._watching = True
        try:
            call()
        finally:
            self._watching = False

    def complaints(self, delivery: Delivery) -> list[tuple[str, str]]:
        """Return what the last call should not have done: the kind of finding, and words."""
        found = [("connection" if what.startswith("socket") else "file", what) for what in self._asked]
        with suppress(BlockingIOError):
            connection, _ = self._listener.accept()
            with connection:
                connection.settimeout(1)
                with suppress(OSError):
                    found.append(
                        ("connection", connection.recv(200).partition(b"\r")[0].decode(errors="replace"))
                    )
        strange = {entry.name for entry in os.scandir(self.inputs)} - delivery.keys()
        changed = [name for name, content in self.real(delivery).items() if not self._is(name, content)]
        if strange or changed:
            found.append(("file", f"written beside the input: {sorted(strange) + changed}"))
        now = self._surroundings()
        if now != self._before:
            found.append(("file", f"written outside: {sorted(set(now) ^ set(self._before))}"))
            self._before = now
        return found

    def _is(self, name: str, content: bytes) -> bool:
        try:
            return (self.inputs / name).read_bytes() == content
        except OSError:
            return False

    def _surroundings(self) -> list[tuple[str, int, int]]:
        folders = (self._folder, self._outside)
        entries = [
            entry
            for folder in folders
            for entry in os.scandir(folder)
            if entry.is_file(follow_symlinks=False)
        ]
        return sorted((entry.path, entry.stat().st_size, entry.stat().st_mtime_ns) for entry in entries)

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self._watching:
            return
        if event in ("socket.connect", "socket.getaddrinfo"):
            self._asked.append(
                f"{event} {arguments[1:]}" if event == "socket.connect" else f"{event} {arguments}"
            )
        elif event == "subprocess.Popen" and network_trial.__name__ in arguments[1]:
            pass  # it is there to end without harm
        elif event in ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn"):
            self._asked.append(f"{event} {arguments[0]}")
        elif event == "open" and isinstance(arguments[0], str) and arguments[2] & (os.O_WRONLY | os.O_RDWR):
            path = os.path.realpath(arguments[0])
            if not path.startswith((f"{self.outputs}{os.sep}", str(self._state), "/dev/")):
                self._asked.append(f"opened to write: {path}")

    @property
    def _state(self) -> Path:
        return self._folder / "state"


def peak_mb() -> int:
    """Return the most memory that this process has held since `forget_peak`, in megabytes."""
    status = Path("/proc/self/status").read_text().split()
    return int(status[status.index("VmHWM:") + 1]) >> 10


def forget_peak() -> None:
    """Begin to measure the peak of memory anew."""
    Path("/proc/self/clear_refs").write_text("5")


class Fuzzer:
    """Makes inputs of every kind, and reads them."""

    def __init__(self, sandbox: Sandbox, seeds: dict[str, list[Delivery]], random: Random) -> None:
        self.coverage = Coverage()
        self._sandbox, self._random = sandbox, random
        self._seeds = seeds
        self._kept: dict[str, list[Delivery]] = {name: [] for name in seeds}
        self._names = [name for name in seeds for _ in range(READERS[name].weight)]

    def next(self) -> tuple[str, Delivery]:
        """Return an input and the name of its reader."""
        random = self._random
        name = random.choice(self._names)
        seeds, kept = self._seeds[name], self._kept[name]
        delivery = dict(random.choice(kept if kept and random.random() < 0.5 else seeds))
        mutable = [file for file in delivery if file.endswith(READERS[name].mutates or "")]
        # Mostly the first, which is opened; what lies beside it otherwise.
        file = mutable[0] if random.random() < 0.6 else random.choice(mutable)
        others = [other[file] for other in random.choices(seeds, k=3) if file in other]
        delivery[file] = mutated(delivery[file], others, random)
        return name, delivery

    def read(self, name: str, delivery: Delivery) -> list[Finding]:
        """Read an input; one that reached something new is mutated further."""
        path = self._sandbox.put(delivery)
        outcome: list[Finding] = []

        def call() -> None:
            outcome.extend(self._read(READERS[name], name, path, delivery))

        if self.coverage.reached_more(call) and len(self._kept[name]) < MOST_KEPT:
            self._kept[name].append(delivery)
        return outcome

    def _read(self, reader: Reader, name: str, path: Path, delivery: Delivery) -> list[Finding]:
        found = []
        forget_peak()
        try:
            with suppress(HardstandError):
                self._sandbox.watched(lambda: reader.read(path))
        except Exception as error:
            found.append(Finding("exception", name, _place_of(error), traceback.format_exc(), delivery))
        if (peak := peak_mb()) > MEMORY_MB:
            found.append(Finding("memory", name, "peak", f"{peak} MB", delivery))
        for kind, what in self._sandbox.complaints(delivery):
            found.append(Finding(kind, name, what.split(" ")[0], what, delivery))
        return found

    def smaller(self, finding: Finding) -> Finding:
        """Return the finding with less of a delivery, which still makes it."""
        delivery = finding.delivery
        for file in delivery:
            piece = max(1, len(delivery[file]) // 2)
            place = tries = 0
            while piece and tries < TRIES:
                content = delivery[file]
                tries += 1
                less = {**delivery, file: content[:place] + content[place + piece :]}
                if len(content) > piece and self._makes(finding, less):
                    delivery = less
                else:
                    place += piece
                if place >= len(delivery[file]):
                    place, piece = 0, piece // 2
        return finding._replace(delivery=delivery)

    def _makes(self, finding: Finding, delivery: Delivery) -> bool:
        path = self._sandbox.put(delivery)
        found = self._read(READERS[finding.reader], finding.reader, path, delivery)
        return any(other[:3] == finding[:3] for other in found)


def _place_of(error: Exception) -> str:
    """Return an exception's class and the last line of hardstand that it came through."""
    ours = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith(OURS)]
    place = f"{Path(ours[-1].filename).name}:{ours[-1].name}" if ours else "outside hardstand"
    return f"{type(error).__name__} in {place}"


def work(pipe: Connection, folder: Path, seeds: dict[str, list[Delivery]], seed: str, until: int) -> None:
    """Read inputs, and send through a pipe which is next, what was found, and how many there were.

    Args:
        pipe: To who started this process.
        folder: An empty folder.
        seeds: Valid deliveries by the name of their reader.
        seed: The same makes the same inputs.
        until: How many of them.
    """
    os.environ["XDG_STATE_HOME"] = str(folder / "state")
    megabytes = 1 << 20
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE_MB * megabytes,) * 2)
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE_MB * megabytes,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # what libraries print
    warnings.simplefilter("ignore")
    fuzzer = Fuzzer(Sandbox(folder), seeds, Random(seed))  # noqa: S311 -- which is to be repeated
    known: set[tuple[str, str, str]] = set()
    for _ in range(until):
        name, delivery = fuzzer.next()
        pipe.send(("next", name, delivery))
        for finding in fuzzer.read(name, delivery):
            if finding[:3] not in known:
                known.add(finding[:3])
                pipe.send(("shrinking", name, delivery))
                pipe.send(("found", fuzzer.smaller(finding)))
        linecache.clearcache()
    pipe.send(("end", len(fuzzer.coverage), time.process_time()))
