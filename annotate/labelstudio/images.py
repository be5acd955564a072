"""Where the pictures of tasks lie for the server to show them: in a folder that it shares, or with it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Protocol, get_args
from urllib.parse import quote

from annotate.labelstudio.connection import Connection, Refused
from annotate.labelstudio.projects import Project
from annotate.labelstudio.server import find_server
from imagery.errors import HardstandError, UsageError

Choice = Literal["auto", "local", "upload"]
CHOICES: tuple[Choice, ...] = get_args(Choice)
MOST_FILES = 100  # in one upload, as Label Studio's Django is set


class Images(Protocol):
    """A place for the pictures of a project's tasks; threads may share it."""

    def place(self, images: Mapping[str, bytes]) -> dict[str, str]:
        """Put JPEG files there.

        Args:
            images: By name, of letters, digits, ``-``, ``_`` and ``.`` only, at most 100. The same name means
                the same content.

        Returns:
            Each one's address for a task, by name.
        """
        ...


def images_of(server: Connection, project: Project, choice: Choice) -> Images:
    """The place for a project's pictures.

    Whether the server can show files of this machine is found out by trying: it is told, and asked for one.

    Args:
        server: Where the tasks are.
        project: Theirs.
        choice: ``local`` and ``upload`` leave no choice; ``auto`` takes local files where that works.

    Raises:
        UsageError: ``local`` was asked for and does not work.
    """
    if choice != "upload":
        folder = _shared_folder(server)
        if folder is not None:
            local = LocalImages(server, project, folder)
            if local.works():
                return local
        if choice == "local":
            raise UsageError(
                f"{server.url}: does not show files of this machine; only a server that `hardstand review "
                "start` started here does (stop and start one that an older hardstand started); "
                "leave out --images local"
            )
    return UploadedImages(server, project)


class LocalImages:
    """A folder of this machine that the server shows files of."""

    def __init__(self, server: Connection, project: Project, root: Path) -> None:
        """Take a subfolder for the project.

        Args:
            server: Runs on this machine.
            project: Whose pictures.
            root: The folder whose subfolders the server may show files of.
        """
        self._server, self._project = server, project
        self._folder = root / str(project.id)

    def place(self, images: Mapping[str, bytes]) -> dict[str, str]:
        """See `Images`; a file is there whole or not at all."""
        for name, content in images.items():
            part = self._folder / f".{name}.part"
            part.write_bytes(content)
            part.replace(self._folder / name)
        return {name: self._address(name) for name in images}

    def works(self) -> bool:
        """Whether the server shows what lies there; it is told of the folder if need be."""
        probe = "probe.jpg"
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            told = self._server.get("/api/storages/localfiles", project=self._project.id)
            if str(self._folder) not in {storage["path"] for storage in told}:
                self._tell()
            self.place({probe: b""})
            return self._server.exists(self._address(probe))
        except (OSError, Refused):
            return False
        finally:
            (self._folder / probe).unlink(missing_ok=True)

    def _tell(self) -> None:
        """It is never synchronised, which would make a task of each file."""
        storage = {"project": self._project.id, "path": str(self._folder), "use_blob_urls": True}
        self._server.post("/api/storages/localfiles", json={**storage, "title": "hardstand's pictures"})

    def _address(self, name: str) -> str:
        return f"/data/local-files/?d={quote(f'{self._project.id}/{name}')}"


class UploadedImages:
    """The server's own store."""

    def __init__(self, server: Connection, project: Project) -> None:
        """Nothing is sent yet."""
        self._server, self._project = server, project

    def place(self, images: Mapping[str, bytes]) -> dict[str, str]:
        """See `Images`. If an answer is lost they are sent again; what is stored twice is not shown twice."""
        files = {name: (name, content, "image/jpeg") for name, content in images.items()}
        path = f"/api/projects/{self._project.id}"
        answer = self._server.post_again(f"{path}/import", files=files, commit_to_project="false")
        uploaded = self._server.get(f"{path}/file-uploads", ids=str(answer["file_upload_ids"]))
        # The server puts 8 digits and a dash before each name.
        stored = [str(file["file"]) for file in uploaded]
        places = {file.rsplit("/", 1)[-1].split("-", 1)[-1]: f"/data/{file}" for file in stored}
        if places.keys() != images.keys():
            raise HardstandError(
                f"{self._server.url}: the server did not keep the names of the images it was given"
            )
        return places


def _shared_folder(server: Connection) -> Path | None:
    """The folder that a server of ours shows files of; of any other we know none."""
    ours = find_server()
    return ours.images if ours and ours.url == server.url else None
