"""How a review stands: all that ``hardstand review status`` shows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from annotate.labelstudio.client import connected
from annotate.labelstudio.connection import Connection
from annotate.labelstudio.projects import find_review
from annotate.labelstudio.pull_state import last_state
from annotate.labelstudio.task_listing import ANNOTATED, list_tasks
from annotate.log.store import Log
from annotate.quality.agreement import Agreement, presence_agreement, type_agreement
from annotate.quality.audit_recall import AuditProgress, audit_so_far
from annotate.quality.detector_precision import (
    Proportion,
    VerdictCount,
    precision_so_far,
    verdicts_by_analyst,
)
from annotate.quality.judged_aircraft import JudgedAircraft, judged_aircraft
from annotate.quality.pace import (
    AnalystPace,
    HourPace,
    Pace,
    TaskAnswers,
    TaskCount,
    TileCount,
    count_by_state,
    count_tiles,
    pace_by_analyst,
    pace_by_hour,
    task_answers,
)
from annotate.quality.random_precision import random_precision
from annotate.quality.score_reliability import Scores, score_reliability


@dataclass(frozen=True)
class VerdictSummary:
    """What follows from the verdicts in the log.

    Attributes:
        by_analyst: The number of verdicts of each kind.
        precision: The share of the decided candidates that are aircraft; None while none is decided.
        at_random: The same share in tiles that were drawn at random; None without such.
        undecided: Candidates and drawn boxes that analysts contradict each other about.
        presence: Agreement on whether an aircraft is there.
        type: Agreement on its type.
        audit: The detector's recall; None where no tile was audited.
        scores: What scores were worth, by detector and sensor.
    """

    by_analyst: dict[str, VerdictCount]
    precision: Proportion | None
    at_random: Proportion | None
    undecided: int
    presence: Agreement
    type: Agreement
    audit: AuditProgress | None
    scores: list[Scores]


@dataclass(frozen=True)
class ReviewStatus:
    """How a review project stands.

    Attributes:
        project: Its title.
        tasks: Done and left.
        tiles: Of the searched ground, what people have seen.
        analysts: The work of each.
        hours: The work of each in each hour.
        verdicts: None where there is no log yet.
    """

    project: str
    tasks: TaskCount
    tiles: TileCount
    analysts: list[AnalystPace]
    hours: list[HourPace]
    verdicts: VerdictSummary | None

    def to_json(self) -> dict[str, Any]:
        """Return the status as JSON members."""
        return {
            "project": self.project,
            "tasks": self.tasks._asdict(),
            "tiles": self.tiles._asdict(),
            "analysts": [{**_pace(pace), "per_hour": pace.per_hour} for pace in self.analysts],
            "hours": [{"hour": f"{pace.hour:%Y-%m-%dT%H:%M:%SZ}", **_pace(pace)} for pace in self.hours],
            **_verdicts(self.verdicts),
        }


def review_status(
    project: str,
    log: Log | None,
    *,
    adjudicators: Collection[str] = (),
    server: Connection | None = None,
) -> ReviewStatus:
    """Return how a review project stands: its tasks by the server, its verdicts by the log.

    Args:
        project: Title of the project.
        log: An open log, as of the last pull; None before the first.
        adjudicators: Analysts whose verdict settles a dispute and does not count for agreement; by default
            those of the last pull from here into this log.
        server: Where the project is; None for the server that the environment names, or the one started
            here.

    Raises:
        UsageError: The server has no such review project.
        HardstandError: The server does not answer.
        LogError: The log cannot be read.
    """
    with connected(server) as connection:
        review = find_review(connection, project)
        tasks = list(task_answers(list_tasks(connection, review.id, ANNOTATED), connection.users()))
    aircraft = None
    if log is not None:
        aircraft = _aircraft_of(log, tasks)
        adjudicators = adjudicators or last_state(review.id, review.created, log.name).adjudicators
    return status_of(project, tasks, aircraft, needed=review.analysts, adjudicators=adjudicators)


def _aircraft_of(log: Log, tasks: Iterable[TaskAnswers]) -> list[JudgedAircraft]:
    """Return the aircraft with verdicts from some tasks.

    They are known by their annotations: the project may have had another title, and other servers have tasks
    of the same numbers.
    """
    annotations = {answer.annotation for task in tasks for answer in task.answers}
    return list(judged_aircraft(log.entries(), lambda verdict: verdict.annotation in annotations))


def status_of(
    project: str,
    tasks: Sequence[TaskAnswers],
    aircraft: Sequence[JudgedAircraft] | None,
    *,
    needed: int = 1,
    adjudicators: Collection[str] = (),
) -> ReviewStatus:
    """Sum up a project.

    Args:
        project: Title of the project.
        tasks: Its tasks with their answers.
        aircraft: Its aircraft in the log; None where there is no log.
        needed: How many analysts are to answer each task.
        adjudicators: Analysts whose verdict settles a dispute and does not count for agreement.
    """
    return ReviewStatus(
        project=project,
        tasks=count_by_state(tasks, needed),
        tiles=count_tiles(tasks),
        analysts=pace_by_analyst(tasks),
        hours=pace_by_hour(tasks),
        verdicts=None
        if aircraft is None
        else VerdictSummary(
            by_analyst=verdicts_by_analyst(aircraft),
            precision=precision_so_far(aircraft, adjudicators),
            at_random=random_precision(tasks, aircraft, adjudicators),
            undecided=sum(judged.is_aircraft(adjudicators) is None for judged in aircraft),
            presence=presence_agreement(aircraft, tasks, adjudicators),
            type=type_agreement(aircraft, adjudicators),
            audit=audit_so_far(tasks, aircraft, adjudicators),
            scores=score_reliability(aircraft, adjudicators),
        ),
    )


def _pace(pace: Pace) -> dict[str, Any]:
    return {
        "analyst": pace.analyst,
        "tasks": pace.tasks,
        "skipped": pace.skipped,
        "median_lead_time_s": pace.median_lead_time_s,
        "hasty": pace.hasty,
    }


def _verdicts(summary: VerdictSummary | None) -> dict[str, Any]:
    if summary is None:
        return dict.fromkeys(
            ("verdicts", "precision", "precision_at_random", "undecided", "agreement", "audit", "scores")
        )
    return {
        "verdicts": [
            {"analyst": analyst, **count._asdict(), "rates": count.rates}
            for analyst, count in summary.by_analyst.items()
        ],
        "precision": _share(summary.precision),
        "precision_at_random": _share(summary.at_random),
        "undecided": summary.undecided,
        "agreement": {"presence": summary.presence._asdict(), "type": summary.type._asdict()},
        "audit": summary.audit and _audit(summary.audit),
        "scores": [scores.to_json() for scores in summary.scores],
    }


def _share(proportion: Proportion | None) -> dict[str, Any] | None:
    return proportion and {**proportion._asdict(), "share": proportion.share}


def _audit(audit: AuditProgress) -> dict[str, Any]:
    recall = audit.recall
    return {
        "scenes": audit.scenes,
        "drawn": audit.drawn,
        "answered": audit.answered,
        "open_tiles": audit.open_tiles,
        "estimate": recall
        and {
            "found": recall.found,
            "missed": recall.missed,
            "free_tiles": recall.free,
            "unseen": recall.unseen._asdict(),
            "recall": recall.recall._asdict(),
            "more_tiles": recall.more_tiles,
        },
    }
