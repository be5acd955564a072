"""Opening again the scene of a record, and checking that it is the same."""

from __future__ import annotations

from pathlib import Path
from typing import cast

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
