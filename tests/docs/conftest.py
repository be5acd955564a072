"""What the tests of the documents share: a reader's folder, and the blocks of code that a document shows."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from hardstand import main
from imagery.synthetic import truth_path


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def code_blocks() -> Callable[[Path, str], list[str]]:
    """Finds the fenced blocks of a language in a document, in order."""

    def find(document: Path, language: str) -> list[str]:
        text = document.read_text(encoding="utf-8")
        return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)

    return find


@pytest.fixture
def readers_folder(tmp_path: Path, rendered_scene: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, as a reader has it, in which bamako.tif is a rendered scene."""
    for name in ("LABEL_STUDIO_URL", "LABEL_STUDIO_API_KEY", "HARDSTAND_LOG", "HARDSTAND_ANALYST"):
        monkeypatch.delenv(name, raising=False)
    shutil.copy(rendered_scene, tmp_path / "bamako.tif")
    shutil.copy(truth_path(rendered_scene), tmp_path / "bamako.truth.geojson")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def stand_in_for_review(cli: CliRunner) -> Callable[[], None]:
    """Logs, by hand, an aircraft that a review might have found, where no server is there to hold one."""

    def log() -> None:
        where = ("--airfield", "GABS", "--when", "2023-10-27", "--type", "C130")
        source = ("--source", "stand-in for a review", "--grade", "F6", "--analyst", "A. Analyst")
        result = cli.invoke(main, ["log", "add", *where, *source])
        assert result.exit_code == 0, result.output

    return log
