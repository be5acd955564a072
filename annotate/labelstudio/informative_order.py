"""The order in which verdicts teach most: uncertain candidates, and such as have not been asked about yet.

Each tile that is chosen makes candidates like its own less interesting. Likeness is by what a candidates file
says: airfield, size, likeliest type, score. A fifth of the tiles are drawn at random, by a hash of scene and
place, and come between the others: what analysts decide on the first of these in each scene measures the
detector without regard to what was chosen, see `annotate.quality.random_precision`.
"""

from __future__ import annotations

import hashlib
import heapq
import math
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from annotate.labelstudio.tasks import ReviewTask
from detect.candidate import Candidate

RANDOM_SHARE = 0.2
SIZES_PER_OCTAVE = 2  # of the longer side
SCORES = 5  # parts of the score that count as alike


class _Look(NamedTuple):
    """What makes candidates alike."""

    airfield: str | None
    size: int
    type: str | None
    score: int


def random_place(task: ReviewTask) -> float:
    """Return a number of 0..1 that scene and core decide, as if drawn."""
    drawn = f"{task.scene.sha256} {task.core.col} {task.core.row}"
    return int(hashlib.sha256(drawn.encode()).hexdigest()[:12], 16) / 16**12


def is_random(task: ReviewTask) -> bool:
    """Check whether a tile is one of the fifth that is drawn at random."""
    return random_place(task) < RANDOM_SHARE


def most_informative(grounds: Sequence[list[ReviewTask]]) -> list[list[ReviewTask]]:
    """Return the tasks of each ground in the order in which verdicts teach most.

    Args:
        grounds: Tasks of the same ground on several dates; of equals the first stays first.
    """
    looks = [
        [(_look(task, each), _weight(each)) for task in ground for each in task.candidates]
        for ground in grounds
    ]
    types = Counter(look.type for candidates in looks for look, _ in candidates)
    chosen: Counter[_Look] = Counter()

    def gain(index: int) -> float:
        """Return what a ground teaches now: each candidate less by what is alike, there too."""
        own: Counter[_Look] = Counter()
        total = 0.0
        for look, weight in looks[index]:
            rarity = 1 / math.sqrt(types[look.type])
            total += weight * (1 + rarity) / (1 + chosen[look] + own[look])
            own[look] += 1
        return total

    # What a ground teaches only ever falls, so the best of the old values is the best if it has not fallen.
    waiting = [(-gain(index), index) for index in range(len(grounds))]
    heapq.heapify(waiting)
    ordered = []
    while waiting:
        _, index = heapq.heappop(waiting)
        now = -gain(index)
        if waiting and (now, index) > waiting[0]:
            heapq.heappush(waiting, (now, index))
            continue
        ordered.append(grounds[index])
        chosen.update(look for look, _ in looks[index])
    return ordered


def _look(task: ReviewTask, candidate: Candidate) -> _Look:
    return _Look(
        task.airfield,
        round(SIZES_PER_OCTAVE * math.log2(max(candidate.side_m, 1.0))),
        candidate.types[0].type if candidate.types else None,
        min(int(candidate.score * SCORES), SCORES - 1),
    )


def _weight(candidate: Candidate) -> float:
    """Return the chance that the machine is wrong about a candidate, were its score a chance."""
    return min(candidate.score, 1 - candidate.score)
