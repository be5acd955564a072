"""Finding again the scene of a record, and checking that it is the same."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self, cast

from annotate.log.chips import Chips, cut_chips
from annotate.log.entries import Sighting
from imagery.errors import HardstandError
from imagery.record import SceneRecord
from imagery.scene import Scene, open_scene
from imagery.scene_options import SceneOptions


def open_recorded(record: SceneRecord, beside: Path | None = None) -> Scene:
    """Open a scene as it was opened when its record was made.

    Args:
        record: The scene's.
        beside: A folder to look in, too, where its path leads nowhere from here.

    Raises:
        HardstandError: It is not there, or is not an image.
    """
    name = record.path
    elsewhere = None if beside is None or Path(name).exists() else beside / name
    place = elsewhere if elsewhere is not None and elsewhere.exists() else name
    return open_scene(place, **cast(SceneOptions, record.opened_with))


def is_unchanged(scene: Scene, record: SceneRecord) -> bool:
    """Check whether the pixels are those of a record; this reads the whole file.

    Over a network the pixels were hashed as they were read, so the server's word must do.
    """
    now = scene.record()
    return now.etag == record.etag if scene.remote else now.sha256 == record.sha256


class ScenesAtHand:
    """The recorded scenes that are here and unchanged, each opened and checked once. A context manager."""

    def __init__(self) -> None:
        """None is open yet."""
        self._open = ExitStack()
        self._scenes: dict[str | None, Scene | str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def scene(self, record: SceneRecord) -> Scene | str:
        """Return the scene, open, or why its pixels cannot be had."""
        key = record.sha256
        if key not in self._scenes:
            self._scenes[key] = self._look_for(record)
        return self._scenes[key]

    def _look_for(self, record: SceneRecord) -> Scene | str:
        try:
            scene = self._open.enter_context(open_recorded(record))
            if is_unchanged(scene, record):
                return scene
        except HardstandError as reason:
            return str(reason)
        return f"{record.path}: has changed since it was searched"


class ChipCutter:
    """Cuts chips, and counts those it cannot cut. Use it as a context manager.

    Attributes:
        missing: How many sightings went without, by reason.
    """

    def __init__(self, folder: Path | None) -> None:
        """Take a folder for the chips; None where the log has none."""
        self._folder = folder
        self._scenes = ScenesAtHand()
        self.missing: Counter[str] = Counter()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._scenes.__exit__(kind, error, trace)

    def has(self, record: SceneRecord) -> bool:
        """Check whether a scene is at hand, and a folder to put chips of it into."""
        return self._folder is not None and not isinstance(self._scenes.scene(record), str)

    def cut(self, sighting: Sighting, record: SceneRecord) -> Chips | None:
        """Cut the chips of a sighting; return None, and count it, where they cannot be had."""
        if self._folder is None:
            self.missing["the log has no folder for them; name one with HARDSTAND_CHIPS"] += 1
            return None
        scene = self._scenes.scene(record)
        if isinstance(scene, str):
            self.missing[scene] += 1
            return None
        try:
            return cut_chips(scene, sighting, self._folder)
        except HardstandError as reason:
            self.missing[str(reason)] += 1
            return None
