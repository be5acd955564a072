"""A log may be a stranger's: whatever its chips are called, nothing outside the folder of chips is read."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from annotate.log.chips import OUTSIDE, Chips, LoggedChip, chip_path, logged_chip
from annotate.log.entries import Verdict
from annotate.log.store import open_log
from hardstand import main
from imagery.record import hash_files

_watched: list[tuple[Path, list[str]]] = []  # an audit hook stays for good, so there is one


def _note_opened(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open" and _watched and isinstance(arguments[0], str | bytes | os.PathLike):
        folder, opened = _watched[-1]
        path = os.path.realpath(os.fsdecode(arguments[0]))
        if Path(path).parent == folder:
            opened.append(path)


sys.addaudithook(_note_opened)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A picture with a world file that is no chip; nothing else is in its folder."""
    folder = tmp_path / "secrets"
    folder.mkdir()
    pixels = np.random.default_rng(0).integers(0, 255, (40, 40, 3), np.uint8)
    Image.fromarray(pixels).save(folder / "secret.png")
    (folder / "secret.pgw").write_text("0.5\n0\n0\n-0.5\n600000\n4500000\n")
    return folder / "secret.png"


@pytest.fixture
def opened(secret: Path) -> Iterator[list[str]]:
    """The files of the secret's folder that are opened while a test runs."""
    _watched.append((secret.parent, []))
    yield _watched[-1][1]
    _watched.pop()


Names = Callable[[Path, Path], tuple[str, str]]


def climbing(_chips: Path, _secret: Path) -> tuple[str, str]:
    return "../../secrets/secret.png", "../../secrets/secret.png"


def absolute(_chips: Path, secret: Path) -> tuple[str, str]:
    return str(secret), str(secret)


def linked(chips: Path, secret: Path) -> tuple[str, str]:
    (chips / "a.png").symlink_to(secret)
    (chips / "a.pgw").symlink_to(secret.with_suffix(".pgw"))
    return "a.png", "a.png"


def linked_world_file(chips: Path, secret: Path) -> tuple[str, str]:
    (chips / "a.png").write_bytes(b"known to whoever wrote the log")
    (chips / "a.pgw").symlink_to(secret.with_suffix(".pgw"))
    return "a.png", "a.png"


ARGUMENTS = {
    "show": ["log", "show", "{id}"],
    "show as JSON": ["log", "show", "{id}", "--json"],
    "verify": ["log", "verify"],
    "report": ["report", "-o", "{out}/report.html"],
    "report, public": ["report", "-o", "{out}/report.html", "--public"],
} | {
    suffix: ["log", "export", "-o", f"{{out}}/out.{suffix}"]
    for suffix in ("csv", "geojson", "gpkg", "kmz", "parquet", "coco.zip", "yolo.zip")
}


@pytest.mark.parametrize("names", [climbing, absolute, linked, linked_world_file])
@pytest.mark.parametrize("arguments", ARGUMENTS.values(), ids=ARGUMENTS)
def test_no_command_reads_outside_the_folder_of_chips(
    arguments: list[str],
    names: Names,
    cli: CliRunner,
    verdict: Callable[..., Verdict],
    secret: Path,
    opened: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The log even knows the secret's hash, as its maker may."""
    monkeypatch.setenv("TERM_PROGRAM", "iTerm.app")
    path = tmp_path / "case" / "log.db"
    chips = path.with_name("log.db.chips")
    chips.mkdir(parents=True)
    chip, around = names(chips, secret)
    sha256 = hash_files([chips / chip, (chips / chip).with_suffix(".pgw")])
    with open_log(str(path), create=True) as log:
        cut = Chips(chip, sha256, around, sha256)
        (sighting,) = log.record([verdict()], cut=lambda *_: cut).sightings
    opened.clear()
    filled = [argument.format(id=sighting.id, out=tmp_path) for argument in arguments]
    result = cli.invoke(main, [*filled, "--log", str(path)])
    assert opened == []
    assert "verify" in arguments or result.exit_code == 0, result.output
    if "verify" in arguments:
        assert f"its chip {chip}: {OUTSIDE.why}" in result.stderr


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "/", "../a.png", "b/a.png", "/etc/a.png", "b\\a.png", "C:a.png", "a.png/", "\0.png"],
)
def test_what_is_not_the_name_of_a_file_names_no_chip(name: str, tmp_path: Path) -> None:
    """Those of Windows neither, wherever the log is read."""
    assert chip_path(tmp_path, name) is None


def test_a_link_within_the_folder_is_followed_and_the_folder_may_be_a_link(tmp_path: Path) -> None:
    """Some keep large files by their content, and links to them under their names."""
    folder, link = tmp_path / "kept", tmp_path / "log.db.chips"
    folder.mkdir()
    link.symlink_to(folder)
    for suffix in ("png", "pgw"):
        (folder / f"content.{suffix}").write_bytes(suffix.encode())
        (folder / f"a.{suffix}").symlink_to(folder / f"content.{suffix}")
    sha256 = hash_files([folder / "content.png", folder / "content.pgw"])
    assert logged_chip(link, "a.png", sha256) == LoggedChip(b"png", b"pgw")
