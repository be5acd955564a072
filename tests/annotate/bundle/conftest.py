"""A log with all that a bundle can have, and bundles of it, unpacked."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest
from PIL import Image

from annotate.bundle.bundle import write_bundle
from annotate.log.authorities import add_stamp, read_authorities, stamp_text
from annotate.log.chips import Chips
from annotate.log.entries import Movement, Sighting, Verdict
from annotate.log.identity import load_identity, make_identity, rotate_identity
from annotate.log.stamps import stamped_text
from annotate.log.store import open_log
from imagery.record import SceneRecord, hash_files
from tests.annotate.time_authority import TimeAuthority, serving

ANALYST = "analyst@hardstand.localhost"


@pytest.fixture(scope="session")
def log_path(
    tmp_path_factory: pytest.TempPathFactory,
    verdict: Callable[..., Verdict],
    reported: Callable[..., Sighting],
    route: Callable[..., Movement],
) -> Path:
    """A log with pictures, two keys, an entry that nobody signed, and a stamp, in a folder of its own."""
    folder = tmp_path_factory.mktemp("bundled")
    path = folder / "log.db"
    chips = folder / "log.db.chips"
    chips.mkdir()

    def cut(sighting: Sighting, _: SceneRecord) -> Chips:
        picture, chip = io.BytesIO(), chips / f"{sighting.id}.png"
        Image.new("RGB", (8, 8), (int(sighting.id[:2], 16), 0, 0)).save(picture, "PNG")
        chip.write_bytes(picture.getvalue())
        chip.with_suffix(".pgw").write_text("0.5\n0\n0\n-0.5\n600000\n1390000\n")
        sha256 = hash_files([chip, chip.with_suffix(".pgw")])
        return Chips(chip.name, sha256, chip.name, sha256)

    with open_log(path, create=True) as log:
        log.add(reported(type="A400"))
    own = make_identity(folder / "id.json", ANALYST, None)
    with open_log(path, identity=own) as log:
        log.record([verdict(number, note="beside the Ил-76 \u2028") for number in range(1, 5)], cut=cut)
    rotate_identity(folder / "id.json", str)
    own = load_identity(folder / "id.json", str)
    authority = TimeAuthority(folder / "authority")
    with open_log(path, identity=own) as log:
        log.add_movement(route())
        *_, last = log.sightings()
        log.amend(last.id, {"type": "A400"}, because="its propellers are curved", analyst=ANALYST)
        checkpoint = log.covered()
        with serving(authority.reply) as url:
            table = folder / "authorities.toml"
            table.write_text(f'[own]\nurl = "{url}"\nroot = "{authority.root}"\n')
            own_authority = read_authorities(table)["own"]
            answer = stamp_text(own_authority, stamped_text(checkpoint))
        with log.writing_by_hand() as writer:
            add_stamp(writer, checkpoint, own_authority, answer)
        assert log.verify().problem is None
    return path


@pytest.fixture(scope="session")
def bundle(log_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle of all of it."""
    path = tmp_path_factory.mktemp("bundle") / "bamako.zip"
    with open_log(log_path) as log:
        result = write_bundle(log, path)
    assert (result.sightings, result.movements, result.pictures, result.left_out) == (5, 1, 4, 0)
    return path


@pytest.fixture
def bag(bundle: Path, tmp_path: Path) -> Path:
    """The same, unpacked."""
    with ZipFile(bundle) as archive:
        archive.extractall(tmp_path)
    return tmp_path / "bamako"


@pytest.fixture(scope="session")
def verify_alone() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs a bundle's verify.py in a Python without any package."""

    def run(folder: Path, *names: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", "-S", "verify.py", *names]
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)

    return run
