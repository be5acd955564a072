"""Sources are kept so that others can look, and without what should not be kept."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotate.intake.fields import analyst_name, printable_text, web_address
from annotate.intake.statements import claim_members
from imagery.errors import UsageError


def test_a_file_is_kept_by_name_and_hash_alone(tmp_path: Path) -> None:
    file = tmp_path / "post.jpg"
    file.write_bytes(b"a photograph")
    members = claim_members({"file": file, "analyst": "me"})
    assert members["source_file"] == "post.jpg", "where it lay says much of who logged it"
    assert members["source_file_sha256"] == hashlib.sha256(b"a photograph").hexdigest()


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"`file`: .*gone\.jpg cannot be read"):
        claim_members({"file": str(tmp_path / "gone.jpg"), "analyst": "me"})


@pytest.mark.parametrize(
    "address", ["https://example.org/a?b=c#d", "http://[2001:db8::1]:8000/", "https://exämple.org/ü"]
)
def test_addresses_are_kept_as_they_are(address: str) -> None:
    assert web_address(f" {address}\n", "`source_url`") == address


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
    with pytest.raises(UsageError, match="`source_url`"):
        web_address(text, "`source_url`")


def test_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(UsageError) as failure:
        web_address("https://me:secret@example.org/", "`archive_url`")
    assert "secret" not in str(failure.value)


@given(st.text())
def test_words_are_kept_trimmed_or_refused(text: str) -> None:
    try:
        words = printable_text(text, "`note`")
    except UsageError:
        return
    assert words == text.strip()
    assert words.encode()
    assert "\x1b" not in words


@pytest.mark.parametrize("text", ["", "  ", "\x1b[2J", "a\x00b", "\udc80", "a\u202eb"])
def test_words_that_would_rewrite_a_terminal_or_say_nothing_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="`note`"):
        printable_text(text, "`note`")


@pytest.mark.parametrize("name", [None, "", " "])
def test_a_statement_of_nobody_is_refused_with_what_to_do(
    name: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HARDSTAND_ANALYST", raising=False)
    with pytest.raises(UsageError, match=r"`analyst`.*HARDSTAND_ANALYST"):
        analyst_name(name)


def test_the_environment_names_the_analyst_where_the_call_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it does for the commands."""
    monkeypatch.setenv("HARDSTAND_ANALYST", "anna@example.org")
    assert analyst_name(None) == "anna@example.org"
    assert analyst_name("bob@example.org") == "bob@example.org"


def test_a_statement_has_one_analyst() -> None:
    """Several are joined by commas where they agree."""
    assert analyst_name(" anna@example.org ") == "anna@example.org"
    with pytest.raises(UsageError, match="one person"):
        analyst_name("anna, bob")
