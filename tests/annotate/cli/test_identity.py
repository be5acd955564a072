"""`hardstand identity`: a key of one's own that signs, and never leaves its file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from annotate.log.store import open_log
from hardstand import main

PHOTOGRAPH = ("log", "add", "--airfield", "GABS", "--when", "2023-10", "--source", "a post", "--type")


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the user's data lies, and so their identity."""
    monkeypatch.delenv("HARDSTAND_IDENTITY", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("HARDSTAND_ANALYST", "anna@example.org")
    monkeypatch.setenv("HARDSTAND_LOG", str(tmp_path / "log.db"))
    return tmp_path / "data" / "hardstand" / "identity.json"


@pytest.fixture
def hardstand(cli: CliRunner, file: Path) -> Callable[..., Result]:
    """Runs a command that must succeed."""

    def run(*arguments: str, typed: str | None = None) -> Result:
        result = cli.invoke(main, list(arguments), input=typed)
        assert result.exit_code == 0, result.output
        return result

    return run


@pytest.fixture
def refused(cli: CliRunner, file: Path) -> Callable[..., str]:
    """Runs a command that must be refused as wrong use; gives its line."""

    def run(*arguments: str, typed: str | None = None) -> str:
        result = cli.invoke(main, list(arguments), input=typed)
        assert result.exit_code == 2, result.output
        assert result.stdout == ""
        return next(line for line in result.stderr.splitlines() if line.startswith("Error: "))

    return run


def test_from_a_new_key_on_what_is_recorded_is_signed(
    hardstand: Callable[..., Result], file: Path, tmp_path: Path
) -> None:
    first = hardstand(*PHOTOGRAPH, "C130").stdout.strip()
    key = hardstand("identity", "new").stdout.strip()
    assert file.stat().st_mode & 0o777 == 0o600
    second = hardstand(*PHOTOGRAPH, "A400").stdout.strip()
    amended = hardstand("log", "amend", first, "--set", "type=C30J", "--because", "longer").stdout.strip()
    told = hardstand("log", "verify").stderr
    assert f"3 entries signed by anna@example.org, key {key}" in told
    assert "1 entry not signed" in told
    assert f"anna@example.org, key {key[:16]}" in hardstand("log", "show", second).stdout
    history = hardstand("log", "show", amended).stdout
    assert "none: only its words say who recorded it" in history
    private = json.loads(file.read_text())["private_key"].splitlines()[1]
    assert private.encode() not in (tmp_path / "log.db").read_bytes()


def test_without_a_key_verify_says_that_nothing_is_signed(hardstand: Callable[..., Result]) -> None:
    hardstand(*PHOTOGRAPH, "C130")
    assert "no entry is signed" in hardstand("log", "verify").stderr
    shown = hardstand("identity", "show")
    assert shown.stdout == ""
    assert "what you record is not signed" in shown.stderr


def test_a_rotated_key_vouches_for_the_next_and_signs_no_more(
    hardstand: Callable[..., Result], refused: Callable[..., str], file: Path, tmp_path: Path
) -> None:
    old = hardstand("identity", "new").stdout.strip()
    hardstand(*PHOTOGRAPH, "C130")
    kept = file.read_bytes()
    new = hardstand("identity", "rotate").stdout.strip()
    assert file.stat().st_mode & 0o777 == 0o600
    hardstand(*PHOTOGRAPH, "A400")
    verified = hardstand("log", "verify").stderr
    assert f"key {old}" in verified
    assert f"key {new}" in verified
    assert "Note:" not in verified
    shown = hardstand("identity", "show").stdout
    assert f"{new}, after {old[:16]}" in shown
    assert "BEGIN PUBLIC KEY" in shown
    assert "PRIVATE" not in shown
    file.write_bytes(kept)
    assert f"your key {old[:16]} was rotated in entry 3" in refused(*PHOTOGRAPH, "B737")


def test_a_lost_key_signs_no_more(
    hardstand: Callable[..., Result], refused: Callable[..., str], file: Path
) -> None:
    old = hardstand("identity", "new").stdout.strip()
    hardstand(*PHOTOGRAPH, "C130")
    hardstand("identity", "lost", "--because", "the laptop was stolen")
    assert not file.exists()
    new = hardstand("identity", "new").stdout.strip()
    hardstand(*PHOTOGRAPH, "A400")
    assert "has another key for anna@example.org" in hardstand("log", "verify").stderr
    assert f"{old[:16]} lost: the laptop was stolen" in hardstand("identity", "show").stdout
    assert "was reported lost in entry 3" in refused("identity", "lost", old[:8], "--because", "again")
    assert new != old


def test_who_lost_the_file_reports_the_old_key_with_a_new_one(
    hardstand: Callable[..., Result], refused: Callable[..., str], file: Path, tmp_path: Path
) -> None:
    old = hardstand("identity", "new").stdout.strip()
    hardstand(*PHOTOGRAPH, "C130")
    file.unlink()
    assert "name the key" in refused("identity", "lost", "--because", "x")
    hardstand("identity", "new")
    hardstand("identity", "lost", old[:12], "--because", "the disk broke")
    assert file.exists()
    with open_log(tmp_path / "log.db") as log:
        assert [(one.state, one.public_key == old) for one in list(log.keys())] == [
            ("valid", True),
            ("valid", False),
            ("lost", True),
        ]
        assert log.verify().problem is None


def test_a_passphrase_is_asked_for_and_never_shown(
    hardstand: Callable[..., Result], refused: Callable[..., str], file: Path
) -> None:
    made = hardstand("identity", "new", "--passphrase", typed="tr0ub4dor\ntr0ub4dor\n")
    added = hardstand(*PHOTOGRAPH, "C130", typed="tr0ub4dor\n")
    assert "tr0ub4dor" not in made.output + added.output + file.read_text()
    assert "the passphrase does not open it" in refused(*PHOTOGRAPH, "A400", typed="wrong\n")
    rotated = hardstand("identity", "rotate", typed="tr0ub4dor\n").stdout.strip()
    hardstand(*PHOTOGRAPH, "A400", typed="tr0ub4dor\n")
    assert rotated in hardstand("log", "verify").stderr


def test_a_key_that_others_may_read_is_refused(
    hardstand: Callable[..., Result], refused: Callable[..., str], file: Path
) -> None:
    hardstand("identity", "new")
    assert "you have an identity" in refused("identity", "new")
    file.chmod(0o640)
    assert "chmod 600" in refused(*PHOTOGRAPH, "C130")


def test_a_named_identity_that_is_not_there_is_an_error(
    refused: Callable[..., str], file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else what somebody takes for signed would not be."""
    monkeypatch.setenv("HARDSTAND_IDENTITY", str(tmp_path / "gone.json"))
    assert "gone.json: no identity" in refused(*PHOTOGRAPH, "C130")
    assert not (tmp_path / "log.db").exists()
