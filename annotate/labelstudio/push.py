"""Pushing candidates for review; it can be repeated, and interrupted, at any time."""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from platformdirs import user_state_path

from annotate.labelstudio.annotations import read_annotation
from annotate.labelstudio.client import connected
from annotate.labelstudio.connection import Connection
from annotate.labelstudio.division import review_tasks
from annotate.labelstudio.images import ImageStore, TaskRequest, images_of, prepared
from annotate.labelstudio.known_types import KnownTypes, known_types
from annotate.labelstudio.lock import locked
from annotate.labelstudio.other_scenes import Logged
from annotate.labelstudio.projects import Project, description, find_project, review_project
from annotate.labelstudio.push_plan import ExistingTask, Plan, plan
from annotate.labelstudio.scene_overviews import scene_overviews
from annotate.labelstudio.scenes_compared import ComparedScenes, compare_scenes_pushed
from annotate.labelstudio.task_import import check_predictions, import_tasks
from annotate.labelstudio.task_listing import ANNOTATED, delete_untouched, list_tasks
from annotate.labelstudio.task_order import Order, in_order
from annotate.labelstudio.tasks import MODEL_VERSION, ReviewTask
from annotate.log.entries import Sighting
from annotate.log.store import Log
from detect import Progress
from detect.archive import candidates_files
from detect.box import OrientedBox
from detect.candidate import CandidatesFile, read_candidates
from imagery.errors import UsageError
from imagery.recorded_scenes import RecordedScenes


class Pushed(NamedTuple):
    """The outcome of a push.

    Attributes:
        project: The review project.
        tasks: Tasks added.
        candidates: Candidates in them.
        existing: Candidates that were on the server already, or are aircraft that were reviewed.
        removed: Tasks deleted because what they proposed was out of date and nobody had touched them.
        overviews: By the path of each scene with new tasks, the address of its picture with all candidates.
        compared: Scenes whose candidates are marked by those of the scene before.
        refused: Why others are not, a line each.
    """

    project: Project
    tasks: int
    candidates: int
    existing: int
    removed: int
    overviews: dict[str, str]
    compared: int
    refused: tuple[str, ...]


def push(
    places: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    project: str,
    *,
    audit: float = 0.0,
    order: Order = "uncertain",
    images: ImageStore = "auto",
    analysts: int | None = None,
    log: Log | None = None,
    scenes: Sequence[str | os.PathLike[str]] = (),
    comparing: Progress | None = None,
    progress: Progress | None = None,
    server: Connection | None = None,
) -> Pushed:
    """Create a review task, with its pictures, for each tile that has candidates.

    What is on the server already is left alone, so pushing again adds nothing and a push that was interrupted
    is taken up by repeating it. Tasks that nobody has touched give way to those of a detector that was run
    again; see `annotate.labelstudio.push_plan`.

    Each scene is compared with the one of the same place that was taken before it, whether that is pushed now
    or was before, and its candidates are marked as new since, here before or gone.

    Args:
        places: Candidates files, or folders of them; one or several.
        project: Title of the review project; it is made with our labelling interface if need be.
        audit: How many of the tiles without candidates are shown too, 0..1, drawn at random in the area that
            was searched.
        order: Which tasks come first.
        images: How the server gets the pictures.
        analysts: To how many analysts each tile is shown; None leaves the project as it is.
        log: Tells the types seen at an airfield, which get a hot key and are suggested first.
        scenes: Folders that scenes were moved to, in which they are found by their hash. One that was moved
            together with its candidates file is found without.
        comparing: Called with the number of scenes compared and their total.
        progress: Called with the number of tiles cut and their total.
        server: Where to; None for the one that the environment names, or else the one started here.

    Raises:
        UsageError: A file or scene is not there or is not what it was, or the project is not ours.
        HardstandError: A candidate cannot be shown, or the server fails.
    """
    named = [places] if isinstance(places, str | os.PathLike) else places
    paths = [os.fspath(place) for place in named]
    files = {path: read_candidates(path) for path in candidates_files(paths)}
    _check_once_each(files)
    with connected(server) as connection, locked(_lock(connection, project)):
        named_by = {file.scene.sha256: path for path, file in files.items()}
        there = find_project(connection, project)
        existing = _existing_by_scene(connection, there) if there else {}
        with RecordedScenes([Path(folder) for folder in scenes]) as at_hand:
            compared = compare_scenes_pushed(
                list(files.values()),
                {sha256: [each.task for each in listed] for sha256, listed in existing.items()},
                named_by,
                at_hand,
                comparing,
            )
            work = _work(existing, files.values(), audit, compared)
            tasks = in_order(work.add, order)
            check_predictions(tasks)
            tasks = _at_hand(tasks, named_by, at_hand)
        review = review_project(connection, project)  # only now is anything changed on the server
        if not review.asks_gone:  # somebody else's, from before hardstand did
            tasks = [task.without_ghosts() for task in tasks]
        store = images_of(connection, review, images)
        requests: dict[int, TaskRequest] = {}
        for ready in prepared(tasks, store, _known(log), compared.others, _logged(log)):
            requests |= ready
            if progress:
                progress(len(requests), len(tasks))
        import_tasks(connection, review.id, [requests[index] for index in range(len(tasks))])
        # Not before: SQLite gives the numbers of what was deleted last again, and who has such a task open
        # would answer another than they see.
        if work.remove:
            delete_untouched(connection, review.id, work.remove)
        # The label stream shows the boxes only of predictions of the project's version.
        settings: dict[str, Any] = {"model_version": MODEL_VERSION}
        overviews = scene_overviews(files.values(), store, {task.scene.sha256: task.scene for task in tasks})
        if overviews and review.made_here:
            settings["description"] = description(review.title, overviews)
        overviews = {path: f"{connection.url}{address}" for path, address in overviews.items()}
        if analysts is not None:
            settings["maximum_annotations"] = analysts
        connection.repeated(lambda sdk: sdk.projects.update(review.id, **settings))
    pushed = sum(len(task.candidates) for task in tasks)
    return Pushed(
        review,
        len(tasks),
        pushed,
        work.existing,
        len(work.remove),
        overviews,
        len(compared.before),
        tuple(compared.refused),
    )


