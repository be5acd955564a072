"""Authorities say when a checkpoint was there; what they answer is checked at once, and later offline."""

from __future__ import annotations

import json
import subprocess
from base64 import b64decode
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from annotate.log.authorities import Authority, add_stamp, read_authorities, stamp_text
from annotate.log.checkpoints import Checkpoint, add_checkpoint
from annotate.log.entries import Sighting
from annotate.log.stamps import StampError, stamped_text
from annotate.log.store import Log, open_log
from hardstand import main
from imagery.errors import UsageError
from tests.annotate.time_authority import NOW, TimeAuthority, serving

TEXT = "hardstand checkpoint\n1\n00\n00\n"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> TimeAuthority:
    """An authority whose certificate is valid."""
    return TimeAuthority(tmp_path_factory.mktemp("authority") / "valid")


@pytest.fixture
def log(tmp_path: Path, reported: Callable[..., Sighting]) -> Log:
    """A log with one sighting."""
    log = open_log(tmp_path / "log.db", create=True)
    log.add(reported())
    return log


def at(authority: TimeAuthority, url: str) -> Authority:
    """Return the authority as a table names it."""
    table = authority.folder / "authorities.toml"
    table.write_text(f'[own]\nurl = "{url}"\nroot = "root.pem"\n')
    return read_authorities(table)["own"]


def stamped(log: Log, authority: TimeAuthority) -> Checkpoint:
    """Have an authority stamp a log."""
    checkpoint = log.covered()
    with serving(authority.reply) as url:
        answer = stamp_text(at(authority, url), stamped_text(checkpoint))
        with log.writing_by_hand() as writer:
            add_stamp(writer, checkpoint, at(authority, url), answer)
    return checkpoint


def test_a_stamp_holds_now_and_later_by_hardstand_and_openssl(
    log: Log, authority: TimeAuthority, tmp_path: Path
) -> None:
    checkpoint = stamped(log, authority)
    verified = log.verify()
    assert verified.problem is None
    assert verified.warnings == []
    stamp = verified.stamps.latest["own"]
    assert stamp.checkpoint == checkpoint.id
    assert abs(NOW - datetime.fromisoformat(stamp.stamped)) < timedelta(days=1)
    (tmp_path / "token.tsr").write_bytes(b64decode(stamp.token))
    (tmp_path / "checkpoint.txt").write_text(stamped_text(checkpoint))
    command = ["openssl", "ts", "-verify", "-data", "checkpoint.txt", "-in", "token.tsr", "-CAfile"]
    assert subprocess.run([*command, authority.root], cwd=tmp_path, check=True, capture_output=True).stdout


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (lambda own, _: own.reply(own.query(TEXT.encode())), "the nonce differs"),
        (lambda own, _: own.reply(own.query(b"another")), "its stamp is of another hash"),
        (lambda own, query: own.reply(query)[:-9], "not one of RFC 3161"),
        (lambda own, query: own.reply(query)[:-9] + bytes(9), "does not hold"),
        (lambda own, query: own.reply(b"not a query"), "it refused"),
        (lambda _, __: b"<html>", "not one of RFC 3161"),
        (lambda _, __: bytes(2 << 20), "too large"),
    ],
)
def test_an_answer_that_is_not_a_stamp_of_the_text_is_refused(
    answer: Callable[[TimeAuthority, bytes], bytes], told: str, authority: TimeAuthority
) -> None:
    with (
        serving(lambda query: answer(authority, query)) as url,
        pytest.raises(StampError, match=told),
    ):
        stamp_text(at(authority, url), TEXT)


def test_an_expired_authority_is_refused(tmp_path: Path) -> None:
    expired = TimeAuthority(tmp_path / "expired", until=NOW - timedelta(days=1))
    with serving(expired.reply) as url, pytest.raises(StampError, match="expired"):
        stamp_text(at(expired, url), TEXT)


def test_an_authority_of_another_root_is_refused(authority: TimeAuthority, tmp_path: Path) -> None:
    other = TimeAuthority(tmp_path / "other")
    with serving(other.reply) as url, pytest.raises(StampError, match="does not hold"):
        stamp_text(at(authority, url), TEXT)


def test_a_revoked_authority_is_refused(authority: TimeAuthority, tmp_path: Path) -> None:
    table = tmp_path / "authorities.toml"
    with serving(authority.reply) as url:
        table.write_text(f'[own]\nurl = "{url}"\nroot = "{authority.root}"\ncrl = "{authority.revoke()}"\n')
        with pytest.raises(StampError, match="revoked"):
            stamp_text(read_authorities(table)["own"], TEXT)
    other = TimeAuthority(tmp_path / "other")
    table.write_text(f'[own]\nurl = "{url}"\nroot = "{authority.root}"\ncrl = "{other.revoke()}"\n')
    with pytest.raises(UsageError, match="was not signed by the root"):
        read_authorities(table)


