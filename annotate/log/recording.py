"""From verdicts to sightings: what is new of them, and what then holds of the aircraft they speak of."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from annotate.log.chain import origin_id
from annotate.log.chips import Chips
from annotate.log.consensus import Outcome, agree, latest_of_each_analyst
from annotate.log.database import entries
from annotate.log.entries import SceneReview, Sighting, Verdict
from annotate.log.held import Held, held_about, log_held
from annotate.log.payload import payload_of
from annotate.log.reading import find, latest
from annotate.log.subjects import Subjects
from annotate.log.writing import Writer, digest
from imagery.record import SceneRecord

CutChips = Callable[[Sighting, SceneRecord], Chips | None]
# What the canonical text of a sighting has in it that was seen and has no chips.
WITHOUT_CHIPS = ('"chip":null', '"evidence":"seen"')


class SettlingRules(NamedTuple):
    """When verdicts settle what holds of an aircraft; see `annotate.log.consensus.agree`.

    Attributes:
        min_verdicts: How many analysts must have given one.
        adjudicators: Analysts whose word settles it.
    """

    min_verdicts: int
    adjudicators: Collection[str]


def record_verdicts(writer: Writer, verdicts: Iterable[Verdict]) -> tuple[list[Verdict], list[str]]:
    """Log what is new of some verdicts.

    Returns:
        Those that were new, and the aircraft that all of them, also the known ones, are about.
    """
    subjects = Subjects(writer.connection)
    new: list[Verdict] = []
    affected: dict[str, None] = {}
    for verdict in verdicts:
        query = (
            select(entries.c.subject, entries.c.payload)
            .where(entries.c.statement == verdict.statement)
            .order_by(entries.c.seq.desc())
            .limit(1)
        )
        row = writer.connection.execute(query).first()
        before = None if row is None else Verdict.from_payload(payload_of(row.payload))
        subject = subjects.subject_of(verdict, row.subject if row else None)
        affected[subject] = None
        if before and (verdict.says_the_same_as(before) or _is_stale(verdict, before)):
            continue
        draft = writer.draft(subject, verdict.to_payload(), verdict.origin)
        writer.append(draft, statement=verdict.statement, scene=verdict.scene.sha256)
        subjects.note(verdict, subject)
        new.append(verdict)
    return new, list(affected)


def log_review(writer: Writer, review: SceneReview) -> bool:
    """Log how far the review of a scene has come, and return whether that was new."""
    scene = review.scene.sha256 or review.scene.path
    subject = f"scene {scene} in {review.project}"
    before = latest(writer.connection, "scene", subject)
    supersedes = None if before is None else before["id"]
    draft = writer.draft(subject, replace(review, supersedes=supersedes).to_payload())
    # By digest: what was read back has lists for tuples.
    if before is not None and digest(before) == digest(draft.payload):
        return False
    writer.append(draft, scene=review.scene.sha256)
    return True


def _is_stale(verdict: Verdict, before: Verdict) -> bool:
    """Check whether it was read from the server before what the log holds: another pull was faster."""
    if verdict.withdrawn is not None:
        return False
    return datetime.fromisoformat(verdict.annotated) <= datetime.fromisoformat(before.annotated)


def settle(
    writer: Writer, subject: str, rules: SettlingRules, cut: CutChips | None = None
) -> Sighting | None:
    """Log what holds of an aircraft now, if that is not what the log says already.

    Args:
        writer: The log's end.
        subject: The aircraft.
        rules: When analysts agree.
        cut: Cuts the chips of a new sighting; None where the scene is not at hand.

    Returns:
        The new sighting, or None.
    """
    verdicts = _verdicts_about(writer, subject)
    outcome = agree(verdicts, min_verdicts=rules.min_verdicts, adjudicators=rules.adjudicators)
    settled = _settled(outcome)
    held = held_about(writer.connection, Sighting, subject)
    if held is None:
        if outcome is None or outcome.status == "withdrawn":
            return None
        new = Held(subject, _sighting_of(outcome, None), settled=settled)
    elif settled == held.settled:
        return None
    else:
        if outcome is not None:
            sighting = _sighting_of(outcome, held.entry)
        else:
            because = _why_none(verdicts, rules)
            sighting = replace(held.entry, status="withdrawn", because=because, supersedes=held.entry.id)
        new = held._replace(entry=held.amendment.applied_to(sighting), settled=settled)
        if new.entry.status == held.entry.status == "withdrawn":
            return None
    if cut is None or outcome is None or new.entry.status == "withdrawn":
        return log_held(writer, new)
    scene = outcome.verdict.scene
    return log_held(writer, new, lambda sighting: cut(sighting, scene))


def _settled(outcome: Outcome | None) -> dict[str, Any]:
    if outcome is None:
        return {"status": "withdrawn", "verdicts": []}
    return {"status": outcome.status, "verdicts": [_verdict_id(verdict) for verdict in outcome.counting]}


def _verdict_id(verdict: Verdict) -> str:
    return origin_id(f"verdict {verdict.origin}")


def add_chips(writer: Writer, subject: str, cut: CutChips) -> Sighting | None:
    """Log the chips of a sighting that has none, by an entry that differs in nothing else.

    Args:
        writer: The log's end.
        subject: The aircraft.
        cut: Cuts them, if its scene is at hand.

    Returns:
        The new entry; None where it has chips, was withdrawn, rests on no verdict, or they cannot be cut.
    """
    payload = latest(writer.connection, "sighting", subject)
    if payload is None or not awaits_chips(payload):
        return None
    scene = scene_of(writer.connection, payload)
    draft = writer.draft(subject, {**payload, "supersedes": payload["id"]})
    chips = cut(Sighting.from_payload(draft.payload), scene)
    if chips is None:
        return None
    draft.payload.update(chips._asdict())
    writer.append(draft, scene=scene.sha256)
    return Sighting.from_payload(draft.payload)


def awaits_chips(payload: Mapping[str, Any]) -> bool:
    """Check whether a sighting holds, rests on a verdict, and has no chips."""
    return not payload["chip"] and payload["status"] != "withdrawn" and bool(payload["verdict_id"])


def scene_of(connection: Connection, payload: Mapping[str, Any]) -> SceneRecord:
    """Read the scene that is named by the verdict which a sighting rests on."""
    return Verdict.from_payload(payload_of(find(connection, payload["verdict_id"]).payload)).scene


def _verdicts_about(writer: Writer, subject: str) -> list[Verdict]:
    query = (
        select(entries.c.payload)
        .where(entries.c.kind == "verdict", entries.c.subject == subject)
        .order_by(entries.c.seq)
    )
    return [Verdict.from_payload(payload_of(text)) for text in writer.connection.scalars(query)]


def _sighting_of(outcome: Outcome, before: Sighting | None) -> Sighting:
    """Make a sighting of an outcome; its chips are those of the one before while its box is the same."""
    verdict, scene = outcome.verdict, outcome.verdict.scene
    members: dict[str, Any] = dict.fromkeys(Sighting.__dataclass_fields__)
    members |= {name: value for name, value in vars(verdict).items() if name in members}
    members |= {name: value for name, value in vars(scene).items() if name in members}
    box = (scene.sha256, verdict.center_px, verdict.box_px)
    if before is not None and (before.scene_sha256, before.center_px, before.box_px) == box:
        members |= {name: getattr(before, name) for name in Chips._fields}
    return Sighting(
        **members
        | {
            "id": "",
            "status": outcome.status,
            "evidence": "seen",
            "supersedes": before.id if before else None,
            "because": outcome.because,
            "count": 1,
            "analyst": ", ".join(outcome.analysts),
            "analysts": len(outcome.analysts),
            "scene_path": scene.path,
            "scene_sha256": scene.sha256,
            "private": False,
            "verdict_id": _verdict_id(verdict),
            "logged": "",
        }
    )


def _why_none(verdicts: list[Verdict], rules: SettlingRules) -> str:
    counting = latest_of_each_analyst(verdicts)
    if counting:
        return f"{len(counting)} of {rules.min_verdicts} analysts have given a verdict"
    return next(verdict.withdrawn for verdict in reversed(verdicts) if verdict.withdrawn) or ""
