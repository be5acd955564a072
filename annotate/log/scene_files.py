"""Whether the scenes that the log names are still there, and still what they were."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from annotate.log.verify import NamedScene
from imagery.errors import HardstandError
from imagery.opening import archive_of, is_remote
from imagery.record import hash_files
from imagery.scene import open_scene


def on_this_machine(scene: NamedScene) -> bool:
    """Whether its hash is that of files; what was read over a network has none that could be taken again."""
    return scene.covers == "files" and not is_remote(scene.path)


def is_there(scene: NamedScene) -> bool:
    """Whether its image is where it was. A relative path counts from the current folder."""
    return Path(archive_of(scene.path)).exists()


def changed(scene: NamedScene) -> str | None:
    """Why a scene is not what the log says, its files hashed anew; None where it is."""
    if not is_there(scene):
        return f"its scene {scene.path} is not there; run this where it is, or put it back"
    try:
        with open_scene(scene.path, **cast(Any, scene.opened_with)) as opened:
            found = hash_files(opened.files)
    except (HardstandError, TypeError) as reason:  # a stranger's log may name options that there are not
        return f"its scene cannot be opened: {reason}"
    if found != scene.sha256:
        return (
            f"its scene {scene.path}, or a file beside it that says where it lies, was changed: its SHA-256 "
            f"is {found} and was {scene.sha256}"
        )
    return None
