"""Finding the scene of a record again: where it was, near a file that names it, or in another folder.

What is found counts only if it is what was recorded: by its hash, or where that would take too long by its
size and grid. So a scene may be moved or renamed, and a changed one is never taken for it.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path, PurePath
from types import TracebackType
from typing import NamedTuple, Self, cast

from imagery.errors import HardstandError
from imagery.record import SceneRecord
from imagery.references import file_of
from imagery.scene import Scene, open_scene
from imagery.scene_options import SceneOptions

MOST_OPEN = 100  # scenes at once: systems allow a process some hundreds of files


class _Found(NamedTuple):
    """What to open, None for nothing; and why not."""

    name: str | None
    reason: str = ""


def open_recorded(record: SceneRecord, name: str | None = None) -> Scene:
    """Open a scene as it was opened when its record was made.

    Args:
        record: The scene's.
        name: What to open; None for the path of the record.

    Raises:
        HardstandError: It is not there, or is not an image.
    """
    return open_scene(name or record.path, **cast(SceneOptions, record.opened_with))


class RecordedScenes:
    """The recorded scenes that are at hand, each found and checked once. A context manager."""

    def __init__(self, folders: Sequence[Path] = (), *, hashed: bool = True) -> None:
        """None is open yet.

        Args:
            folders: Where scenes may have been moved to; their subfolders count, too.
            hashed: Compare a scene's hash, which reads all of its files; otherwise its size and grid must do.
        """
        self._folders, self._hashed = folders, hashed
        self._found: dict[str, _Found] = {}
        self._open: OrderedDict[str, Scene] = OrderedDict()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._open:
            self._close_oldest()

    def scene(self, record: SceneRecord, beside: Path | None = None) -> Scene | str:
        """Return the scene, or why its pixels cannot be had.

        It is open until the context ends or some hundred others have been asked for.

        Args:
            record: The scene's.
            beside: A file that names it: the scene may lie as it did from that file's folder, or one above.
        """
        key = _key(record)
        if key not in self._found:
            self._found[key] = self._look_for(record, beside)
        found = self._found[key]
        if found.name is None:
            return found.reason
        if key not in self._open:
            try:
                self._keep_open(key, open_recorded(record, found.name))
            except HardstandError as reason:  # it was there a moment ago
                return str(reason)
        self._open.move_to_end(key)
        return self._open[key]

    def local(self, record: SceneRecord | None) -> Scene | None:
        """Return the scene if its files are on this machine and unchanged; nothing is asked of a server."""
        if record is None or record.sha256_covers != "files":
            return None
        scene = self.scene(record)
        return None if isinstance(scene, str) else scene

    def _look_for(self, record: SceneRecord, beside: Path | None) -> _Found:
        why: list[str] = []
        for name in dict.fromkeys(self._names(record, beside)):
            try:
                with ExitStack() as block:
                    scene = block.enter_context(open_recorded(record, name))
                    if self._is_same(scene, record):
                        block.pop_all()
                        self._keep_open(_key(record), scene)
                        return _Found(name)
                why.append(f"{name}: has changed since it was searched")
            except HardstandError as reason:
                why.append(str(reason))
        return _Found(None, why[0])

    def _names(self, record: SceneRecord, beside: Path | None) -> Iterator[str]:
        """Yield where a scene may be, the likeliest first: where it was, even if nothing is there now."""
        yield record.path
        if record.sha256_covers != "files":  # it is on a server
            return
        file = file_of(record.path)
        image = record.path.removesuffix(file)  # of several in a file
        parts = PurePath(file).parts
        for folder in () if beside is None else beside.absolute().parents:
            places = (folder.joinpath(*parts[start:]) for start in range(len(parts)))
            yield from (f"{image}{place}" for place in places if place.is_file())
        named, sized = self._in_folders
        for place in (*named.get("".join(parts[-1:]), ()), *sized.get(record.size_bytes, ())):
            yield f"{image}{place}"

    @cached_property
    def _in_folders(self) -> tuple[dict[str, list[Path]], dict[int | None, list[Path]]]:
        """The files of the folders by name and by size."""
        named: dict[str, list[Path]] = defaultdict(list)
        sized: dict[int | None, list[Path]] = defaultdict(list)
        for folder in self._folders:
            for place in sorted(folder.absolute().rglob("*")):
                if place.is_file():
                    named[place.name].append(place)
                    sized[place.stat().st_size].append(place)
        return named, sized

    def _is_same(self, scene: Scene, record: SceneRecord) -> bool:
        """Check whether a scene is the recorded one; over a network, the server's word must do."""
        now = scene.record(with_hash=False)
        if scene.remote:
            return now.etag == record.etag
        if not self._hashed:
            return (now.size_bytes, now.grid) == (record.size_bytes, record.grid)
        return now.size_bytes == record.size_bytes and scene.files_sha256 == record.sha256

    def _keep_open(self, key: str, scene: Scene) -> None:
        self._open[key] = scene
        if len(self._open) > MOST_OPEN:
            self._close_oldest()

    def _close_oldest(self) -> None:
        self._open.popitem(last=False)[1].__exit__()


def _key(record: SceneRecord) -> str:
    return record.sha256 or record.path