def test_a_server_that_is_slow_down_or_fails_is_told(
    authority: TimeAuthority, free_port: Callable[[], int]
) -> None:
    with serving(None) as url, pytest.raises(StampError, match=r"no answer within 0\.2 seconds"):
        stamp_text(at(authority, url), TEXT, timeout_s=0.2)
    down = f"http://127.0.0.1:{free_port()}/"
    with pytest.raises(StampError, match="cannot be reached"):
        stamp_text(at(authority, down), TEXT)

    def fail(_: bytes) -> bytes:
        raise OSError

    with serving(fail) as url, pytest.raises(StampError, match="the server says 503"):
        stamp_text(at(authority, url), TEXT)


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("[own", "not TOML"),
        ('[own]\nurl = "http://localhost/"', "needs `url` and `root`"),
        ('[own]\nurl = "file:///etc"\nroot = "root.pem"', "not an address of the web"),
        ('[own]\nurl = "http://localhost/"\nroot = "none.pem"', "cannot be read"),
        ('[own]\nurl = "http://localhost/"\nroot = "signer.key"', "own"),
        ("own = 1", "needs `url` and `root`"),
    ],
)
def test_a_table_that_is_wrong_is_told(table: str, told: str, authority: TimeAuthority) -> None:
    path = authority.folder / "wrong.toml"
    path.write_text(table)
    with pytest.raises(UsageError, match=told):
        read_authorities(path)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"stamped": "2001-01-01T00:00:00Z"}, "it says 2001-01-01T00:00:00Z, and its stamp says"),
        ({"checkpoint": "0" * 16}, "which is not a checkpoint before it"),
        ({"token": "AAAA"}, "not one of RFC 3161"),
        ({"token": "!"}, "is not one of its checkpoint"),
        ({"root": "AAAA"}, "is not one of its checkpoint"),
    ],
)
def test_a_stamp_that_is_not_what_it_says_is_named(
    changes: dict[str, Any], told: str, log: Log, authority: TimeAuthority, tmp_path: Path
) -> None:
    stamped(log, authority)
    *_, entry = log.entries()
    forged = json.loads(entry.payload) | changes
    with open_log(tmp_path / "other.db", create=True) as other:
        for original in list(log.entries())[:-1]:
            with other.writing_by_hand() as writer:
                payload = json.loads(original.payload)
                writer.logged = payload["logged"]
                writer.append(writer.draft(payload["subject"], payload, original.origin.partition(" ")[2]))
        with other.writing_by_hand() as writer:
            writer.append(writer.draft(forged["subject"], forged, "forged"))
        problem = other.verify().problem
    assert problem
    assert "entry 3 " in problem
    assert told in problem


def test_clocks_that_cannot_be_right_are_named(
    log: Log, authority: TimeAuthority, reported: Callable[..., Sighting]
) -> None:
    with log.writing_by_hand() as writer:
        writer.logged = (NOW + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        add_checkpoint(writer)
    stamped(log, authority)
    log.add(reported(type="A400"))
    warnings = log.verify().warnings
    assert any("and its checkpoint was logged at" in warning for warning in warnings)


def test_the_command_asks_only_those_that_are_named(
    cli: CliRunner,
    log: Log,
    authority: TimeAuthority,
    tmp_path: Path,
    free_port: Callable[[], int],
) -> None:
    table = tmp_path / "authorities.toml"
    asked: list[str] = []

    def hardstand(*arguments: str) -> Result:
        return cli.invoke(main, arguments)

    def answer(query: bytes) -> bytes:
        asked.append("own")
        return authority.reply(query)

    with serving(answer) as url:
        down = f'[down]\nurl = "http://127.0.0.1:{free_port()}/"\nroot = "{authority.root}"\n'
        table.write_text(f'[own]\nurl = "{url}"\nroot = "{authority.root}"\n{down}')
        options = ("--authorities", str(table), "--log", str(tmp_path / "log.db"))
        result = hardstand("log", "stamp", "none", *options)
        assert result.exit_code == 2
        assert "has no authority 'none'; it has own, down" in result.stderr
        result = hardstand("log", "stamp", "down", "own", *options)
        assert result.exit_code == 1
        assert "down: cannot be reached" in result.stderr
        assert result.stdout.startswith("own 20")
        again = hardstand("log", "stamp", "own", *options)
        assert again.exit_code == 0
        assert "has stamped this checkpoint already" in again.stderr
    assert asked == ["own"]
    assert [entry.kind for entry in log.entries()] == ["sighting", "checkpoint", "stamp"]
    assert (
        "own stamped a checkpoint at 20"
        in hardstand("log", "verify", "--log", str(tmp_path / "log.db")).stderr
    )
