"""Accounts for analysts on the server that was started here."""

from __future__ import annotations

import re
import secrets
import unicodedata
from pathlib import Path
from typing import NamedTuple

import httpx

from annotate.labelstudio.connection import Connection
from annotate.labelstudio.server import Server, write_private
from imagery.errors import HardstandError, UsageError

DOMAIN = "hardstand.localhost"  # no mail is ever sent there
LONGEST_NAME = 60
TIMEOUT_S = 60.0


class Analyst(NamedTuple):
    """An account.

    Attributes:
        username: To log in with; the log names the analyst by it.
        password_file: The file that holds the password.
    """

    username: str
    password_file: Path


def add_analyst(server: Server, name: str) -> Analyst:
    """Make an account for an analyst; one that is there already is returned as it is.

    Args:
        server: A running server of ours.
        name: Of the analyst, or their e-mail address.

    Raises:
        UsageError: The name has no letters or digits, or is too long.
        HardstandError: The server does not answer, or refuses.
    """
    username = username_of(name)
    analyst = Analyst(username, server.analysts / username)
    with Connection(server.url, server.token) as connection:
        if username in connection.users().values():
            return analyst
        invited = connection.repeated(lambda _: connection.http.get("/api/invite"))
    if not invited.is_success:
        raise HardstandError(f"{server.url}: does not invite an analyst ({invited.status_code})")
    password = secrets.token_urlsafe(15)
    write_private(analyst.password_file, password)
    _sign_up(server, str(invited.json()["invite_url"]), username, password)
    return analyst


def username_of(name: str) -> str:
    """Return the user name of an analyst: their e-mail address, or one made of their name.

    Raises:
        UsageError: The name has no letters or digits, or is too long.
    """
    name = " ".join(name.split()).lower()
    if re.fullmatch(r"[a-z0-9._+-]+@[a-z0-9.-]+", name) and len(name) <= LONGEST_NAME:
        return name
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", ".", plain).strip(".")
    if not words or len(words) > LONGEST_NAME or "@" in name:
        raise UsageError(
            f"analyst '{name}': is neither an e-mail address nor a name in Latin letters; "
            f"at most {LONGEST_NAME} of them"
        )
    return f"{words}@{DOMAIN}"


def _sign_up(server: Server, invitation: str, username: str, password: str) -> None:
    """Sign an analyst up as they would themselves: a password in an argument of a command could be seen.

    Raises:
        HardstandError: The server refuses.
    """
    with httpx.Client(base_url=server.url, timeout=TIMEOUT_S, trust_env=False) as browser:
        address = httpx.URL(invitation).raw_path.decode()
        browser.get(address)
        form = {
            "csrfmiddlewaretoken": browser.cookies.get("csrftoken", ""),
            "email": username,
            "password": password,
            "allow_newsletters": "false",
        }
        browser.post(address, data=form, headers={"Referer": server.url})
    with Connection(server.url, server.token) as connection:
        if username not in connection.users().values():
            raise HardstandError(f"{server.url}: refuses an account for '{username}'")
