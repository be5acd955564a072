"""docs/python.md: every block runs as printed, one after the other, as in a notebook."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

NEEDS_SERVER = "# needs a server"
Blocks = Callable[[Path, str], list[str]]


@pytest.fixture
def blocks(root: Path, code_blocks: Blocks, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The Python blocks of the page; plots are drawn without a screen."""
    monkeypatch.setenv("MPLBACKEND", "Agg")
    return code_blocks(root / "docs" / "python.md", "python")


def _run(block: str, namespace: dict[str, Any]) -> None:
    exec(compile(block, f"docs/python.md: {block[:60]!r}", "exec"), namespace)


def _made(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.suffix in {".csv", ".geojson", ".html", ".png"}}


MADE = {"bamako.csv", "bamako.geojson", "bamako.html", "candidates.png", "counts.png", "public.geojson"}


def test_every_block_of_the_case_runs_in_order(
    blocks: list[str], readers_folder: Path, stand_in_for_review: Callable[[], None]
) -> None:
    namespace: dict[str, Any] = {}
    in_review = False
    for block in blocks:
        if block.startswith(NEEDS_SERVER):
            compile(block, "docs/python.md", "exec")
            in_review = True
            continue
        if in_review:
            stand_in_for_review()
            in_review = False
        _run(block, namespace)
    assert _made(readers_folder) >= MADE
    assert namespace["confirmed"], "the filter finds what was logged"


@pytest.mark.slow
@pytest.mark.labelstudio
def test_every_block_runs_with_a_server_too(
    blocks: list[str], readers_folder: Path, label_studio: object
) -> None:
    from examples.bamako.analyst import review

    namespace: dict[str, Any] = {}
    for block in blocks:
        _run(block, namespace)
        if "annotate.push(" in block:
            assert review(namespace["pushed"].project.id) > 0
    assert {sighting.evidence for sighting in namespace["confirmed"]} == {"seen"}
    assert _made(readers_folder) >= MADE
    assert os.environ.get("LABEL_STUDIO_URL") is None, "the server is the one that `review start` started"
