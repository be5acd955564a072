"""What a command prints shows no secret and sends a terminal nothing that a stranger wrote."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from annotate.log.database import database_at
from hardstand import main
from imagery.cli.messages import printable
from imagery.secrets import without_secrets


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://ana:s3cret@h/a.tif: gone", "http://***@h/a.tif: gone"),
        ("https://s3cret@h/a.tif", "https://***@h/a.tif"),
        ("/vsicurl/https://ana:s3@cret@h/a.tif", "/vsicurl/https://***@h/a.tif"),
        ("postgresql+psycopg://ana:s3cret@h/log", "postgresql+psycopg://ana:***@h/log"),
        ("postgresql://h/log?user=a&password=s3cret&x=1", "postgresql://h/log?user=a&password=***&x=1"),
        ("host=h password='s3cret' user=a", "host=h password=*** user=a"),
        ("https://h/a?X-Amz-Signature=s3cret&n=1", "https://h/a?X-Amz-Signature=***&n=1"),
        ("https://h/a?se=2026&sig=s3cret", "https://h/a?se=2026&sig=***"),
        ("https://h/a?access_token=s3cret", "https://h/a?access_token=***"),
        (
            "/vsicurl?url=https%3A%2F%2Fana%3As3cret%40h%2Fa.tif&n=1",
            "/vsicurl?url=https%3A%2F%2F***%40h%2Fa.tif&n=1",
        ),
        ("/vsicurl?n=1&url=https://ana:s3cret@h/a.tif", "/vsicurl?n=1&url=https://***@h/a.tif"),
        (
            "/vsicurl?url=https%3A%2F%2Fh%2Fa%3Fsig%3Ds3cret%26n%3D1",
            "/vsicurl?url=https%3A%2F%2Fh%2Fa%3Fsig%3D***%26n%3D1",
        ),
        (
            "/vsicurl?url=https%253A%252F%252Fh%253Fsig%253Ds3cret",
            "/vsicurl?url=https%253A%252F%252Fh%253Fsig%253D***",
        ),
        (
            "/vsicurl?header.Authorization=Bearer%20s3cret&url=http://h",
            "/vsicurl?header.Authorization=***&url=http://h",
        ),
        ("/vsicurl?url=http://h&userpwd=ana:s3cret", "/vsicurl?url=http://h&userpwd=***"),
        ("https%3A%2F%2Fs3cret%40h%2Fa.tif", "https%3A%2F%2F***%40h%2Fa.tif"),
    ],
)
def test_secrets_of_addresses_are_hidden(text: str, shown: str) -> None:
    assert without_secrets(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        '{"source_url":"https://example.org:8080","analyst":"ana@example.org"}',
        "https://example.org/photograph?author=1&design=b&keyword=c",
        "ana@example.org: 12:30 https://example.org/@ana",
        "postgresql+psycopg://ana@/log?host=/run",
        "/vsicurl?url=https%3A%2F%2Fh%2F%40ana%3Fauthor%3D1&max_retry=3",
        "https://h/100%25/a%20b%3Dc.tif",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert without_secrets(text) == text


SECRET = "s3cret"
PLACES = {
    "scene": ["info", f"http://ana:{SECRET}@127.0.0.1:9/a.tif?X-Amz-Signature={SECRET}"],
    "log": ["log", "list", "--log", f"postgresql+psycopg://ana:{SECRET}@/l?host=/nowhere"],
    "log, by parameter": ["log", "list", "--log", f"postgresql+psycopg://a@/l?host=/n&password={SECRET}"],
    "another database": ["log", "list", "--log", f"mysql+mysqldb://a:{SECRET}@h/log?password={SECRET}"],
    "no database": ["log", "list", "--log", f"nonsense://a:{SECRET}@h:port/log"],
}


@pytest.mark.parametrize("debug", [[], ["--debug"]], ids=["", "debug"])
@pytest.mark.parametrize("arguments", PLACES.values(), ids=PLACES)
def test_no_message_and_no_trace_has_the_secret(
    arguments: list[str], debug: list[str], cli: CliRunner
) -> None:
    if "info" in arguments and debug:
        arguments = ["info", "--gsd", "1", *arguments[1:]]
    result = cli.invoke(main, [*debug, *arguments])
    assert result.exit_code != 0
    assert "***" in result.stderr
    assert SECRET not in result.output
    assert ("Traceback" in result.stderr) == bool(debug)


def test_the_name_of_a_log_has_no_password() -> None:
    database = database_at(f"postgresql+psycopg://ana@/log?host=/nowhere&password={SECRET}")
    assert SECRET not in database.name
    assert SECRET in database.url.render_as_string(), "it is connected with"
    database.close()


HOSTILE = "a\x1b[31mred\x1b]0;title\x07\x9b2J\u202e.tif"


def test_control_characters_are_written_as_json_escapes_them() -> None:
    assert json.loads(f'"{printable(HOSTILE)}"') == HOSTILE
    assert printable("Ил-76\tüber\n") == "Ил-76\tüber\n"


@pytest.mark.skipif(os.name != "posix", reason="terminals are asked for as POSIX has them")
def test_a_name_sends_a_terminal_nothing(tmp_path: Path) -> None:
    """Neither in an error nor in a result; a program that reads the result gets the name as it is."""
    (tmp_path / HOSTILE).write_bytes(b"no image")
    command = [sys.executable, "-c", "from hardstand import main; main()", "info", str(tmp_path / HOSTILE)]
    ours, theirs = pty.openpty()
    subprocess.run(command, stdout=theirs, stderr=theirs, check=False, timeout=300)
    os.close(theirs)
    sent = os.read(ours, 1 << 16).decode()
    os.close(ours)
    assert "\\u001b[31mred" in sent
    assert not set("\x1b\x07\x9b\u202e") & set(sent)
