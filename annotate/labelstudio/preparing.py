"""Making tasks ready for the server: their pictures cut and put where it can show them, several at once."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import lru_cache
from pathlib import Path
from typing import Any

from annotate.labelstudio.images import MOST_FILES, Images
from annotate.labelstudio.source import open_recorded
from annotate.labelstudio.tasks import ReviewTask

CHUNK = MOST_FILES // 2  # tasks of a scene that one worker prepares in turn, two pictures each
WORKERS = max(2, os.cpu_count() or 1)  # also with one core: a worker waits for disk and server at times

Request = dict[str, Any]


def prepared(
    tasks: Sequence[ReviewTask],
    images: Images,
    folders: dict[str | None, Path],
    usual_types: Callable[[str | None], Sequence[str]],
) -> Iterator[dict[int, Request]]:
    """The tasks as the server imports them.

    Args:
        tasks: Of any scenes, in any order.
        images: Where their pictures go.
        folders: By the scenes' hashes, where to look for a scene that is not where it was.
        usual_types: The types that get a hot key at an airfield.

    Yields:
        What became ready together, in no order: requests by the index of their task.

    Raises:
        HardstandError: A scene is damaged, or the server fails.
    """

    def prepare(chunk: Sequence[int]) -> dict[int, Request]:
        scene_record = tasks[chunk[0]].scene
        pictures: dict[str, bytes] = {}
        names: dict[int, tuple[str, str]] = {}
        with open_recorded(scene_record, folders[scene_record.sha256]) as scene:
            read = lru_cache(2)(scene.read)  # of the last task: its surroundings may be those of the next
            for index in chunk:
                task = tasks[index]
                contents = task.pictures(read)
                stems = task.image_name, task.surroundings_name
                tile, around = (_named(*one) for one in zip(stems, contents, strict=True))
                pictures |= {tile: contents.tile, around: contents.surroundings}
                names[index] = tile, around
        places = images.place(pictures)
        return {
            index: tasks[index].to_json(
                places[tile], places[around], usual_types=usual_types(tasks[index].airfield)
            )
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
    """Indices of tasks of one scene, those with the same surroundings together: they are read once."""

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
    """A name that is another for another content, so that no task is ever shown another's picture."""
    stem, suffix = name.rsplit(".", 1)
    return f"{stem}-{hashlib.sha256(content).hexdigest()[:8]}.{suffix}"