def _at_hand(
    tasks: Sequence[ReviewTask], named_by: dict[str | None, Path], files: RecordedScenes
) -> list[ReviewTask]:
    """Return tasks with the paths at which their scenes are now, with the pixels that were searched.

    Raises:
        UsageError: A scene is not there, or has changed.
    """
    paths: dict[str | None, str] = {}
    for record in {task.scene.sha256: task.scene for task in tasks}.values():
        scene = files.scene(record, named_by[record.sha256])
        if isinstance(scene, str):
            raise UsageError(f"{scene}; search it again, or name the folder that it was moved to as `scenes`")
        paths[record.sha256] = scene.path
    return [replace(task, scene=replace(task.scene, path=paths[task.scene.sha256])) for task in tasks]


def _check_once_each(files: dict[Path, CandidatesFile]) -> None:
    """Check that no scene was searched twice, as each aircraft would be proposed twice.

    Raises:
        UsageError: There are two, of the same area of interest.
    """
    seen: dict[object, Path] = {}
    for path, file in files.items():
        searched = file.scene.sha256, file.detector.params.get("aoi_sha256")
        if searched in seen:
            raise UsageError(f"{seen[searched]} and {path}: are of the same scene; push one of them")
        seen[searched] = path


def _work(
    existing: dict[str | None, list[ExistingTask]],
    files: Iterable[CandidatesFile],
    audit: float,
    compared: ComparedScenes,
) -> Plan:
    """Return all that has to be changed, before anything is."""
    work = Plan([], [], 0)
    for file in files:
        of_scene = existing.setdefault(file.scene.sha256, [])
        wanted = review_tasks(file, audit=audit, before=compared.before.get(file.scene.sha256))
        add, remove, old = plan(wanted, of_scene)
        # So that a second area does not propose them again.
        of_scene += [ExistingTask(0, task) for task in add]
        work = Plan(work.add + add, work.remove + remove, work.existing + old)
    return work


def _existing_by_scene(server: Connection, project: Project) -> dict[str | None, list[ExistingTask]]:
    existing: dict[str | None, list[ExistingTask]] = {}
    for task in _existing(server, project):
        existing.setdefault(task.task.scene.sha256, []).append(task)
    return existing


def _existing(server: Connection, project: Project) -> Iterator[ExistingTask]:
    """Yield our tasks that are on the server, each with the boxes that analysts left in it."""
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
        yield ExistingTask(listed["id"], task, touched, boxes.get(listed["id"], ()))


def _boxes(listed: dict[str, Any]) -> Iterator[OrientedBox]:
    """Yield what analysts left or drew in a task, in scene pixels."""
    for annotation in listed["annotations"]:
        try:
            task = ReviewTask.from_json(listed["data"])
            read = read_annotation(task, annotation, task_id=listed["id"], project="", analyst="")
        except ValueError:
            continue  # `pull` says what is wrong with it
        yield from (verdict.box for verdict in read.verdicts if verdict.present)


def _known(log: Log | None) -> Callable[[str | None], KnownTypes]:
    sightings = list(log.sightings()) if log else []
    return cache(lambda airfield: known_types(sightings, airfield))


def _logged(log: Log | None) -> Logged:
    """Return a function that gives the aircraft that were logged in a scene."""
    seen: dict[str | None, list[Sighting]] = defaultdict(list)
    for sighting in log.sightings() if log else ():
        if sighting.evidence == "seen":
            seen[sighting.scene_sha256].append(sighting)
    return lambda sha256: seen.get(sha256, ())


def _lock(server: Connection, title: str) -> Path:
    name = hashlib.sha256(f"{server.url} {title}".encode()).hexdigest()[:16]
    return user_state_path("hardstand") / f"push-{name}.lock"
