"""The scene that a record speaks of: found again, and made sure to be the same."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self, cast

from imagery.errors import HardstandError
from imagery.record import SceneRecord
from imagery.scene import Scene, SceneOptions, open_scene


def open_recorded(record: SceneRecord, beside: Path | None = None) -> Scene:
    """Open a scene as it was opened when its record was made.

    Args:
        record: The scene's.
        beside: A folder to look in, too, where its path leads nowhere from here.

    Raises:
        HardstandError: It is not there, or is no image.
    """
    name = record.path
    elsewhere = None if beside is None or Path(name).exists() else beside / name
    place = elsewhere if elsewhere is not None and elsewhere.exists() else name
    return open_scene(place, **cast(SceneOptions, record.opened_with))


def is_unchanged(scene: Scene, record: SceneRecord) -> bool:
    """Whether the pixels are those that a record speaks of; reads the whole file.

    Over a network the pixels were hashed as they were read, so the server's word must do.
    """
    now = scene.record()
    return now.etag == record.etag if scene.remote else now.sha256 == record.sha256


class ScenesAtHand:
    """The recorded scenes that are here and unchanged, each opened and looked at once. A context manager."""

    def __init__(self) -> None:
        """None is open yet."""
        self._open = ExitStack()
        self._found: dict[str | None, Scene | str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def scene(self, record: SceneRecord) -> Scene | str:
        """The scene, open; or why its pixels cannot be had."""
        key = record.sha256
        if key not in self._found:
            self._found[key] = self._look_for(record)
        return self._found[key]

    def _look_for(self, record: SceneRecord) -> Scene | str:
        try:
            scene = self._open.enter_context(open_recorded(record))
            if is_unchanged(scene, record):
                return scene
        except HardstandError as reason:
            return str(reason)
        return f"{record.path}: has changed since it was searched"
