"""What is asked of Label Studio without its SDK (2.1.2), each with the reason.

- `upload_pictures`: the SDK imports JSON only (`projects.import_tasks`) and replaces one file that is there
  (`files.update`); it cannot send new files, let alone a hundred in one request.
- `is_shown`: a picture in a shared folder has an address as a browser uses it, ``/data/local-files/?d=...``,
  which is not part of the API.
- `is_up`: asked while a server of ours starts. Loading the SDK takes 3 s; the start itself takes 6 s.

Nothing needs a session or a password, since commands use tokens, nor hot keys, which a server of ours gets
through its environment.
"""

from __future__ import annotations

from collections.abc import Mapping

import httpx

from annotate.labelstudio.connection import Connection, Refused


def upload_pictures(server: Connection, project: int, pictures: Mapping[str, bytes]) -> list[int]:
    """Upload JPEG files to a project; if the answer is lost they are sent again.

    Args:
        server: Where to.
        project: Its number.
        pictures: By name, at most 100, as Label Studio's Django is set.

    Returns:
        The server's numbers of the files.
    """
    # A field of its own for each file: the server keeps one file per field.
    files = {name: (name, content, "image/jpeg") for name, content in pictures.items()}

    def upload(_: object) -> list[int]:
        path, params = f"/api/projects/{project}/import", {"commit_to_project": "false"}
        response = _checked(server.http.post(path, params=params, files=files))
        try:
            return [int(number) for number in response.json()["file_upload_ids"]]
        except (ValueError, KeyError, TypeError):
            raise _api_error(response) from None

    return server.repeated(upload)


def is_shown(server: Connection, address: str) -> bool:
    """Check whether the server shows a picture at an address of its own."""
    try:
        server.repeated(lambda _: _checked(server.http.get(address)))
    except Refused:
        return False
    return True


def is_up(url: str, token: str) -> bool:
    """Check whether a server of ours answers to its token, which another on that port would not."""
    headers = {"Authorization": f"Token {token}"}
    try:
        answer = httpx.get(f"{url}/api/current-user/whoami", headers=headers, timeout=10, trust_env=False)
    except httpx.TransportError:
        return False
    return answer.status_code == httpx.codes.OK


def _checked(response: httpx.Response) -> httpx.Response:
    """Return a response unless it is a failure; then fail as the SDK does, for `Connection` to handle."""
    if response.is_success:
        return response
    raise _api_error(response)


def _api_error(response: httpx.Response) -> Exception:
    from label_studio_sdk.core.api_error import ApiError

    try:
        body = response.json()
    except ValueError:
        body = response.text
    return ApiError(status_code=response.status_code, headers=dict(response.headers), body=body)
