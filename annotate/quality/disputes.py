"""Sightings on which analysts disagree."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from annotate.labelstudio.connection import Connection
from annotate.labelstudio.projects import find_project
from annotate.log.entries import Sighting, Verdict
from annotate.log.store import Log
from annotate.quality.judged_aircraft import judged_aircraft

# Of JSON.
SIGHTING_MEMBERS = "id because airfield lon lat acquired center_px scene_path scene_sha256 project rendered"
VERDICT_MEMBERS = "analyst verdict type size_class operator tail_number note annotated task_id"


@dataclass(frozen=True)
class Dispute:
    """A disputed sighting and the verdicts on it.

    Attributes:
        sighting: As the log has it now.
        verdicts: The latest of each analyst.
        project_pages: Addresses of review projects on the server, by title; see `with_links`.
    """

    sighting: Sighting
    verdicts: tuple[Verdict, ...]
    project_pages: dict[str, str] = field(default_factory=dict)

    def task_url(self, verdict: Verdict) -> str | None:
        """Return the address of the task in which a verdict was given; None where that is unknown."""
        page = self.project_pages.get(verdict.project)
        return page and f"{page}?task={verdict.task_id}"

    def to_json(self) -> dict[str, Any]:
        """Return the dispute as JSON members."""
        verdicts = [
            {name: getattr(verdict, name) for name in VERDICT_MEMBERS.split()}
            | {"task_url": self.task_url(verdict)}
            for verdict in self.verdicts
        ]
        members = {name: getattr(self.sighting, name) for name in SIGHTING_MEMBERS.split()}
        return members | {"verdicts": verdicts}


def review_disputes(log: Log, project: str | None = None) -> list[Dispute]:
    """Return the disputed sightings of a log, in the order of their first verdict.

    Args:
        log: An open log.
        project: Title of a review project, to count only its verdicts.

    Raises:
        LogError: The log cannot be read.
    """
    aircraft = judged_aircraft(log.entries(), lambda verdict: project in {None, verdict.project})
    return [
        Dispute(judged.sighting, judged.verdicts)
        for judged in aircraft
        if judged.sighting is not None and judged.sighting.status == "disputed"
    ]


def with_links(disputes: Iterable[Dispute], server: Connection) -> list[Dispute]:
    """Return disputes with the addresses of their tasks, as far as the server still has their projects.

    Raises:
        HardstandError: The server does not answer.
    """
    disputes = list(disputes)
    titles = {verdict.project for dispute in disputes for verdict in dispute.verdicts}
    projects = filter(None, (find_project(server, title) for title in sorted(titles)))
    pages = {project.title: project.page for project in projects}
    return [replace(dispute, project_pages=pages) for dispute in disputes]
