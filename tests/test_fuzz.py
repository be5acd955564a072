"""The fuzzer: a bounded part of it finds nothing in hardstand, and it finds what it is there to find."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc"),
]
# A reader that does to any mutated input what none may, each its own.
BAD = """
import os, signal, socket, sys
from pathlib import Path
import benchmarks.fuzz.__main__ as fuzz
from benchmarks.fuzz.readers import Reader

def seeds():
    yield {"a.txt": b"a good file " * 20}

def reading(bad):
    def read(path):
        if path.read_bytes() != next(seeds())["a.txt"]:
            bad(path)
    return Reader(seeds, read)

def fail(path):
    raise KeyError("a")

def connect(path):
    socket.create_connection(("127.0.0.1", 9), timeout=1)

fuzz.READERS.clear()
fuzz.READERS |= {
    "fails": reading(fail),
    "ends": reading(lambda path: os.kill(os.getpid(), signal.SIGKILL)),
    "waits": reading(lambda path: sum(iter(int, 1))),
    "grows": reading(lambda path: bytearray(b"1") * (1200 << 20)),
    "writes": reading(lambda path: (path.parent / "left").write_text("")),
    "writes outside": reading(lambda path: (path.parent.parent / "outside" / "left").write_text("")),
    "connects": reading(connect),
}
fuzz.HANG_S, fuzz.worker.TRIES = 2.0, 3
found = fuzz.attack(int(sys.argv[2]), 0, 1, Path(sys.argv[1]))
print(*sorted(found))
"""


def run(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], cwd=cwd, capture_output=True, text=True, check=False)


def test_mutated_files_of_every_kind_are_read_or_refused_in_one_line(tmp_path: Path) -> None:
    arguments = ("--inputs", "200", "--seed", "7", "--processes", "1", "--keep", str(tmp_path / "found"))
    result = run("-m", "benchmarks.fuzz", *arguments)
    assert result.returncode == 0, result.stdout
    assert "200 inputs" in result.stdout
    assert not (tmp_path / "found").exists()


def test_what_no_reader_may_do_is_found_and_kept(tmp_path: Path) -> None:
    result = run("-c", BAD, str(tmp_path), "60")
    kinds = "connection crash exception file hang memory"
    assert result.stdout.splitlines()[-1:] == [kinds], result.stdout + result.stderr
    kept = {path.name for path in tmp_path.iterdir()}
    assert "exception-fails-KeyError-in-outside-hardstand" in kept
    for folder in tmp_path.iterdir():
        assert (folder / "WHY").read_text()
        assert (folder / "a.txt").exists()
