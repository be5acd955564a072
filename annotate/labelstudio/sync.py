"""Candidates to the server, verdicts back; either can be repeated or interrupted at any time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, cast

from annotate.labelstudio.annotations import verdicts_of
from annotate.labelstudio.connection import Connection, Project
from annotate.labelstudio.tasks import MODEL_VERSION, ReviewTask, review_tasks, tile_jpeg
from annotate.log.entry import Verdict
from detect import Progress
from detect.candidate import CandidatesFile, read_candidates
from detect.folder import candidates_files
from imagery.errors import HardstandError, UsageError
from imagery.scene import Scene, SceneOptions, open_scene

BATCH = 50  # tasks a request; what an interruption costs at most
PAGE = 500


class Pushed(NamedTuple):
    """What a push did.

    Attributes:
        project: The review project.
        tasks: Tasks added.
        candidates: Candidates in them.
        known: Candidates that were on the server already.
    """

    project: Project
    tasks: int
    candidates: int
    known: int


class Pulled(NamedTuple):
    """What was read from a project.

    Attributes:
        verdicts: What the annotations say.
        foreign: Numbers of tasks that are not ours, or are damaged, with the reason.
    """

    verdicts: list[Verdict]
    foreign: list[tuple[int, str]]


def push(
    server: Connection, places: Iterable[str], title: str, *, progress: Progress | None = None
) -> Pushed:
    """Bring candidates before the analysts: one task a tile, its picture with it.

    A candidate that is on the server already is left alone, so pushing again adds nothing and a push that was
    interrupted is taken up by repeating it.

    Args:
        server: Where to.
        places: Candidates files, or folders of them.
        title: The project; made with our labelling interface if it is not there.
        progress: Called with the number of tasks done and their total.

    Raises:
        UsageError: A file or scene is not there or is not what it was, or the project is not ours.
        HardstandError: The server fails.
    """
    work = [(path, _Source(path)) for path in candidates_files(places)]
    project = server.find_project(title)
    known = _known_candidates(server, project) if project else set()
    jobs = [(source, task) for _, source in work for task in _new_tasks(source.file, known)]
    for source in dict.fromkeys(source for source, _ in jobs):
        source.check_scene()  # before anything is made on the server
    project = project or server.create_project(title)
    for start in range(0, len(jobs), BATCH):
        batch = jobs[start : start + BATCH]
        _import(server, project, batch)
        if progress:
            progress(start + len(batch), len(jobs))
    with server.errors():
        server.sdk.projects.update(project.id, model_version=MODEL_VERSION)
    pushed = sum(len(task.candidates) for _, task in jobs)
    total = sum(len(source.file.candidates) for _, source in work)
    return Pushed(project, len(jobs), pushed, total - pushed)


def pull(server: Connection, title: str) -> Pulled:
    """Read what the analysts said.

    Args:
        server: Where from.
        title: The project.

    Raises:
        UsageError: There is no such project, or it is not ours.
        HardstandError: The server fails.
    """
    project = server.find_project(title)
    if project is None:
        raise UsageError(f"{server.url}: no project is called '{title}'; push candidates to it first")
    pulled = Pulled([], [])
    with server.errors():
        analysts = {user.id: user.email for user in server.sdk.users.list()}
    for task in _tasks(server, project):
        try:
            ours = ReviewTask.from_json(task["data"])
            said: list[Verdict] = []  # a task is left out as a whole
            for annotation in _finished(task):
                analyst = analysts.get(annotation["completed_by"], f"user {annotation['completed_by']}")
                said += verdicts_of(ours, annotation, task_id=task["id"], project=title, analyst=analyst)
            pulled.verdicts.extend(said)
        except ValueError as reason:
            pulled.foreign.append((task["id"], str(reason)))
    return pulled


class _Source:
    """A candidates file and the scene it speaks of."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file: CandidatesFile = read_candidates(path)

    def open_scene(self) -> Scene:
        """The scene, found from here or from beside the candidates file, opened as it was."""
        name = self.file.scene.path
        beside = self.path.parent / name
        here = Path(name).exists() or not beside.exists()
        return open_scene(name if here else beside, **cast(SceneOptions, self.file.scene.opened_with))

    def check_scene(self) -> None:
        """Make sure that the scene is the one that was searched.

        Raises:
            UsageError: It has changed since, so its pixels are no evidence for these candidates.
        """
        with self.open_scene() as scene:
            now, then = scene.record(), self.file.scene
            # Over a network the pixels were hashed as they were read; the server's word must do.
            same = now.etag == then.etag if scene.remote else now.sha256 == then.sha256
            if not same:
                raise UsageError(
                    f"{scene.path}: has changed since {self.path} was made; "
                    "run `hardstand detect` on it again"
                )


def _new_tasks(file: CandidatesFile, known: set[str]) -> list[ReviewTask]:
    """The tasks for candidates that are not known yet; from then on they are."""
    tasks = []
    for task in review_tasks(file):
        new = tuple(candidate for candidate in task.candidates if candidate.id not in known)
        if new:
            known.update(candidate.id for candidate in new)
            tasks.append(replace(task, candidates=new))
    return tasks


def _import(server: Connection, project: Project, batch: Sequence[tuple[_Source, ReviewTask]]) -> None:
    images: dict[str, bytes] = {}
    for source in dict.fromkeys(source for source, _ in batch):
        with source.open_scene() as scene:
            images |= {
                task.image_name: tile_jpeg(scene, task.tile) for owner, task in batch if owner is source
            }
    places = server.upload(project, images)
    request = [task.to_json(places[task.image_name]) for _, task in batch]
    with server.errors():
        answer = server.sdk.projects.import_tasks(project.id, request=request)
    if answer.task_count != len(request):
        raise HardstandError(f"{server.url}: took {answer.task_count} of {len(request)} tasks; push again")


def _known_candidates(server: Connection, project: Project) -> set[str]:
    known: set[str] = set()
    for task in _tasks(server, project):
        try:
            known.update(candidate.id for candidate in ReviewTask.from_json(task["data"]).candidates)
        except ValueError:
            continue  # somebody else's task
    return known


def _tasks(server: Connection, project: Project) -> Iterator[dict[str, Any]]:
    """Every task of a project with its annotations, as plain dictionaries."""
    with server.errors():
        for task in server.sdk.tasks.list(project=project.id, page_size=PAGE, fields="all"):
            yield task if isinstance(task, dict) else task.model_dump()


def _finished(task: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The task's annotations that are answers: not skipped."""
    for annotation in task.get("annotations") or ():
        if not annotation.get("was_cancelled"):
            yield annotation
