"""Candidates before the analysts; it can be repeated, and interrupted, at any time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from platformdirs import user_state_path

from annotate.labelstudio.annotations import verdicts_of
from annotate.labelstudio.client import ATTEMPTS, Connection, Unanswered
from annotate.labelstudio.division import review_tasks
from annotate.labelstudio.images import Choice, Request, images_of, prepared
from annotate.labelstudio.installation import locked
from annotate.labelstudio.interface import usual_types
from annotate.labelstudio.projects import Project, find_project, review_project
from annotate.labelstudio.push_plan import Existing, Order, Plan, in_order, plan
from annotate.labelstudio.scenes_at_hand import is_unchanged, open_recorded
from annotate.labelstudio.task_listing import ANNOTATED, delete_untouched, list_tasks
from annotate.labelstudio.tasks import MODEL_VERSION, ReviewTask
from annotate.log.entries import Sighting
from detect import Progress
from detect.archive import candidates_files
from detect.box import OrientedBox
from detect.candidate import CandidatesFile, read_candidates
from imagery.errors import UsageError

BATCH = 50  # tasks a request: a slow server answers in time, and little is done again after an interruption


class Pushed(NamedTuple):
    """What a push did.

    Attributes:
        project: The review project.
        tasks: Tasks added.
        candidates: Candidates in them.
        known: Candidates that were on the server already, or are aircraft that were reviewed.
        removed: Tasks deleted because what they proposed was out of date and nobody had touched them.
    """

    project: Project
    tasks: int
    candidates: int
    known: int
    removed: int


def push(
    server: Connection,
    places: Iterable[str],
    title: str,
    *,
    audit: float = 0.0,
    order: Order = "uncertain",
    images: Choice = "auto",
    analysts: int | None = None,
    sightings: Iterable[Sighting] = (),
    progress: Progress | None = None,
) -> Pushed:
    """Bring candidates before the analysts: one task a tile, its pictures with it.

    What is on the server already is left alone, so pushing again adds nothing and a push that was interrupted
    is taken up by repeating it. Tasks that nobody has touched give way to those of a detector that was run
    again; see `annotate.labelstudio.push_plan`.

    Args:
        server: Where to.
        places: Candidates files, or folders of them.
        title: The project; made with our labelling interface if it is not there.
        audit: How many of the tiles without candidates are shown too, 0..1, drawn at random in the area that
            was searched.
        order: Which tasks come first.
        images: How the server gets the pictures.
        analysts: To how many analysts each tile is shown; None leaves the project as it is.
        sightings: What the log holds: an airfield's usual types get a hot key.
        progress: Called with the number of tiles cut and their total.

    Raises:
        UsageError: A file or scene is not there or is not what it was, or the project is not ours.
        HardstandError: The server fails.
    """
    files = {path: read_candidates(path) for path in candidates_files(places)}
    _check_once_each(files)
    with locked(_lock(server, title)):
        work = _work(server, find_project(server, title), files.values(), audit)
        folders = {file.scene.sha256: path.parent for path, file in files.items()}
        for scene in {task.scene.sha256: task.scene for task in work.add}.values():
            with open_recorded(scene, folders[scene.sha256]) as found:
                if not is_unchanged(found, scene):
                    raise UsageError(
                        f"{found.path}: has changed since it was searched; run `hardstand detect` on it again"
                    )
        project = review_project(server, title)  # only now is anything changed on the server
        store = images_of(server, project, images)
        tasks = in_order(work.add, order)
        requests: dict[int, Request] = {}
        for ready in prepared(tasks, store, folders, _hot_keys(sightings)):
            requests |= ready
            if progress:
                progress(len(requests), len(tasks))
        _import(server, project, [requests[index] for index in range(len(tasks))])
        # Not before: SQLite gives the numbers of what was deleted last again, and who has such a task open
        # would answer another than they see.
        if work.remove:
            delete_untouched(server, project.id, work.remove)
        # The label stream shows the boxes only of predictions of the project's version.
        settings: dict[str, object] = {"model_version": MODEL_VERSION}
        if analysts is not None:
            settings["maximum_annotations"] = analysts
        server.patch(f"/api/projects/{project.id}/", settings)
    pushed = sum(len(task.candidates) for task in tasks)
    return Pushed(project, len(tasks), pushed, work.known, len(work.remove))


def _check_once_each(files: dict[Path, CandidatesFile]) -> None:
    """Two searches of one scene would propose each aircraft twice.

    Raises:
        UsageError: There are two, of the same area of interest.
    """
    seen: dict[object, Path] = {}
    for path, file in files.items():
        searched = file.scene.sha256, file.detector.params.get("aoi_sha256")
        if searched in seen:
            raise UsageError(f"{seen[searched]} and {path}: are of the same scene; push one of them")
        seen[searched] = path


def _work(server: Connection, project: Project | None, files: Iterable[CandidatesFile], audit: float) -> Plan:
    """All that has to be changed, before anything is."""
    work = Plan([], [], 0)
    there: dict[str | None, list[Existing]] = {}
    for one in _existing(server, project) if project else ():
        there.setdefault(one.task.scene.sha256, []).append(one)
    for file in files:
        of_scene = there.setdefault(file.scene.sha256, [])
        add, remove, known = plan(review_tasks(file, audit=audit), of_scene)
        of_scene += [Existing(0, task) for task in add]  # so that a second area does not propose them again
        work = Plan(work.add + add, work.remove + remove, work.known + known)
    return work


def _existing(server: Connection, project: Project) -> Iterator[Existing]:
    """Our tasks that are on the server, each with what was said in it."""
    answered = list_tasks(server, project.id, ANNOTATED, ("total_annotations", "greater", "Number", 0))
    boxes = {task["id"]: tuple(_boxes(task)) for task in answered}
    drafts = list_tasks(server, project.id, "id", ("draft_exists", "equal", "Boolean", True))
    begun = {task["id"] for task in drafts}
    for listed in list_tasks(server, project.id, "id,data,total_annotations,cancelled_annotations"):
        try:
            task = ReviewTask.from_json(listed["data"])
        except ValueError:
            continue  # somebody else's task
        touched = listed["total_annotations"] + listed["cancelled_annotations"] > 0 or listed["id"] in begun
        yield Existing(listed["id"], task, touched, boxes.get(listed["id"], ()))


def _boxes(listed: dict[str, Any]) -> Iterator[OrientedBox]:
    """What analysts left or drew in a task, in scene pixels."""
    for annotation in listed["annotations"]:
        try:
            task = ReviewTask.from_json(listed["data"])
            said = list(verdicts_of(task, annotation, task_id=listed["id"], project="", analyst=""))
        except ValueError:
            continue  # `pull` says what is wrong with it
        yield from (verdict.box for verdict in said if verdict.verdict != "rejected")


def _import(server: Connection, project: Project, requests: Sequence[Request]) -> None:
    """Import tasks in their order, each once.

    The server takes a batch as a whole or not at all. If its answer is lost, what is there is looked up; what
    a server too slow to be waited for adds even later is deleted at the end.
    """
    before = max((task["id"] for task in list_tasks(server, project.id, "id")), default=0)
    lost = False
    for start in range(0, len(requests), BATCH):
        batch = requests[start : start + BATCH]
        for attempt in range(1, ATTEMPTS + 1):
            try:
                server.post(f"/api/projects/{project.id}/import", json=batch, return_task_ids="true")
                break
            except Unanswered:
                lost = True
                server.pause(attempt)
                there = {picture for _, picture in _pictures(server, project, before)}
                batch = [request for request in batch if request["data"]["image"] not in there]
                if not batch:
                    break
                if attempt == ATTEMPTS:
                    raise
    if lost:
        first: dict[str, int] = {}
        twins = [
            id for id, picture in _pictures(server, project, before) if first.setdefault(picture, id) != id
        ]
        if twins:
            delete_untouched(server, project.id, twins)


def _pictures(server: Connection, project: Project, after: int) -> Iterator[tuple[int, str]]:
    """Number and picture of the tasks after a number; no two tasks of ours share a picture."""
    for task in list_tasks(server, project.id, "id,data", ("id", "greater", "Number", after)):
        yield task["id"], str(task["data"].get("image"))


def _hot_keys(sightings: Iterable[Sighting]) -> Callable[[str | None], Sequence[str]]:
    held = list(sightings)
    return cache(lambda airfield: usual_types(held, airfield))


def _lock(server: Connection, title: str) -> Path:
    name = hashlib.sha256(f"{server.url} {title}".encode()).hexdigest()[:16]
    return user_state_path("hardstand") / f"push-{name}.lock"
