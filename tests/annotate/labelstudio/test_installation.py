"""What is said while Label Studio is installed; in place of pip stands what prints as it does."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from annotate.labelstudio import installation
from annotate.labelstudio.installation import PipOutput, label_studio_executable
from imagery.errors import HardstandError

PIP = """#!/bin/sh
home=$(dirname "$0")/..
packages=$(echo "$home"/lib/python*/site-packages)
echo 'Collecting label-studio==1.23.2'
echo '  Obtaining dependency information for label-studio==1.23.2 from https://pypi.example/label_studio.metadata'
echo '  Downloading label_studio-1.23.2-py3-none-any.whl.metadata (12 kB)'
echo '  Downloading label_studio-1.23.2-py3-none-any.whl (33.1 MB)'
echo '  Using cached https://pypi.example/packages/numpy-2.2.1-cp311-manylinux_x86_64.whl (16.4 MB)'
echo '  Downloading tiny-1.0.tar.gz (500 kB)'
echo 'Installing collected packages: tiny, numpy, label-studio'
mkdir -p "$packages/tiny-1.0.dist-info"
sleep 0.3
mkdir -p "$packages/numpy-2.2.1.dist-info"
sleep 0.3
EOF
"""
END = {
    "whole": 'touch "$home/bin/label-studio"\n',
    "broken": "echo 'WARNING: slow' >&2; echo 'ERROR: No space left on device' >&2; exit 1\n",
}


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where it would be installed; it is looked at often."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(installation, "LOOK_EVERY_S", 0.05)
    return tmp_path


def pretend(monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    """Make environments whose Python is a script that prints what pip prints."""

    def create(home: Path, **_: object) -> None:
        shutil.rmtree(home, ignore_errors=True)
        (home / "bin").mkdir(parents=True)
        (home / f"lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages").mkdir(
            parents=True
        )
        python = home / "bin/python"
        python.write_text(PIP.replace("EOF\n", END[end]))
        python.chmod(0o755)

    monkeypatch.setattr("venv.create", create)


@pytest.mark.skipif(os.name == "nt", reason="the script in place of pip is one of a shell")
def test_the_installation_says_what_it_downloads_and_unpacks_with_sizes(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(monkeypatch, "whole")
    lines: list[str] = []
    words: list[str] = []
    executable = label_studio_executable(lines.append, words.append)
    assert executable.exists()
    assert len(lines) == 1
    assert "about 1 GB" in lines[0]
    told = list(dict.fromkeys(words))
    assert told[:5] == [
        "making an environment of its own",
        "asking PyPI which packages it needs",
        "downloading label_studio-1.23.2 (33.1 MB); 1 package, 33 MB",
        "downloading numpy-2.2.1 (16.4 MB); 2 packages, 50 MB",
        "downloading tiny-1.0 (500 kB); 3 packages, 50 MB",
    ]
    assert told[-1] == "unpacking 3 packages, 50 MB packed: 2 done"
    words.clear()
    label_studio_executable(lines.append, words.append)
    assert (len(lines), words) == (1, []), "it is there"


@pytest.mark.skipif(os.name == "nt", reason="the script in place of pip is one of a shell")
def test_an_installation_that_fails_says_why_and_is_not_taken_for_one(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(monkeypatch, "broken")
    for _ in range(2):
        with pytest.raises(
            HardstandError, match=r"cannot be installed into .*: ERROR: No space left on device"
        ):
            label_studio_executable(lambda _line: None)


def test_what_pip_prints_besides_changes_nothing(tmp_path: Path) -> None:
    output = PipOutput(tmp_path)
    for line in (
        "Collecting a",
        "  Preparing metadata (setup.py): finished with status 'done'",
        "",
        "(1.0 MB)",
    ):
        output.read(line)
    assert output.words == "asking PyPI which packages it needs"
