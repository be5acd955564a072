"""How a review stands: all that ``hardstand review status`` says."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from annotate.quality.agreement import Agreement, presence_agreement, type_agreement
from annotate.quality.detector_precision import (
    AuditProgress,
    Proportion,
    VerdictCount,
    audit_so_far,
    precision_so_far,
    verdicts_by_analyst,
)
from annotate.quality.judged_aircraft import JudgedAircraft
from annotate.quality.pace import (
    AnalystPace,
    HourPace,
    Pace,
    TaskAnswers,
    TaskCount,
    count_tasks,
    pace_by_analyst,
    pace_by_hour,
)


@dataclass(frozen=True)
class Findings:
    """What the verdicts in the log come to.

    Attributes:
        verdicts: By analyst; the latest of each on each aircraft.
        precision: The detector's, of the candidates that are decided on; None while none is.
        undecided: Candidates and drawn aircraft that analysts contradict each other about.
        presence: Agreement on whether an aircraft is there.
        type: Agreement on its type.
        audit: None where no tile was audited.
    """

    verdicts: dict[str, VerdictCount]
    precision: Proportion | None
    undecided: int
    presence: Agreement
    type: Agreement
    audit: AuditProgress | None


@dataclass(frozen=True)
class ReviewStatus:
    """How a project stands.

    Attributes:
        project: Its title.
        tasks: Done and left.
        analysts: What each has done.
        hours: What each has done in each hour.
        findings: None where there is no log yet.
    """

    project: str
    tasks: TaskCount
    analysts: list[AnalystPace]
    hours: list[HourPace]
    findings: Findings | None

    def to_json(self) -> dict[str, Any]:
        """As JSON members."""
        return {
            "project": self.project,
            "tasks": self.tasks._asdict(),
            "analysts": [{**_pace(pace), "per_hour": pace.per_hour} for pace in self.analysts],
            "hours": [{"hour": f"{pace.hour:%Y-%m-%dT%H:%M:%SZ}", **_pace(pace)} for pace in self.hours],
            **_findings(self.findings),
        }


def review_status(
    project: str,
    tasks: Sequence[TaskAnswers],
    aircraft: Iterable[JudgedAircraft] | None,
    *,
    wanted: int = 1,
    adjudicators: Collection[str] = (),
) -> ReviewStatus:
    """How a project stands.

    Args:
        project: Its title.
        tasks: Of the server.
        aircraft: Of the log, this project's only; None where there is no log.
        wanted: How many analysts are to answer each task.
        adjudicators: Analysts whose word settles, and is not counted for agreement.
    """
    return ReviewStatus(
        project=project,
        tasks=count_tasks(tasks, wanted),
        analysts=pace_by_analyst(tasks),
        hours=pace_by_hour(tasks),
        findings=None if aircraft is None else _found(list(aircraft), tasks, adjudicators),
    )


def _found(
    aircraft: Sequence[JudgedAircraft], tasks: Sequence[TaskAnswers], adjudicators: Collection[str]
) -> Findings:
    return Findings(
        verdicts=verdicts_by_analyst(aircraft),
        precision=precision_so_far(aircraft, adjudicators),
        undecided=sum(one.is_aircraft(adjudicators) is None for one in aircraft),
        presence=presence_agreement(aircraft, tasks, adjudicators),
        type=type_agreement(aircraft, adjudicators),
        audit=audit_so_far(tasks, aircraft, adjudicators),
    )


def _pace(pace: Pace) -> dict[str, Any]:
    return {
        "analyst": pace.analyst,
        "tasks": pace.tasks,
        "skipped": pace.skipped,
        "median_lead_time_s": pace.median_lead_time_s,
        "hasty": pace.hasty,
    }


def _findings(findings: Findings | None) -> dict[str, Any]:
    if findings is None:
        return dict.fromkeys(("verdicts", "precision", "undecided", "agreement", "audit"))
    precision = findings.precision
    return {
        "verdicts": [
            {"analyst": analyst, **count._asdict(), "rates": count.rates}
            for analyst, count in findings.verdicts.items()
        ],
        "precision": precision and {**precision._asdict(), "share": precision.share},
        "undecided": findings.undecided,
        "agreement": {"presence": findings.presence._asdict(), "type": findings.type._asdict()},
        "audit": findings.audit and _audit(findings.audit),
    }


def _audit(audit: AuditProgress) -> dict[str, Any]:
    found = audit.recall
    return {
        "scenes": audit.scenes,
        "drawn": audit.drawn,
        "answered": audit.answered,
        "open_tiles": audit.open_tiles,
        "estimate": found
        and {
            "found": found.found,
            "missed": found.missed,
            "free_tiles": found.free,
            "unseen": found.unseen._asdict(),
            "recall": found.recall._asdict(),
            "more_tiles": found.more_tiles,
        },
    }
