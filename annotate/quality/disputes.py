"""Sightings that go back to the analysts: they disagree, or a type that takes a reason has none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from annotate.labelstudio.connection import Connection
from annotate.labelstudio.interface import needs_reason
from annotate.labelstudio.projects import find_project
from annotate.log.entries import Sighting, Verdict
from annotate.log.store import Log
from annotate.quality.judged_aircraft import JudgedAircraft, judged_aircraft

# Of JSON.
SIGHTING_MEMBERS = "id because airfield lon lat acquired center_px scene_path scene_sha256 project rendered"
VERDICT_MEMBERS = "analyst verdict type size_class operator tail_number note annotated task_id"


@dataclass(frozen=True)
class Dispute:
    """A disputed sighting and the verdicts on it.

    Attributes:
        sighting: As the log has it now.
        verdicts: The latest of each analyst; of those without a reason, where one is missing.
        needs: ``settlement`` where they disagree, ``reason`` where a type was named that the pixels alone do
            not show, without saying why.
        project_pages: Addresses of review projects on the server, by title; see `with_links`.
    """

    sighting: Sighting
    verdicts: tuple[Verdict, ...]
    needs: Literal["settlement", "reason"] = "settlement"
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
        return members | {"needs": self.needs, "verdicts": verdicts}


def review_disputes(log: Log, project: str | None = None) -> list[Dispute]:
    """Return the sightings that need an analyst again, in the order of their first verdict.

    Args:
        log: An open log.
        project: Title of a review project, to count only its verdicts.

    Raises:
        LogError: The log cannot be read.
    """
    aircraft = judged_aircraft(log.entries(), lambda verdict: project in {None, verdict.project})
    return [dispute for judged in aircraft if (dispute := _dispute(judged)) is not None]


def _dispute(judged: JudgedAircraft) -> Dispute | None:
    if judged.sighting is None or judged.sighting.status == "withdrawn":
        return None
    if judged.sighting.status == "disputed":
        return Dispute(judged.sighting, judged.verdicts)
    unreasoned = tuple(filter(lacks_reason, judged.verdicts))
    return Dispute(judged.sighting, unreasoned, "reason") if unreasoned else None


def lacks_reason(verdict: Verdict) -> bool:
    """Check whether a verdict names a type that takes a reason and gives none."""
    return (
        verdict.withdrawn is None
        and verdict.present
        and verdict.type is not None
        and verdict.type_reason is None
        and needs_reason(verdict.type, verdict.scene.gsd_m)
    )


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
