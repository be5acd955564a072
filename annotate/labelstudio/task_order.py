"""The order in which tasks are reviewed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import Any, Literal, get_args

from annotate.labelstudio.informative_order import is_random, most_informative, random_place
from annotate.labelstudio.review_tiles import ReviewTiles
from annotate.labelstudio.tasks import ReviewTask
from detect.series import in_order_of_time, scenes_before
from imagery.grid import PixelPoint
from imagery.record import SceneRecord

Order = Literal["uncertain", "informative", "score", "place", "changed"]
ORDERS: tuple[Order, ...] = get_args(Order)


def in_order(tasks: Iterable[ReviewTask], order: Order) -> list[ReviewTask]:
    """Return tasks in the order in which they are to be reviewed.

    Tasks of the same ground on several dates follow each other in the order the scenes were taken, where the
    first of them has its place. The tiles of an audit are spread evenly among the others: they tell what the
    detector misses also if the review ends early.

    Args:
        tasks: In any order; of equals the first stays first.
        order: ``uncertain``: where the machine is likely to be wrong most often; ``informative``: where
            verdicts teach most, a fifth at random between, see `annotate.labelstudio.informative_order`;
            ``score``: the surest aircraft first; ``place``: neighbours one after the other, airfield by
            airfield; ``changed``: where most candidates are new since the scene before or gone, then as
            ``uncertain``.
    """
    proposed: list[list[ReviewTask]] = []
    audits: list[list[ReviewTask]] = []
    for ground in _by_ground(list(tasks)):
        (audits if all(task.audit for task in ground) else proposed).append(ground)
    drawn: list[list[ReviewTask]] = []
    if order == "informative":
        drawn = sorted(filter(_drawn, proposed), key=lambda ground: min(map(random_place, ground)))
        proposed.sort(key=lambda ground: _place(ground[0]))
        proposed = most_informative([ground for ground in proposed if not _drawn(ground)])
    else:
        key = _KEYS[order]
        proposed.sort(key=lambda ground: min(key(task) for task in ground))
    audits.sort(key=lambda ground: _place(ground[0]))
    parts = (_spread(part, rank) for rank, part in enumerate((proposed, drawn, audits)))
    return [task for _, ground in sorted(chain(*parts), key=lambda placed: placed[0]) for task in ground]


def _drawn(ground: list[ReviewTask]) -> bool:
    return any(map(is_random, ground))


def _by_ground(tasks: Sequence[ReviewTask]) -> list[list[ReviewTask]]:
    """Divide tasks into those of the same ground, each in the order the scenes were taken."""
    records = {task.scene.sha256 or task.scene.path: task.scene for task in tasks}
    scenes = in_order_of_time(sorted(records.values(), key=lambda scene: (scene.path, scene.sha256 or "")))
    first = list(range(len(scenes)))  # of the scenes that show some of the same ground
    for index, before in enumerate(scenes_before(scenes)):
        if before is not None:
            first[index] = first[before]
    places = {scene.sha256 or scene.path: (index, first[index]) for index, scene in enumerate(scenes)}
    raster: dict[int, ReviewTiles] = {}
    grounds: dict[object, list[tuple[int, ReviewTask]]] = defaultdict(list)
    times: Counter[object] = Counter()
    for task in tasks:
        index, start = places[task.scene.sha256 or task.scene.path]
        if start not in raster:
            raster[start] = ReviewTiles(scenes[start].grid)
        cell = (start, raster[start].of(_middle(task, scenes[start])))
        # A scene may have two tasks there: of two areas of interest, or where its raster lies otherwise.
        grounds[cell, times[cell, index]].append((index, task))
        times[cell, index] += 1
    return [[task for _, task in sorted(ground, key=lambda each: each[0])] for ground in grounds.values()]


def _middle(task: ReviewTask, scene: SceneRecord) -> PixelPoint:
    """Return the middle of a task's core in pixels of a scene that shows some of the same ground."""
    col, row, width, height = task.core
    middle = PixelPoint(col + width / 2, row + height / 2)
    return middle if scene is task.scene else scene.grid.pixel(task.scene.grid.lonlat(middle))


def _spread(grounds: list[list[ReviewTask]], rank: int) -> list[tuple[tuple[float, int], list[ReviewTask]]]:
    """Return all with their places between 0 and 1; where two share one, the lower rank is first."""
    return [(((index + 1) / len(grounds), rank), ground) for index, ground in enumerate(grounds)]


def _uncertain(task: ReviewTask) -> tuple[Any, ...]:
    """Return a key that sorts by expected mistakes, were scores probabilities: the most first."""
    mistakes = sum(min(candidate.score, 1 - candidate.score) for candidate in task.candidates)
    return (-round(mistakes, 6), _place(task))


def _score(task: ReviewTask) -> tuple[Any, ...]:
    return (-max((candidate.score for candidate in task.candidates), default=0.0), _place(task))


def _changed(task: ReviewTask) -> tuple[Any, ...]:
    return (-task.before.changes if task.before else 0, *_uncertain(task))


def _place(task: ReviewTask) -> tuple[Any, ...]:
    return (task.airfield or "", task.scene.path, task.core.row, task.core.col)


_KEYS: dict[Order, Callable[[ReviewTask], tuple[Any, ...]]] = {
    "uncertain": _uncertain,
    "score": _score,
    "place": _place,
    "changed": _changed,
}
