"""A connection to a Label Studio server: the SDK, with harmless repetition and clear failures."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

import httpx

from annotate.labelstudio.token_auth import TokenAuth
from imagery.errors import HardstandError, UsageError

if TYPE_CHECKING:
    from label_studio_sdk import LabelStudio
    from label_studio_sdk.core.api_error import ApiError

TIMEOUT_S = 120.0  # an import of a large batch on a slow server
ATTEMPTS = 4
FIRST_WAIT_S = 0.5  # doubled each time: a server that restarts behind a proxy is back after some seconds
PASSING = {429, 500, 502, 503, 504}  # failures that may be over when one asks again
T = TypeVar("T")


class Refused(HardstandError):
    """A request that the server refused.

    Attributes:
        status: HTTP's.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class Unanswered(HardstandError):
    """A request of which it is not known whether the server did what it asks for."""


class ServerUnreachable(HardstandError):
    """An address at which no server answers."""


class Connection:
    """A Label Studio server that accepts our token. Use it as a context manager; threads may share it.

    Calls are made through the SDK (``server.repeated(lambda sdk: sdk.users.list())``); the few that it lacks
    are in `annotate.labelstudio.beyond_sdk`. The SDK itself repeats nothing: what may be repeated is known
    here only, and an import that is repeated because its answer was lost has every task twice.

    Attributes:
        url: The server's address.
        sdk: The SDK's client.
        http: The HTTP client that the SDK uses, which authorises requests.
    """

    def __init__(
        self,
        url: str,
        api_key: str,
        *,
        wait: Callable[[float], None] = time.sleep,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        """Load the SDK, which takes seconds. Nothing is sent yet.

        Args:
            url: The server's address, without a slash at its end.
            api_key: A legacy token, or a personal access token.
            wait: Waits some seconds, before something is tried again.
            timeout_s: How long to wait for an answer.
        """
        from label_studio_sdk import LabelStudio

        self.url = url
        self._wait = wait
        self.http = httpx.Client(
            base_url=url, timeout=timeout_s, follow_redirects=True, auth=TokenAuth(url, api_key)
        )
        # The SDK would refuse or renew a token by our clock, so it never sees ours: see `TokenAuth`.
        untyped: Any = LabelStudio
        self.sdk: LabelStudio = untyped(
            base_url=url, api_key="replaced by TokenAuth", httpx_client=self.http, max_retries=0
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self.http.close()

    def repeated(self, call: Callable[[LabelStudio], T]) -> T:
        """Make a call that may be made twice without harm, again where a failure may pass.

        Args:
            call: Calls a method of the SDK's client.

        Raises:
            UsageError: The token is wrong.
            HardstandError: The server is not there, fails or refuses.
        """
        from label_studio_sdk.core.api_error import ApiError

        for attempt in range(1, ATTEMPTS + 1):
            try:
                return call(self.sdk)
            except httpx.TransportError as reason:
                if attempt == ATTEMPTS:
                    raise self._unreachable(reason) from reason
            except ApiError as reason:
                if reason.status_code not in PASSING or attempt == ATTEMPTS:
                    raise self._failure(reason) from None
            self.pause(attempt)
        raise AssertionError("the last attempt returns or raises")

    def once(self, call: Callable[[LabelStudio], T]) -> T:
        """Make a call that must not be made twice.

        Args:
            call: Calls a method of the SDK's client.

        Raises:
            Unanswered: It may or may not have been done.
            UsageError: The token is wrong.
            HardstandError: The server is not there, or refuses.
        """
        from label_studio_sdk.core.api_error import ApiError

        try:
            return call(self.sdk)
        except httpx.ConnectError as reason:
            raise self._unreachable(reason) from reason
        except httpx.TransportError as reason:
            raise Unanswered(f"{self.url}: did not answer ({_words(reason)})") from reason
        except ApiError as reason:
            if reason.status_code in PASSING:
                raise Unanswered(f"{self.url}: {_answer(reason)}") from None
            raise self._failure(reason) from None

    def clock(self) -> datetime:
        """Return the time by the server's clock, which need not agree with ours.

        Raises:
            HardstandError: As `repeated` does, or the server does not tell the time.
        """
        response = self.repeated(lambda sdk: sdk.versions.with_raw_response.get())
        date = response.headers.get("date", "")
        try:
            return parsedate_to_datetime(date)
        except ValueError:
            raise HardstandError(f"{self.url}: sends no date that can be read ('{date}')") from None

    def users(self) -> dict[int, str]:
        """Return the e-mail addresses of the server's users by their numbers."""
        users = self.repeated(lambda sdk: sdk.users.list())
        return {user.id: user.email for user in users if user.id is not None and user.email is not None}

    def pause(self, attempt: int) -> None:
        """Wait before the next attempt.

        Args:
            attempt: How many there were, from 1.
        """
        self._wait(FIRST_WAIT_S * 2 ** (attempt - 1))

    def _failure(self, error: ApiError) -> HardstandError:
        status = error.status_code or 0
        if status in {401, 403}:
            return UsageError(
                f"{self.url}: the server rejects the token, which may have expired; set "
                "LABEL_STUDIO_API_KEY to one from its page Account & Settings"
            )
        if httpx.codes.is_success(status):  # the SDK could not read the answer
            return HardstandError(
                f"{self.url}: the server there is not Label Studio, or a proxy stands in front of it; "
                "check LABEL_STUDIO_URL"
            )
        return Refused(f"{self.url}: {_answer(error)}", status)

    def _unreachable(self, reason: httpx.TransportError) -> HardstandError:
        return ServerUnreachable(f"{self.url}: no Label Studio answers there ({_words(reason)})")


def _words(reason: Exception) -> str:
    return str(reason) or type(reason).__name__


def _answer(error: ApiError) -> str:
    """Return what the server says of a failure, on one line."""
    status, body = error.status_code or 0, error.body
    if isinstance(body, dict):
        body = body.get("validation_errors") or body.get("detail") or body
    elif "html" in _content_type(error):
        body = httpx.codes.get_reason_phrase(status)
    return f"the server says {status}: {' '.join(str(body).split())[:300]}"


def _content_type(error: ApiError) -> Any:
    return (error.headers or {}).get("content-type", "")
