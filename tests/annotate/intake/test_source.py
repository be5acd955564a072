"""Sources are kept so that others can look, and without what should not be kept."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotate.intake.fields import analyst_name, plain_words
from annotate.intake.statements import stated_source, web_address
from imagery.errors import UsageError


def test_a_file_is_kept_by_name_and_hash_alone(tmp_path: Path) -> None:
    file = tmp_path / "post.jpg"
    file.write_bytes(b"a photograph")
    source = stated_source(None, None, None, str(file), None)
    assert source.source_file == "post.jpg", "where it lay says much of who logged it"
    assert source.source_file_sha256 == hashlib.sha256(b"a photograph").hexdigest()


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"--file: .*gone\.jpg cannot be read"):
        stated_source(None, None, None, str(tmp_path / "gone.jpg"), None)


@pytest.mark.parametrize(
    "address", ["https://example.org/a?b=c#d", "http://[2001:db8::1]:8000/", "https://exämple.org/ü"]
)
def test_addresses_are_kept_as_they_are(address: str) -> None:
    assert web_address(f" {address}\n", "--source-url") == address


@pytest.mark.parametrize(
    "text",
    [
        "example.org",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://",
        "https://a b",
        "https://[",
        "ftp://a/b",
        "",
    ],
)
def test_what_a_browser_would_not_open_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--source-url"):
        web_address(text, "--source-url")


def test_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(UsageError) as failure:
        web_address("https://me:secret@example.org/", "--archive-url")
    assert "secret" not in str(failure.value)


@given(st.text())
def test_words_are_kept_trimmed_or_refused(text: str) -> None:
    try:
        words = plain_words(text, "--note")
    except UsageError:
        return
    assert words == text.strip()
    assert words.encode()
    assert "\x1b" not in words


@pytest.mark.parametrize("text", ["", "  ", "\x1b[2J", "a\x00b", "\udc80", "a\u202eb"])
def test_words_that_would_rewrite_a_terminal_or_say_nothing_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--note"):
        plain_words(text, "--note")


@pytest.mark.parametrize("name", [None, "", " "])
def test_a_statement_of_nobody_is_refused_with_what_to_do(name: str | None) -> None:
    with pytest.raises(UsageError, match=r"--analyst NAME.*HARDSTAND_ANALYST"):
        analyst_name(name)


def test_a_statement_has_one_analyst() -> None:
    """Several are joined by commas where they agree."""
    assert analyst_name(" anna@example.org ") == "anna@example.org"
    with pytest.raises(UsageError, match="one person"):
        analyst_name("anna, bob")
