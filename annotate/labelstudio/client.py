"""A connection to a Label Studio server: either kind of token, what may be repeated is, failures in words."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Self

import httpx

from annotate.labelstudio.installation import LABEL_STUDIO_VERSION
from annotate.labelstudio.server import find_server
from imagery.errors import HardstandError, UsageError

TIMEOUT_S = 120.0  # an import of a large batch on a slow server
ATTEMPTS = 4
FIRST_WAIT_S = 0.5  # doubled each time: a server that restarts behind a proxy is back after some seconds
PASSING = {429, 500, 502, 503, 504}  # failures that may be over when one asks again


class Refused(HardstandError):
    """The server answered, and the answer is no.

    Attributes:
        status: HTTP's.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class Unanswered(HardstandError):
    """It is not known whether the server did what it was asked to."""


class Connection:
    """A Label Studio that answers to our token. Use it as a context manager; threads may share it.

    The SDK is not used here: it repeats what may not be repeated (an import whose answer was lost would put
    every task there twice), and it believes our clock where it should believe the server's.

    Attributes:
        url: The server's address.
    """

    def __init__(
        self,
        url: str,
        api_key: str,
        *,
        wait: Callable[[float], None] = time.sleep,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        """Nothing is sent yet.

        Args:
            url: The server's address, without a slash at its end.
            api_key: A legacy token, or a personal access token (which is a JWT to get access tokens with).
            wait: Waits some seconds, before something is tried again.
            timeout_s: How long to wait for an answer.
        """
        self.url = url
        self._key = api_key
        self._wait = wait
        self._refreshes = api_key.count(".") == 2
        self._access: str | None = None if self._refreshes else api_key
        self._http = httpx.Client(timeout=timeout_s, follow_redirects=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def get(self, path: str, **params: Any) -> Any:
        """What is at a path; asked again where a failure may pass.

        Raises:
            UsageError: The token is wrong.
            HardstandError: The server is not there, fails or refuses.
        """
        return self._read(self._repeated("GET", path, params=params))

    def exists(self, path: str) -> bool:
        """Whether there is something at a path that we may read."""
        try:
            self._repeated("GET", path)
        except Refused:
            return False
        return True

    def patch(self, path: str, json: Any) -> Any:
        """Set what is at a path: doing it twice is doing it once. Raises as `get` does."""
        return self._read(self._repeated("PATCH", path, json=json))

    def post(self, path: str, *, json: Any = None, files: Any = None, **params: Any) -> Any:
        """Ask for something once.

        Raises:
            Unanswered: It may or may not have been done.
            UsageError: The token is wrong.
            HardstandError: The server is not there, or refuses.
        """
        try:
            answer = self._authorised("POST", path, json=json, files=files, params=params)
        except httpx.ConnectError as reason:
            raise self._not_there(reason) from reason
        except httpx.TransportError as reason:
            raise Unanswered(f"{self.url}: gave no answer ({_words(reason)})") from reason
        if answer.status_code in PASSING:
            raise Unanswered(f"{self.url}: {_said(answer)}")
        return self._read(self._accepted(answer))

    def post_again(self, path: str, *, json: Any = None, files: Any = None, **params: Any) -> Any:
        """As `post`, for what may be done twice without harm; asked again where a failure may pass."""
        return self._read(self._repeated("POST", path, json=json, files=files, params=params))

    def clock(self) -> datetime:
        """The time by the server's clock, which need not be ours.

        Raises:
            HardstandError: As `get` does, or it does not tell.
        """
        told = self._repeated("GET", "/api/version").headers.get("date", "")
        try:
            return parsedate_to_datetime(told)
        except ValueError:
            raise HardstandError(f"{self.url}: does not tell the time ('{told}')") from None

    def pause(self, attempt: int) -> None:
        """Wait before the next attempt.

        Args:
            attempt: How many there were, from 1.
        """
        self._wait(FIRST_WAIT_S * 2 ** (attempt - 1))

    def _repeated(self, method: str, path: str, **request: Any) -> httpx.Response:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                answer = self._authorised(method, path, **request)
            except httpx.TransportError as reason:
                if attempt == ATTEMPTS:
                    raise self._not_there(reason) from reason
            else:
                if answer.status_code not in PASSING or attempt == ATTEMPTS:
                    return self._accepted(answer)
            self.pause(attempt)
        raise AssertionError("the last attempt returns or raises")

    def _authorised(self, method: str, path: str, **request: Any) -> httpx.Response:
        """One request; an access token lives for minutes, and the server says by its clock when it ended."""
        fresh = self._access is None
        answer = self._send(method, path, self._access or self._refreshed(), **request)
        if answer.status_code == httpx.codes.UNAUTHORIZED and self._refreshes and not fresh:
            answer = self._send(method, path, self._refreshed(), **request)
        return answer

    def _send(self, method: str, path: str, token: str, **request: Any) -> httpx.Response:
        headers = {"Authorization": f"{'Bearer' if self._refreshes else 'Token'} {token}"}
        return self._http.request(method, f"{self.url}{path}", headers=headers, **request)

    def _refreshed(self) -> str:
        answer = self._http.post(f"{self.url}/api/token/refresh/", json={"refresh": self._key})
        token = str(self._read(self._accepted(answer))["access"])
        self._access = token
        return token

    def _read(self, answer: httpx.Response) -> Any:
        try:
            return answer.json()
        except ValueError:
            raise HardstandError(
                f"{self.url}: what answers there is no Label Studio, or something stands before it; "
                "check LABEL_STUDIO_URL"
            ) from None

    def _accepted(self, answer: httpx.Response) -> httpx.Response:
        if answer.is_success:
            return answer
        if answer.status_code in {401, 403}:
            raise UsageError(
                f"{self.url}: the server does not accept the token, or no longer; set "
                "LABEL_STUDIO_API_KEY to one that its page Account & Settings shows"
            )
        raise Refused(f"{self.url}: {_said(answer)}", answer.status_code)

    def _not_there(self, reason: httpx.TransportError) -> HardstandError:
        return HardstandError(
            f"{self.url}: no Label Studio answers there ({_words(reason)}); "
            "start one with `hardstand review start`"
        )


def connect(say: Callable[[str], None] = lambda _line: None) -> Connection:
    """Connect to the server that ``LABEL_STUDIO_URL`` and ``LABEL_STUDIO_API_KEY`` name, else to our own.

    Args:
        say: Told if the server is of a version that was not tested.

    Raises:
        UsageError: No server is named and none of ours runs, or the token is wrong.
        HardstandError: The server does not answer.
    """
    url, key = os.environ.get("LABEL_STUDIO_URL"), os.environ.get("LABEL_STUDIO_API_KEY")
    if url:
        if not key:
            raise UsageError("LABEL_STUDIO_URL is set but LABEL_STUDIO_API_KEY is not; set it to your token")
        url = url.rstrip("/")
    else:
        ours = find_server()
        if ours is None:
            raise UsageError(
                "no Label Studio runs here; start one with `hardstand review start`, "
                "or set LABEL_STUDIO_URL and LABEL_STUDIO_API_KEY"
            )
        url, key = ours.url, key or ours.token
    server = Connection(url, key)
    try:
        server.get("/api/current-user/whoami")
        version = server.get("/api/version").get("release")
    except BaseException:
        server.__exit__(None, None, None)
        raise
    if version != LABEL_STUDIO_VERSION:
        say(f"{url}: is Label Studio {version}; hardstand was tested with {LABEL_STUDIO_VERSION}; going on")
    return server


def _words(reason: Exception) -> str:
    return str(reason) or type(reason).__name__


def _said(answer: httpx.Response) -> str:
    """What the server says of a failure, on one line."""
    try:
        body = answer.json()
    except ValueError:
        body = answer.text if "html" not in answer.headers.get("content-type", "") else answer.reason_phrase
    if isinstance(body, dict):
        body = body.get("detail") or body.get("validation_errors") or body
    return f"the server says {answer.status_code}: {' '.join(str(body).split())[:300]}"
