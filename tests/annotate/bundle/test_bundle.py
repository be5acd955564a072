"""A bundle has all that proves it, and its verify.py needs nothing but Python."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import bagit
import pytest

from annotate.bundle.bundle import write_bundle
from annotate.exports.verify_alone import fits_key
from annotate.log.entries import Sighting
from annotate.log.store import open_log
from annotate.query.filters import Filter
from imagery.errors import OutputExists, UsageError

Run = Callable[..., subprocess.CompletedProcess[str]]

# RFC 8032, 7.1: public key, message and signature of tests 1 and 2.
VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        "d25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
        "387b2eaeb4302aeeb00d291612bb0c00",
    ),
]


def test_all_of_it_is_checked_by_python_alone(bag: Path, verify_alone: Run, log_path: Path) -> None:
    result = verify_alone(bag)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stderr == ""
    with open_log(log_path) as log:
        checkpoint = log.checkpoint()
        assert checkpoint
    assert "1 entries signed by nobody" in result.stdout
    assert result.stdout.count("entries signed by analyst@hardstand.localhost, key ") == 2
    assert "stamped at 20" in result.stdout
    assert "0 wrong" in result.stdout


def test_it_is_a_bag(bag: Path) -> None:
    bagit.Bag(str(bag)).validate()
    assert {path.name for path in bag.iterdir()} >= {"README.txt", "verify.py", "bagit.txt", "data"}
    assert len(list((bag / "data/keys").iterdir())) == 2
    assert len(list((bag / "data/chips").iterdir())) == 8


def test_its_stamp_is_checked_by_openssl(bag: Path) -> None:
    (token,) = (bag / "data/stamps").glob("*.tsr")
    root = token.with_name(f"{token.stem}-root.pem")
    command = ["openssl", "ts", "-verify", "-data", "data/checkpoint.txt", "-in", token, "-CAfile", root]
    subprocess.run(command, cwd=bag, check=True, capture_output=True)


def test_its_program_is_short_enough_to_be_read(bag: Path) -> None:
    assert len((bag / "verify.py").read_text(encoding="utf-8").splitlines()) < 400


@pytest.mark.parametrize(("key", "message", "signature"), VECTORS)
def test_its_signatures_are_those_of_the_standard(key: str, message: str, signature: str) -> None:
    text = bytes.fromhex(message).decode("ascii")
    assert fits_key(key, text, signature)
    assert not fits_key(key, text + "x", signature)
    changed = f"{int(signature[:2], 16) ^ 1:02x}{signature[2:]}"
    assert not fits_key(key, text, changed)
    # The same with the order of the group added, which RFC 8032 (5.1.7) refuses.
    order = 2**252 + 27742317777372353535851937790883648493
    number = int.from_bytes(bytes.fromhex(signature[64:]), "little") + order
    assert not fits_key(key, text, signature[:64] + number.to_bytes(32, "little").hex())


def test_it_has_what_matches_and_nothing_is_written_where_nothing_does(
    log_path: Path, tmp_path: Path
) -> None:
    with open_log(log_path) as log:
        result = write_bundle(log, tmp_path / "one.zip", Filter(types=("C130",)))
        assert 0 < result.sightings < 5
        with pytest.raises(OutputExists):
            write_bundle(log, tmp_path / "one.zip")
        with pytest.raises(UsageError, match="match"):
            write_bundle(log, tmp_path / "none.zip", Filter(types=("A124",)))
    assert [path.name for path in tmp_path.glob("*.zip")] == ["one.zip"]


def test_a_picture_that_was_changed_is_left_out(log_path: Path, tmp_path: Path, verify_alone: Run) -> None:
    picture = next(iter(sorted((log_path.parent / "log.db.chips").glob("*.png"))))
    original = picture.read_bytes()
    picture.write_bytes(original + b"\0")
    try:
        with open_log(log_path) as log:
            assert write_bundle(log, tmp_path / "b.zip").left_out == 1
    finally:
        picture.write_bytes(original)


def test_what_no_checkpoint_covers_is_in_no_bundle(tmp_path: Path, reported: Callable[..., Sighting]) -> None:
    with open_log(tmp_path / "log.db", create=True) as log:
        log.add(reported())
        with pytest.raises(UsageError, match="hardstand log checkpoint"):
            write_bundle(log, tmp_path / "b.zip")
        log.covered()
        assert write_bundle(log, tmp_path / "b.zip").entries == 1
        log.add(reported(type="A124"))
        with pytest.raises(UsageError, match="hardstand log checkpoint"):
            write_bundle(log, tmp_path / "c.zip")
    assert not (tmp_path / "c.zip").exists()
