"""Cutting the chips of sightings out of the scenes at hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from annotate.log.chips import Chips, cut_chips
from annotate.log.entries import Sighting
from imagery.errors import HardstandError
from imagery.record import SceneRecord
from imagery.recorded_scenes import RecordedScenes


class ChipCutter:
    """Cuts chips, and counts those it cannot cut. Use it as a context manager.

    Attributes:
        missing: How many sightings went without, by reason.
    """

    def __init__(self, folder: Path | None, scenes: Sequence[Path] = ()) -> None:
        """Cut nothing yet.

        Args:
            folder: For the chips; None where the log has none.
            scenes: Folders that scenes may have been moved to.
        """
        self._folder = folder
        self._scenes = RecordedScenes(scenes)
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
