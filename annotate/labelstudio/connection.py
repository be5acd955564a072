"""A connection to a Label Studio server, and what goes wrong with one, said in words."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx
from label_studio_sdk import LabelStudio
from label_studio_sdk.core.api_error import ApiError

from annotate.labelstudio.interface import is_ours, labelling_interface
from annotate.labelstudio.server import find_server
from imagery.errors import HardstandError, UsageError

TIMEOUT_S = 120.0


@dataclass(frozen=True)
class Project:
    """A review project: its number and title."""

    id: int
    title: str


class Connection:
    """A server that answers to our token. Use it as a context manager.

    Attributes:
        url: The server's address.
        sdk: The SDK's client.
    """

    def __init__(self, url: str, api_key: str) -> None:
        """Connect; `connect` is the way to get here."""
        self.url = url
        self._http = httpx.Client(timeout=TIMEOUT_S, follow_redirects=True)
        untyped: Any = LabelStudio
        try:
            with self.errors():
                self.sdk = untyped(base_url=url, api_key=api_key, httpx_client=self._http)
                self.sdk.users.whoami()
        except BaseException:
            self._http.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Turn what the SDK raises into one line that says what to do.

        Raises:
            UsageError: The token is wrong.
            HardstandError: The server is not there or refuses.
        """
        try:
            yield
        except httpx.TransportError as reason:
            raise HardstandError(
                f"{self.url}: no Label Studio answers there ({reason}); "
                "start one with `hardstand review start`"
            ) from reason
        except ApiError as reason:
            if reason.status_code in {401, 403}:
                raise UsageError(
                    f"{self.url}: the server does not accept the token; set LABEL_STUDIO_API_KEY to the one "
                    "that its page Account & Settings shows"
                ) from reason
            raise HardstandError(f"{self.url}: the server says {_detail(reason)}") from reason

    def find_project(self, title: str) -> Project | None:
        """The review project of that title, or None.

        Raises:
            UsageError: There are two, or its labelling interface is not ours.
        """
        with self.errors():
            found = [project for project in self.sdk.projects.list() if project.title == title]
        if not found:
            return None
        if len(found) > 1:
            raise UsageError(
                f"{self.url}: {len(found)} projects are called '{title}'; rename all but one there"
            )
        if not is_ours(found[0].label_config or ""):
            raise UsageError(
                f"{self.url}: the labelling interface of project '{title}' is not hardstand's; "
                "name another with --project"
            )
        return Project(found[0].id, title)

    def create_project(self, title: str) -> Project:
        """A new review project with our labelling interface."""
        with self.errors():
            project = self.sdk.projects.create(
                title=title,
                label_config=labelling_interface(),
                description="Aircraft candidates to confirm, correct or reject. Made by hardstand.",
            )
        return Project(project.id, title)

    def upload(self, project: Project, images: dict[str, bytes]) -> dict[str, str]:
        """Put images on the server.

        Args:
            project: Where they belong.
            images: JPEG files by name; names of letters, digits, ``-``, ``_`` and ``.`` only, at most 100.

        Returns:
            Each image's address for a task, by name.
        """
        files = {name: (name, content, "image/jpeg") for name, content in images.items()}
        address = f"{self.url}/api/projects/{project.id}/import"
        # The SDK cannot upload several files, but it knows how to authenticate with either kind of token.
        headers = self.sdk._client_wrapper.get_headers()
        with self.errors():
            answer = self._http.post(
                address, params={"commit_to_project": "false"}, headers=headers, files=files
            )
            if answer.status_code != httpx.codes.CREATED:
                raise ApiError(status_code=answer.status_code, body=answer.text)
            ids = answer.json()["file_upload_ids"]
            uploaded = [file.file for file in self.sdk.files.list(id=project.id, ids=str(ids))]
        # The server puts 8 digits and a dash before each name.
        places = {path.rsplit("/", 1)[-1].split("-", 1)[-1]: f"/data/{path}" for path in uploaded if path}
        if places.keys() != images.keys():
            raise HardstandError(f"{self.url}: the server did not keep the names of the images it was given")
        return places


def connect() -> Connection:
    """Connect to the server that ``LABEL_STUDIO_URL`` and ``LABEL_STUDIO_API_KEY`` name, else to our own.

    Raises:
        UsageError: No server is named and none of ours runs, or the token is wrong.
        HardstandError: The server does not answer.
    """
    url, key = os.environ.get("LABEL_STUDIO_URL"), os.environ.get("LABEL_STUDIO_API_KEY")
    if url:
        if not key:
            raise UsageError("LABEL_STUDIO_URL is set but LABEL_STUDIO_API_KEY is not; set it to your token")
        return Connection(url.rstrip("/"), key)
    server = find_server()
    if server is None:
        raise UsageError(
            "no Label Studio runs here; start one with `hardstand review start`, "
            "or set LABEL_STUDIO_URL and LABEL_STUDIO_API_KEY"
        )
    return Connection(server.url, key or server.token)


def _detail(error: ApiError) -> str:
    body: Any = error.body
    if isinstance(body, dict):
        body = body.get("detail") or body.get("validation_errors") or body
    return f"{error.status_code}: {' '.join(str(body).split())[:300]}"
