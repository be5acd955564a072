"""Review projects on a server: found by their title, also after somebody renamed them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from annotate.labelstudio.client import Connection
from annotate.labelstudio.interface import labelling_interface, missing_tags
from imagery.errors import UsageError

FIELDS = "id,title,description,label_config,created_at"
PAGE = 100
# A project keeps this when it is renamed.
MADE_AS = "Aircraft candidates to confirm, correct or reject. Made by hardstand as '{}'."
MADE_AS_PATTERN = re.compile(re.escape(MADE_AS).replace(r"\{\}", "(.*)"))


@dataclass(frozen=True)
class Project:
    """A review project.

    Attributes:
        id: The server's number.
        title: What the user calls it; the log knows it by that, whatever it is renamed to on the server.
        called: What it is called on the server now.
        created: When it was made, by the server's clock, ISO 8601.
        missing: What its labelling interface lacks of ours, see `annotate.labelstudio.interface`.
    """

    id: int
    title: str
    called: str
    created: str
    missing: tuple[str, ...] = ()

    @property
    def renamed(self) -> str | None:
        """A line that says so if it was renamed, else None."""
        if self.called == self.title:
            return None
        return f"project '{self.title}' is called '{self.called}' on the server now; it is the same one"


def find_project(server: Connection, title: str) -> Project | None:
    """The review project of that title, or else the one that was made under it; None where there is none.

    Raises:
        UsageError: There are two.
    """
    there = list(_projects(server))
    found = [one for one in there if one["title"] == title] or [
        one for one in there if _made_as(one) == title
    ]
    if len(found) > 1:
        raise UsageError(
            f"{server.url}: {len(found)} projects are called '{title}'; rename all but one there"
        )
    return _project(found[0], title) if found else None


def find_review(server: Connection, title: str) -> Project:
    """The project of that title, with a labelling interface whose annotations can be read.

    Raises:
        UsageError: There is none, or its labelling interface is not ours.
    """
    project = find_project(server, title)
    if project is None:
        raise UsageError(f"{server.url}: no project is called '{title}'; push candidates to it first")
    if project.missing:
        raise UsageError(
            f"{server.url}: the labelling interface of project '{title}' is not hardstand's, or no longer: "
            f"it lacks {', '.join(project.missing)}; name another project, or push to this one to mend it"
        )
    return project


def review_project(server: Connection, title: str) -> Project:
    """The project of that title, made if it is not there, with our labelling interface put back if need be.

    Raises:
        UsageError: There are two, or the one there was not made by hardstand and has another interface.
        Refused: The title is longer than the server allows.
    """
    project = find_project(server, title)
    if project is None:
        return create_project(server, title)
    if project.missing:
        path = f"/api/projects/{project.id}/"
        if _made_as(server.get(path)) is None:
            raise UsageError(
                f"{server.url}: the labelling interface of project '{title}' is not hardstand's; "
                "name another with --project"
            )
        server.patch(path, {"label_config": labelling_interface()})
    return project


def create_project(server: Connection, title: str) -> Project:
    """A new review project with our labelling interface."""
    settings = {
        "title": title,
        "description": MADE_AS.format(title),
        "label_config": labelling_interface(),
        "sampling": "Sequential sampling",  # by task number: the order in which they were pushed
    }
    return _project(server.post("/api/projects/", json=settings), title)


def _projects(server: Connection) -> Iterator[dict[str, Any]]:
    page = 0
    while True:
        page += 1
        answer = server.get("/api/projects/", include=FIELDS, page=page, page_size=PAGE)
        yield from answer["results"]
        if not answer["next"]:
            return


def _made_as(project: dict[str, Any]) -> str | None:
    match = MADE_AS_PATTERN.search(project["description"] or "")
    return match[1] if match else None


def _project(found: dict[str, Any], title: str) -> Project:
    missing = tuple(missing_tags(found["label_config"] or ""))
    return Project(found["id"], title, found["title"], found["created_at"], missing)
