"""Pictures of tasks, where the server can show them: in a folder that it shares with us, or uploaded."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, Protocol, get_args
from urllib.parse import quote

from annotate.labelstudio.beyond_sdk import is_shown, upload_pictures
from annotate.labelstudio.connection import Connection, Refused
from annotate.labelstudio.known_types import KnownTypes
from annotate.labelstudio.projects import Project
from annotate.labelstudio.server import find_server
from annotate.labelstudio.tasks import ReviewTask
from imagery.errors import HardstandError, OutputIncomplete, UsageError
from imagery.recorded_scenes import open_recorded

ImageStore = Literal["auto", "local", "upload"]
IMAGE_STORES: tuple[ImageStore, ...] = get_args(ImageStore)
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


def images_of(server: Connection, project: Project, choice: ImageStore) -> Images:
    """Return the place for a project's pictures.

    Whether the server can show files of this machine is tried: it is told of the folder and asked for a file.

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
                f"{server.url}: does not show files of this machine, as only a server does that hardstand "
                "started here; leave `images` to 'auto', or upload them"
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
        """Put files there as `Images` says, each whole or not at all."""
        for name, content in images.items():
            part = self._folder / f".{name}.part"  # one name: the next run replaces what a killed one left
            try:
                part.write_bytes(content)
                part.replace(self._folder / name)
            except OSError as reason:
                raise OutputIncomplete(self._folder / name, reason) from None
        return {name: self._address(name) for name in images}

    def works(self) -> bool:
        """Check whether the server shows what lies there; tell it of the folder if need be."""
        probe = "probe.jpg"
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            storages = self._server.repeated(
                lambda sdk: sdk.import_storage.local.list(project=self._project.id)
            )
            if str(self._folder) not in {storage.path for storage in storages}:
                self._share()
            self.place({probe: b""})
            return is_shown(self._server, self._address(probe))
        except (OSError, OutputIncomplete, Refused):
            return False
        finally:
            (self._folder / probe).unlink(missing_ok=True)

    def _share(self) -> None:
        """Tell the server of the folder; it is never synchronised, which would make a task of each file."""
        self._server.once(
            lambda sdk: sdk.import_storage.local.create(
                project=self._project.id,
                path=str(self._folder),
                use_blob_urls=True,
                title="hardstand's pictures",
            )
        )

    def _address(self, name: str) -> str:
        return f"/data/local-files/?d={quote(f'{self._project.id}/{name}')}"


class UploadedImages:
    """The server's own store."""

    def __init__(self, server: Connection, project: Project) -> None:
        """Nothing is sent yet."""
        self._server, self._project = server, project

    def place(self, images: Mapping[str, bytes]) -> dict[str, str]:
        """Upload files as `Images` says. If an answer is lost they are sent again, which shows none twice."""
        numbers = upload_pictures(self._server, self._project.id, images)
        files = self._server.repeated(
            lambda sdk: sdk.files.list(self._project.id, ids=str(numbers))  # as one text, a list in JSON
        )
        # The server puts 8 digits and a dash before each name.
        places = {file.file.rsplit("/", 1)[-1].split("-", 1)[-1]: f"/data/{file.file}" for file in files}
        if places.keys() != images.keys():
            raise HardstandError(
                f"{self._server.url}: the server did not keep the names of the images it was given"
            )
        return places


def _shared_folder(server: Connection) -> Path | None:
    """Return the folder that the server shows files of; None if it is not one of ours."""
    ours = find_server()
    return ours.images if ours and ours.url == server.url else None


CHUNK = MOST_FILES // 2  # tasks of a scene that one worker prepares in turn, two pictures each
WORKERS = max(2, os.cpu_count() or 1)  # also with one core: a worker waits for disk and server at times

TaskRequest = dict[str, Any]


def prepared(
    tasks: Sequence[ReviewTask],
    images: Images,
    known: Callable[[str | None], KnownTypes],
) -> Iterator[dict[int, TaskRequest]]:
    """Yield the tasks as the server imports them.

    Args:
        tasks: Of any scenes, in any order.
        images: Where their pictures go.
        known: The types that are known of an airfield.

    Yields:
        What became ready together, in no order: requests by the index of their task.

    Raises:
        HardstandError: A scene is damaged, or the server fails.
    """

    def prepare(chunk: Sequence[int]) -> dict[int, TaskRequest]:
        scene_record = tasks[chunk[0]].scene
        pictures: dict[str, bytes] = {}
        names: dict[int, tuple[str, str]] = {}
        with open_recorded(scene_record) as scene:
            read = lru_cache(2)(scene.read)  # of the last task: its surroundings may be those of the next
            for index in chunk:
                task = tasks[index]
                contents = task.pictures(read)
                stems = task.image_name, task.surroundings_name
                tile, around = (_named(*picture) for picture in zip(stems, contents, strict=True))
                pictures |= {tile: contents.tile, around: contents.surroundings}
                names[index] = tile, around
        places = images.place(pictures)
        return {
            index: tasks[index].to_json(places[tile], places[around], known=known(tasks[index].airfield))
            for index, (tile, around) in names.items()
        }

    with ThreadPoolExecutor(WORKERS) as pool:
        try:
            for ready in as_completed([pool.submit(prepare, chunk) for chunk in _chunks(tasks)]):
                yield ready.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _chunks(tasks: Sequence[ReviewTask]) -> Iterator[list[int]]:
    """Yield indices of tasks of one scene, those with the same surroundings together: they are read once."""

    def place(index: int) -> tuple[int, ...]:
        around, core = tasks[index].surroundings, tasks[index].core
        return around.row, around.col, core.row, core.col

    by_scene: dict[str | None, list[int]] = {}
    for index in sorted(range(len(tasks)), key=place):
        by_scene.setdefault(tasks[index].scene.sha256, []).append(index)
    for indices in by_scene.values():
        for start in range(0, len(indices), CHUNK):
            yield indices[start : start + CHUNK]


def _named(name: str, content: bytes) -> str:
    """Return a name that differs by content, so that no task is ever shown another's picture."""
    stem, suffix = name.rsplit(".", 1)
    return f"{stem}-{hashlib.sha256(content).hexdigest()[:8]}.{suffix}"
