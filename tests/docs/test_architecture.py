"""ARCHITECTURE.md is true to the tree: what it names is there, and no folder of code is left out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PACKAGES = ("imagery", "detect", "annotate")


@pytest.fixture(scope="module")
def text(root: Path) -> str:
    """The document."""
    return (root / "ARCHITECTURE.md").read_text(encoding="utf-8")


def test_every_path_it_names_is_there(root: Path, text: str) -> None:
    paths = re.findall(r"`((?:imagery|detect|annotate|docs|benchmarks|examples)/[\w./-]*)`", text)
    assert len(paths) > 30
    assert [path for path in paths if not (root / path).exists()] == []


def test_every_module_in_the_layout_is_there_and_every_folder_is_in_it(root: Path, text: str) -> None:
    rows = re.findall(r"^\| `([\w/]+)/` \| [^|]* \| ([^|]*) \|$", text, re.MULTILINE)
    layout = {folder: set(re.findall(r"`(\w+)`", modules)) for folder, modules in rows}
    for folder, modules in layout.items():
        there = {path.stem for path in (root / folder).glob("*.py")} - {"__init__"}
        assert modules <= there, folder
        assert folder.split("/")[0] not in PACKAGES or modules == there, f"{folder}: list its modules"
    folders = {
        path.parent.relative_to(root) for package in PACKAGES for path in (root / package).rglob("*.py")
    }
    assert {str(folder) for folder in folders if folder.name != "versions"} <= layout.keys()


def test_nothing_in_the_documents_is_of_one_machine(root: Path) -> None:
    for document in [*root.glob("*.md"), *(root / "docs").glob("*.md"), *root.glob("*/**/README.md")]:
        if ".venv" not in document.parts:
            assert not re.search(r"/(work|root|home)/", document.read_text(encoding="utf-8")), document
