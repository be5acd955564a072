"""Authorising requests with either kind of token, by the server's clock."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Generator
from typing import Any

import httpx

from imagery.errors import HardstandError

MARGIN_S = 20.0  # an upload takes seconds, and some servers look at the token when it is complete


class TokenAuth(httpx.Auth):
    """Authorises requests to Label Studio; threads may share it.

    A legacy token is sent as it is. A personal access token is a JWT to get access tokens with, which live
    for minutes. The SDK compares their end with our clock, which may be wrong by hours. Here the server's
    clock alone counts: their lifetime is ``exp`` less ``iat`` from when they arrive, and after an answer of
    401 another is fetched.
    """

    requires_response_body = True  # what a refresh answers is read

    def __init__(self, url: str, token: str) -> None:
        """Nothing is sent yet.

        Args:
            url: The server's address, without a slash at its end.
            token: Of either kind.
        """
        self._refresh_url = f"{url}/api/token/refresh/"
        self._token = token
        self._personal = token.count(".") == 2
        self._access: str | None = None
        self._fresh_until = 0.0  # of the access token, by `time.monotonic`

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Authorise a request; fetch an access token before it, or after it was refused, if need be."""
        if not self._personal:
            request.headers["Authorization"] = f"Token {self._token}"
            yield request
            return
        new = self._access is None or time.monotonic() >= self._fresh_until
        if new and not (yield from self._refresh(request)):
            return  # httpx takes the refusal for the answer to the request
        response = yield self._authorised(request)
        if (
            response.status_code == httpx.codes.UNAUTHORIZED
            and not new
            and (yield from self._refresh(request))
        ):
            yield self._authorised(request)

    def _authorised(self, request: httpx.Request) -> httpx.Request:
        request.headers["Authorization"] = f"Bearer {self._access}"
        return request

    def _refresh(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, bool]:
        """Fetch an access token for a request; return whether there is a new one."""
        response = yield httpx.Request(
            "POST",
            self._refresh_url,
            json={"refresh": self._token},
            extensions=request.extensions,  # how long to wait
        )
        if not response.is_success:
            return False
        try:
            access = str(response.json()["access"])
        except (ValueError, KeyError, TypeError):
            raise HardstandError(
                f"{self._refresh_url}: the server there is not Label Studio, or a proxy stands in front of it"
            ) from None
        self._fresh_until = time.monotonic() + lifetime_s(access) - MARGIN_S
        self._access = access
        return True


def lifetime_s(token: str) -> float:
    """Return for how long a JWT holds from when it was made; infinite where it does not say so."""
    try:
        middle = token.split(".")[1]
        claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
        return float(claims["exp"]) - float(claims["iat"])
    except (ValueError, KeyError, TypeError, IndexError):
        return float("inf")
