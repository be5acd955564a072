"""Label Studio's own environment: installed once, apart from ours, because it pins half of PyPI."""

from __future__ import annotations

import os
import re
import subprocess
import sysconfig
import tempfile
import venv
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from queue import Empty, Queue
from threading import Thread

from platformdirs import user_cache_path

from annotate.labelstudio.lock import locked
from imagery.errors import HardstandError
from imagery.words import counted

LABEL_STUDIO_VERSION = "1.23.2"
LOOK_EVERY_S = 1.0  # while pip unpacks it says nothing: what is there is counted
# What pip prints of a package where its output is no terminal.
_FETCHED = re.compile(r"\s*(?:Downloading|Using cached) (?:\S*/)?(\S+) \((\d+(?:\.\d+)?) (B|kB|MB|GB)\)")
_UNPACKING = "Installing collected packages: "
_MEGABYTES = {"B": 1e-6, "kB": 1e-3, "MB": 1.0, "GB": 1e3}
_NOT_A_PACKAGE = ".metadata"


def label_studio_executable(
    say: Callable[[str], None], doing: Callable[[str], None] = lambda _words: None
) -> Path:
    """Return Label Studio's command; install it from PyPI into the user's cache folder if need be.

    Args:
        say: Called with a line before what takes long.
        doing: Called every second or so with what is being done: which package of what size, how many.

    Raises:
        HardstandError: It cannot be installed.
    """
    home = user_cache_path("hardstand") / f"label-studio-{LABEL_STUDIO_VERSION}"
    commands, suffix = (home / "Scripts", ".exe") if os.name == "nt" else (home / "bin", "")
    executable, complete = commands / f"label-studio{suffix}", home / "complete"
    with locked(home.with_name(f"{home.name}.lock")):
        if complete.exists() and executable.exists():
            return executable
        say(f"installing Label Studio {LABEL_STUDIO_VERSION} into {home}: once, about 1 GB and some minutes")
        doing("making an environment of its own")
        venv.create(home, clear=True, with_pip=True)
        _install(commands / f"python{suffix}", home, doing)
        complete.touch()
    return executable


def _install(python: Path, home: Path, doing: Callable[[str], None]) -> None:
    """Run pip.

    Raises:
        HardstandError: It fails.
    """
    quiet = ["--progress-bar", "off", "--disable-pip-version-check", "--no-color"]
    command = [str(python), "-m", "pip", "install", *quiet, f"label-studio=={LABEL_STUDIO_VERSION}"]
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    packages = Path(sysconfig.get_path("purelib", "venv", {"base": str(home)}))
    with (
        tempfile.TemporaryFile("w+") as errors,
        subprocess.Popen(  # noqa: S603 - our own environment's pip
            command, env=clean, stdout=subprocess.PIPE, stderr=errors, text=True, errors="replace"
        ) as process,
    ):
        try:
            _follow(process, PipOutput(packages), doing)
        except BaseException:
            process.kill()
            raise
        if process.wait() != 0:
            errors.seek(0)
            last = (errors.read().strip() or "no message").splitlines()[-1]
            raise HardstandError(f"Label Studio cannot be installed into {home}: {last}")


def _follow(process: subprocess.Popen[str], output: PipOutput, doing: Callable[[str], None]) -> None:
    """Tell what pip does until it has nothing more to say."""
    lines: Queue[str | None] = Queue()

    def read() -> None:
        for line in process.stdout or ():
            lines.put(line)
        lines.put(None)

    Thread(target=read, daemon=True).start()
    while True:
        with suppress(Empty):
            line = lines.get(timeout=LOOK_EVERY_S)
            if line is None:
                return
            output.read(line)
        doing(output.words)


class PipOutput:
    """What pip has done so far, as far as it says; it says nothing while it unpacks."""

    def __init__(self, folder: Path) -> None:
        """Take the folder that it installs into."""
        self._folder = folder
        self._before = self._present
        self._fetched = 0
        self._megabytes = 0.0
        self._latest = ""
        self._total = 0

    def read(self, line: str) -> None:
        """Take a line of its output up."""
        if line.startswith(_UNPACKING):
            self._total = line.count(",") + 1
        elif (match := _FETCHED.match(line)) and not match[1].endswith(_NOT_A_PACKAGE):
            name = "-".join(match[1].split("-")[:2]).removesuffix(".tar.gz")
            self._fetched += 1
            self._megabytes += float(match[2]) * _MEGABYTES[match[3]]
            self._latest = f"{name} ({match[2]} {match[3]})"

    @property
    def words(self) -> str:
        """What it is doing: ``downloading torch-2.1 (180 MB); 57 packages, 412 MB``."""
        if self._total:
            done = min(self._total, max(0, self._present - self._before))
            packed = f"{counted(self._total, 'package')}, {self._megabytes:,.0f} MB packed"
            return f"unpacking {packed}: {done:,} done"
        if not self._fetched:
            return "asking PyPI which packages it needs"
        fetched = f"{counted(self._fetched, 'package')}, {self._megabytes:,.0f} MB"
        return f"downloading {self._latest}; {fetched}"

    @property
    def _present(self) -> int:
        return sum(1 for _ in self._folder.glob("*.dist-info"))
