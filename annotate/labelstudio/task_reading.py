"""Reading a task: what its annotations state now, and what they no longer state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from annotate.labelstudio.annotations import hidden_areas, read_annotation
from annotate.labelstudio.pull_state import TaskState
from annotate.labelstudio.tasks import ReviewTask
from annotate.log.entries import SceneReview, Verdict, annotation_key, statement_key
from imagery.area import area_to_json


class Withdrawal(NamedTuple):
    """A statement that no longer counts.

    Attributes:
        statement: See `annotate.log.entries.Verdict`.
        why: As ``withdrawn`` of a verdict says.
        since: Since when, where the server tells.
    """

    statement: str
    why: str
    since: str | None = None


class Reading(NamedTuple):
    """What a task says.

    Attributes:
        number: The server's number of it.
        state: To be remembered.
        verdicts: What its annotations say.
        withdrawn: What they no longer say.
        unseen: Who made an annotation from nothing, which says nothing of the task's candidates.
        review: What it tells of its scene; nothing is counted yet. None where it cannot be read.
    """

    number: int
    state: TaskState
    verdicts: tuple[Verdict, ...] = ()
    withdrawn: tuple[Withdrawal, ...] = ()
    unseen: tuple[str, ...] = ()
    review: SceneReview | None = None


def read_task(
    listed: Mapping[str, Any], before: TaskState, *, project: str, analysts: Mapping[int, str]
) -> Reading:
    """Read what a task says now; what waits to be mended says what it said before.

    A task that is not ours, or damaged itself, is left out as a whole.

    Args:
        listed: The task with the members `annotate.labelstudio.task_listing.ANNOTATED`.
        before: What is remembered of it.
        project: Title of the review project.
        analysts: Who the server's users are.
    """
    number, updated = listed["id"], listed["updated_at"]
    try:
        return _reading(listed, before, project=project, analysts=analysts)
    except ValueError as reason:
        left_out = str(reason)
    except (LookupError, TypeError, AttributeError, ArithmeticError) as reason:
        left_out = f"a member is missing or of the wrong kind ({reason!r})"
    return Reading(number, replace(before, updated=updated, left_out=left_out))


def _reading(
    listed: Mapping[str, Any], before: TaskState, *, project: str, analysts: Mapping[int, str]
) -> Reading:
    number = listed["id"]
    stated: dict[str, list[str]] = {}
    verdicts: list[Verdict] = []
    unseen, waiting, seen, hidden = [], [], False, []
    task = ReviewTask.from_json(listed["data"])
    for annotation in listed["annotations"]:
        if annotation["was_cancelled"]:
            continue  # skipped: no answer
        user = annotation["completed_by"]
        analyst = analysts.get(user, f"user {user}")
        key = _key(annotation)
        said_before = before.stated.get(key, [])
        try:
            read = read_annotation(task, annotation, task_id=number, project=project, analyst=analyst)
        except ValueError as reason:
            waiting.append(f"{analyst}: {reason}")
            stated[key] = said_before
            continue
        new = read.verdicts
        if task.candidates and not read.waiting and all(verdict.candidate is None for verdict in new):
            unseen.append(analyst)
        else:
            seen = True
        waiting += [f"{analyst}: {box.needs}" for box in read.waiting]
        held = [box.region for box in read.waiting if box.region in said_before]  # said before, and stands
        stated[key] = [*(verdict.region_id for verdict in new), *held]
        verdicts += new
        hidden += hidden_areas(task, read)
    now = TaskState(
        updated=listed["updated_at"],
        scene=task.scene.sha256 or task.scene.path,
        candidates=len(task.candidates),
        reviewed=seen and not waiting,
        core=list(task.core),
        area=task.area[1],
        audit_of=task.audit_of,
        hidden=hidden,
        stated=stated,
        waiting=waiting,
    )
    withdrawn = tuple(
        _withdrawals(before, now, {_key(annotation): annotation for annotation in listed["annotations"]})
    )
    return Reading(number, now, tuple(verdicts), withdrawn, tuple(unseen), _scene_review(task, project))


def deleted_task(number: int, before: TaskState) -> Reading:
    """Return the reading of a task that is no longer there: all that it said is withdrawn."""
    withdrawn = (
        Withdrawal(statement_key(key, region), "task deleted")
        for key, regions in before.stated.items()
        for region in regions
    )
    return Reading(number, TaskState(), withdrawn=tuple(withdrawn))


def _withdrawals(
    before: TaskState, now: TaskState, annotations: Mapping[str, Mapping[str, Any]]
) -> Iterator[Withdrawal]:
    for key, regions in before.stated.items():
        annotation = annotations.get(key)
        if annotation is None:
            why, since = "annotation deleted", None
        else:
            why = "task skipped" if annotation["was_cancelled"] else "region deleted"
            since = annotation["updated_at"]
        for region in regions:
            if region not in now.stated.get(key, ()):
                yield Withdrawal(statement_key(key, region), why, since)


def _key(annotation: Mapping[str, Any]) -> str:
    return annotation_key(annotation["id"], annotation["created_at"])


def _scene_review(task: ReviewTask, project: str) -> SceneReview:
    return SceneReview(
        id="",
        supersedes=None,
        scene=task.scene,
        airfield=task.airfield,
        footprint=task.scene.grid.footprint(),
        detector=task.detector.name,
        detector_version=task.detector.version,
        params_hash=task.detector.params_hash,
        candidates=0,
        tiles=task.tiles,
        tasks=0,
        reviewed=0,
        searched=area_to_json(task.searched_area),
        seen=None,
        hidden=None,
        audits=(),
        limits=task.limits and task.limits.to_json(),
        project=project,
        logged="",
    )
