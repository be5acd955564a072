"""What is asked of a catalogue: documents of the server that was named, and no more than is sane.

`pystac_client` asks through this, so that no link in an answer leads to another server, and an answer that is
long, slow or without an end is given up.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx
from pystac.link import HREF, Link
from pystac_client.stac_api_io import StacApiIO

from imagery.errors import CatalogueError, SceneError, UsageError
from imagery.json_text import parse_json
from imagery.remote import Budget, text_at

BUDGET = Budget(requests=20_000, size_bytes=2**31, seconds=3600.0)  # of a search, however many airfields
DOCUMENT_BYTES = 64 * 2**20  # a page of a hundred items has one or two


class CatalogueReader(StacApiIO):
    """Reads the documents of one catalogue.

    Attributes:
        root: Its address or path.
    """

    def __init__(self, root: str, budget: Budget = BUDGET) -> None:
        """Begin to count.

        Args:
            root: Address or path of the catalogue.
            budget: What may be asked of it.

        Raises:
            UsageError: It is not an address.
        """
        super().__init__(max_retries=None)
        self.root = root
        self._budget = budget
        self._requests, self._bytes, self._start = 0, 0, time.monotonic()
        try:
            address = httpx.URL(root) if is_web(root) else None
        except httpx.InvalidURL as reason:
            raise UsageError(f"{root}: not an address ({reason}); check `catalogue`") from None
        self._server = address and _server(address)
        self._login = (address.username, address.password) if address and address.userinfo else None

    def document(self, href: str) -> dict[str, Any]:
        """Read a JSON object.

        Raises:
            CatalogueError: It cannot be had, or is not one.
        """
        return self.read_json(href)

    def read_text(self, source: HREF, *args: Any, **kwargs: Any) -> str:
        """Read a document, as `StacApiIO` does, within the catalogue."""
        href = source.href if isinstance(source, Link) else str(source)
        if is_web(href):
            return super().read_text(source, *args, **kwargs)
        if self._server is not None:
            raise CatalogueError(f"{self.root}: has a link that is not an address on the web: {href}")
        path = Path(unquote(urlsplit(href).path)) if href.startswith("file:") else Path(href)
        try:
            if path.stat().st_size > DOCUMENT_BYTES:
                raise CatalogueError(f"{path}: too large for a document of a catalogue")
            return path.read_text(encoding="utf-8")
        except OSError as reason:
            raise CatalogueError(f"{path}: cannot be read ({reason.strerror})") from None

    def read_json(self, source: HREF, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Read a JSON object, as `StacApiIO` does."""
        href = source.href if isinstance(source, Link) else str(source)
        try:
            document = parse_json(self.read_text(source, *args, **kwargs))
        except ValueError as reason:
            detail = " ".join(str(reason).split())[:80]
            raise CatalogueError(f"{href}: not a document of a catalogue ({detail})") from None
        if not isinstance(document, dict):
            raise CatalogueError(f"{href}: not a document of a catalogue (not an object)")
        return document

    def request(
        self,
        href: str,
        method: str | None = None,
        headers: dict[str, str] | None = None,
        parameters: dict[str, Any] | None = None,
    ) -> str:
        """Ask the catalogue's server, as `StacApiIO` does; what a link says of headers is not sent."""
        del headers
        self._check_budget()
        try:
            address = httpx.URL(href)
        except httpx.InvalidURL as reason:
            raise CatalogueError(f"{self.root}: has a link that is not an address ({reason})") from None
        if _server(address) != self._server:
            raise CatalogueError(
                f"{self.root}: has a link to {_words(address)}, another server, which is not followed"
            )
        self._requests += 1
        posted = (method or "GET").upper() == "POST"
        if parameters and not posted:
            address = address.copy_merge_params(parameters)
        try:
            text = text_at(
                str(address),
                most_bytes=DOCUMENT_BYTES,
                body=(parameters or {}) if posted else None,
                login=self._login,
            )
        except SceneError as reason:
            raise CatalogueError(str(reason)) from None
        self._bytes += len(text)
        return text

    def _check_budget(self) -> None:
        seconds = time.monotonic() - self._start
        if self._requests >= self._budget.requests:
            exceeded = f"was asked {self._requests:,} times"
        elif self._bytes > self._budget.size_bytes:
            exceeded = f"has sent {self._bytes / 2**20:,.0f} MB"
        elif seconds > self._budget.seconds:
            exceeded = f"has taken {seconds:.0f} seconds"
        else:
            return
        raise CatalogueSpent(f"{self.root}: {exceeded}; ask for a shorter time or fewer airfields")


class CatalogueSpent(CatalogueError):
    """A catalogue of which no more is asked, since it has answered for long enough."""


def is_web(href: str) -> bool:
    """Check whether a link is an address of the web."""
    return href.startswith(("http://", "https://"))


def _server(address: httpx.URL) -> tuple[str, str, int | None]:
    return address.scheme, address.host, address.port


def _words(address: httpx.URL) -> str:
    return f"{address.scheme}://{address.host}" + (f":{address.port}" if address.port else "")
