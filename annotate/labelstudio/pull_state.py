"""The state of a pull: which tasks of a project it has read, and what their annotations stated.

It saves reading, and knows what was said by annotations that are gone. It is kept for each log apart. Where
it is lost the next pull reads everything; what was said is in the log.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from platformdirs import user_state_path

from annotate.labelstudio.lock import locked
from imagery.files import whole_file

VERSION = 2


@dataclass
class TaskState:
    """A task as it was read last.

    Attributes:
        updated: When the server says it was changed; empty while what was read is not in the log yet.
        scene: Hash of its scene, or its path.
        candidates: How many it proposes.
        reviewed: Whether an analyst has seen it: its candidates were in sight, and it has an answer.
        stated: The regions that each annotation speaks of, by `annotate.log.entries.annotation_key`.
        core: The window that it answers for, in scene pixels: column, row, width, height.
        area: Hash of the area of interest that it belongs to, or None.
        audit_of: Of how many tiles without candidates it was drawn; 0 where it was not.
        hidden: Where analysts say that nothing can be seen: corners in scene pixels, an outline each.
        left_out: Why it cannot be read, or None.
        waiting: What of its answers waits to be mended, a line each: who, which box, what to do.
    """

    updated: str = ""
    scene: str = ""
    candidates: int = 0
    reviewed: bool = False
    stated: dict[str, list[str]] = field(default_factory=dict)
    core: list[int] = field(default_factory=lambda: [0, 0, 1, 1])
    area: str | None = None
    audit_of: int = 0
    hidden: list[list[list[float]]] = field(default_factory=list)
    left_out: str | None = None
    waiting: list[str] = field(default_factory=list)


@dataclass
class PullState:
    """What was read of one project into one log.

    Attributes:
        cursor: Up to when changes were read, by the server's clock; None to read everything.
        clocks_s: By how much the server's clock was ahead of ours.
        rules: What the pull was told of how analysts agree: how many must, then the adjudicators.
        anchor: Identifier and hash of an entry of the log that this rests on.
        analysts: Who the server's users are, also those it no longer has.
        tasks: By number.
        scenes: By ``TaskState.scene``, the latest `annotate.log.entries.SceneReview` as a payload.
    """

    cursor: str | None = None
    clocks_s: float = 0.0
    rules: list[Any] = field(default_factory=list)
    anchor: list[str] | None = None
    analysts: dict[int, str] = field(default_factory=dict)
    tasks: dict[int, TaskState] = field(default_factory=dict)
    scenes: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def adjudicators(self) -> tuple[str, ...]:
        """Analysts named as adjudicators of the pull."""
        return tuple(self.rules[1:])

    def forget_times(self) -> None:
        """Have every task read again."""
        self.cursor = None
        for task in self.tasks.values():
            task.updated = ""


class StateFile:
    """The file a state is kept in, held by one pull at a time.

    Attributes:
        state: What it holds; empty if there was none that can be read.
    """

    def __init__(self, path: Path) -> None:
        """Read it; `held_state` is the way to get here."""
        self._path = path
        try:
            self.state = _from_json(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            self.state = PullState()

    def save(self) -> None:
        """Write it, whole or not at all."""
        members = {"version": VERSION, **vars(self.state)}
        text = json.dumps(members, ensure_ascii=False, default=vars)  # `asdict` takes ten times as long
        with whole_file(self._path, overwrite=True) as part:
            part.write_text(text, encoding="utf-8")


@contextmanager
def held_state(project: int, created: str, log: str) -> Iterator[StateFile]:
    """Hold the state of pulling a project into a log; another pull of the same waits for the block to end.

    Args:
        project: The server's number of it.
        created: When it was made, by the server's clock: to the microsecond, which tells it from those of
            other servers, and of this one if it is set up anew. A server may have several addresses.
        log: Name of the log.
    """
    path = _path(project, created, log)
    with locked(path.with_suffix(".lock")):
        yield StateFile(path)


def last_state(project: int, created: str, log: str) -> PullState:
    """Return the state that the last pull left, without waiting; the arguments are those of `held_state`."""
    return StateFile(_path(project, created, log)).state


def _path(project: int, created: str, log: str) -> Path:
    place = log if "://" in log else str(Path(log).resolve())
    name = hashlib.sha256(f"{project} {created} {place}".encode()).hexdigest()[:16]
    return user_state_path("hardstand") / f"pull-{name}.json"


def _from_json(members: dict[str, Any]) -> PullState:
    """Return a state from a file, which anybody may have changed.

    Raises:
        ValueError: It is of another release, or a member is of the wrong kind.
        TypeError: A member is missing or unknown.
        KeyError: The same.
        AttributeError: A member is of the wrong kind.
    """
    json.dumps(members, ensure_ascii=False).encode()  # halves of characters are in no log
    if members.pop("version") != VERSION:
        raise ValueError("of another release")
    state = PullState(**members)
    state.analysts = {int(number): name for number, name in state.analysts.items()}
    state.tasks = {int(number): TaskState(**task) for number, task in members["tasks"].items()}
    if not (
        isinstance(state.cursor, str | None)
        and isinstance(state.clocks_s, int | float)
        and isinstance(state.rules, list)
        and (state.anchor is None or (len(state.anchor) == 2 and _are_texts(state.anchor)))
        and _are_texts(list(state.analysts.values()))
        and all(map(_is_task, state.tasks.values()))
        and all(isinstance(scene["review"], dict) for scene in state.scenes.values())
    ):
        raise ValueError("a member is of the wrong kind")
    return state


def _are_texts(values: Any) -> bool:
    return isinstance(values, list) and all(isinstance(value, str) for value in values)


def _is_task(task: TaskState) -> bool:
    return (
        isinstance(task.updated, str)
        and isinstance(task.scene, str)
        and isinstance(task.candidates, int)
        and isinstance(task.reviewed, bool)
        and len(task.core) == 4
        and all(isinstance(edge, int) for edge in (*task.core, task.audit_of))
        and isinstance(task.area, str | None)
        and all(isinstance(edge, int | float) for ring in task.hidden for point in ring for edge in point)
        and all(map(_are_texts, task.stated.values()))
        and isinstance(task.left_out, str | None)
        and _are_texts(task.waiting)
    )
