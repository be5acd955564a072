"""Review projects on a server: found by their title, also after somebody renamed them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from annotate.labelstudio.connection import Connection
from annotate.labelstudio.interface import GHOST, labelling_interface, missing_tags
from annotate.labelstudio.task_columns import table_view
from imagery.errors import UsageError
from imagery.words import counted

FIELDS = "id,title,description,label_config,created_at,maximum_annotations"
PAGE = 100
SHORTEST_TITLE, LONGEST_TITLE = 3, 50
# A project keeps this when it is renamed.
MADE_AS = "Aircraft candidates to confirm, correct or reject. Made by hardstand as '{}'."
MOST_SCENES = 20  # with a picture in a project's description
MADE_AS_PATTERN = re.compile(re.escape(MADE_AS).replace(r"\{\}", "(.*)"))


@dataclass(frozen=True)
class Project:
    """A review project.

    Attributes:
        id: The server's number.
        title: What the user calls it; the log knows it by that, whatever it is renamed to on the server.
        called: What it is called on the server now.
        created: When it was made, by the server's clock, ISO 8601.
        page: Address of its page.
        analysts: To how many analysts each task is shown.
        missing: What its labelling interface lacks of ours, see `annotate.labelstudio.interface`.
        made_here: Whether hardstand made it.
        asks_gone: Whether its interface has the label of a box that asks whether an aircraft is gone.
    """

    id: int
    title: str
    called: str
    created: str
    page: str
    analysts: int
    missing: tuple[str, ...]
    made_here: bool
    asks_gone: bool

    @property
    def renamed(self) -> str | None:
        """A line that says so if it was renamed, else None."""
        if self.called == self.title:
            return None
        return f"project '{self.title}' is called '{self.called}' on the server now; it is the same project"


def find_project(server: Connection, title: str) -> Project | None:
    """Return the review project of a title, or else the one that was made under it; None without either.

    Raises:
        UsageError: There are two.
    """
    projects = list(_projects(server))
    named = [project for project in projects if project.title == title] or [
        project for project in projects if _made_as(project) == title
    ]
    if len(named) > 1:
        raise UsageError(
            f"{server.url}: {len(named)} projects are called '{title}'; rename all but one there"
        )
    return _project(server, named[0], title) if named else None


def find_review(server: Connection, title: str) -> Project:
    """Return the project of a title, with a labelling interface whose annotations can be read.

    Raises:
        UsageError: No project has that title, or its labelling interface is not ours.
    """
    project = find_project(server, title)
    if project is None:
        raise UsageError(f"{server.url}: no project is called '{title}'; push candidates to it first")
    if project.missing:
        raise UsageError(
            f"{server.url}: the labelling interface of project '{title}' is not hardstand's, or was changed: "
            f"it lacks {', '.join(project.missing)}; name another project, or push to this one to repair it"
        )
    return project


def review_project(server: Connection, title: str) -> Project:
    """Return the project of a title; make it if need be, or put our labelling interface back.

    Raises:
        UsageError: There are two, the one there was not made by hardstand and has another interface, or the
            server takes no such title.
    """
    project = find_project(server, title)
    if project is None:
        return create_project(server, title)
    if project.missing and not project.made_here:
        raise UsageError(
            f"{server.url}: the labelling interface of project '{title}' is not hardstand's; "
            "name another `project`"
        )
    if project.made_here and (project.missing or not project.asks_gone):
        server.repeated(lambda sdk: sdk.projects.update(project.id, label_config=labelling_interface()))
        return replace(project, asks_gone=True)
    return project


def create_project(server: Connection, title: str) -> Project:
    """Make a review project with our labelling interface.

    Raises:
        UsageError: The server takes no such title.
    """
    if not SHORTEST_TITLE <= len(title.strip()) <= LONGEST_TITLE:
        raise UsageError(
            f"`project` '{title}' has {counted(len(title.strip()), 'character')}; "
            f"a title has {SHORTEST_TITLE} to {LONGEST_TITLE}"
        )
    made = server.once(
        lambda sdk: sdk.projects.create(
            title=title,
            description=description(title, {}),
            label_config=labelling_interface(),
            sampling="Sequential sampling",  # by task number: the order in which they were pushed
        )
    )
    server.once(lambda sdk: sdk.views.create(project=made.id, data=table_view()))
    return _project(server, made, title)


def description(title: str, overviews: Mapping[str, str]) -> str:
    """Return a project's description: what it was made as, and where pictures of its scenes are.

    Args:
        title: What it was made as.
        overviews: Addresses on the server by the path of the scene; those after the twentieth are left out.
    """
    lines = [f"{Path(path).name} with numbered candidates: {place}" for path, place in overviews.items()]
    return "\n".join([MADE_AS.format(title), *lines[:MOST_SCENES]])


def _projects(server: Connection) -> Iterator[Any]:
    number = 1
    while True:
        page = _projects_page(server, number)
        yield from page.items
        if not page.response.next:
            return
        number += 1


def _projects_page(server: Connection, number: int) -> Any:
    return server.repeated(lambda sdk: sdk.projects.list(include=FIELDS, page=number, page_size=PAGE))


def _made_as(project: Any) -> str | None:
    match = MADE_AS_PATTERN.search(project.description or "")
    return match[1] if match else None


def _project(server: Connection, project: Any, title: str) -> Project:
    return Project(
        id=project.id,
        title=title,
        called=project.title,
        created=project.created_at.isoformat(),
        page=f"{server.url}/projects/{project.id}/data",
        analysts=project.maximum_annotations,
        missing=tuple(missing_tags(project.label_config or "")),
        made_here=_made_as(project) is not None,
        asks_gone=GHOST in (project.label_config or ""),
    )
