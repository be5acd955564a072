"""An entry of the log in words, a line per fact: what, where, when, who says so, and from what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from annotate.cli.output import position_text, size_text
from annotate.exports.rounding import rounded_sighting
from annotate.log.checkpoints import Checkpoint
from annotate.log.entries import ENTRY_CLASSES, Movement, SceneReview, Sighting, Verdict
from annotate.log.keys import KeyStatement, short_key
from annotate.log.size_check import measured_size, size_check
from annotate.log.stamps import Stamp, fingerprint
from annotate.query.searched_scenes import gather_scenes
from annotate.report.plain_words import (
    JUDGEMENT,
    airfield_words,
    date_range_words,
    date_words,
    grade_words,
    likelihood_words,
    type_words,
)
from detect.box import heading_words
from imagery.grid import LonLat
from imagery.measures import place_words
from imagery.record import SceneRecord
from imagery.words import counted

Fact = tuple[str, str | None]
SWAPPED = ": nose and tail could be swapped"
UNITS = {"m": "m", "deg": "°", "px": "pixels"}
LIMITED_TO_DAYS = {"day", "month"}


def facts_of(payload: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what an entry says, as names and words; what is not known is left out.

    Args:
        payload: The entry, of any kind.
    """
    facts: Iterable[Fact]
    match ENTRY_CLASSES[payload["kind"]].from_payload(dict(payload)):
        case Sighting() as sighting:
            facts = _sighting(rounded_sighting(sighting))
        case Movement() as movement:
            facts = _movement(movement)
        case Verdict() as verdict:
            facts = _verdict(verdict)
        case SceneReview() as review:
            facts = _review(review)
        case KeyStatement() as statement:
            facts = _key(statement)
        case Checkpoint() as checkpoint:
            facts = _checkpoint(checkpoint)
        case Stamp() as stamp:
            facts = _stamp(stamp)
    facts = chain(facts, [("signature", signature_words(payload))])
    return [(name, words) for name, words in facts if words]


def signature_words(payload: Mapping[str, Any]) -> str:
    """Return who signed an entry, as what; `log verify` checks whether they did."""
    signature = payload.get("signature")
    if signature is None:
        return "none: only its words say who recorded it"
    signer = f"{signature['by']}, key {short_key(signature['key'])}"
    if signature["as"] == "author":
        return signer
    whose = payload.get("analyst", payload.get("name"))
    if payload["kind"] == "verdict" or payload.get("verdict_id"):
        return f"{signer}, who pulled it; {whose} is the name of the account on the server"
    return f"{signer}, who recorded it" + (f"; it names {whose}" if whose else "")


def value_words(value: object) -> str:
    """Return the value of a member, as a history shows it; what is no single value is not spelt out."""
    match value:
        case None:
            return "unknown"
        case bool():
            return "yes" if value else "no"
        case dict() | list() | tuple():
            return "(--json shows it)"
    return str(value)


def member_words(name: str) -> str:
    """Return the name of a member in words."""
    stem, _, unit = name.rpartition("_")
    return f"{stem} ({UNITS[unit]})".replace("_", " ") if unit in UNITS else name.replace("_", " ")


def _sighting(sighting: Sighting) -> Iterator[Fact]:
    count = f"{sighting.count} aircraft, " if sighting.count > 1 else ""
    yield "what", count + type_words(sighting.type, sighting.size_class)
    yield from _claim(sighting)
    if measured_size(sighting):
        check = size_check(sighting)
        disagrees = f": not the size of the type ({check.words})" if check and not check.fits else ""
        yield "length, wingspan", size_text(sighting) + disagrees
    yield "nose to", _heading(sighting)
    yield "when", _when(sighting.acquired, sighting.acquired_precision)
    yield "where", airfield_words(sighting.airfield)
    if sighting.lon is not None:
        error = sighting.position_error_m
        yield "lon, lat", position_text(sighting) + (f", to {error:.3g} m" if error is not None else "")
    yield from _who(sighting)
    yield from _image(sighting)
    yield from _source(sighting)
    yield from _detection(sighting)
    yield from _review_place(sighting)
    yield "rests on", f"verdict {sighting.verdict_id}" if sighting.verdict_id else None
    yield from _logged(sighting)


def _movement(movement: Movement) -> Iterator[Fact]:
    yield "what", type_words(movement.type)
    yield from _claim(movement)
    yield "route", " - ".join(map(airfield_words, movement.places))
    yield "when", date_range_words(movement.since, movement.until)
    yield "who says so", movement.analyst
    yield "because", movement.because
    yield "rests on", ", ".join(movement.rests_on)
    yield "reasoning", movement.reasoning
    yield from _source(movement)
    yield from _logged(movement)


def _verdict(verdict: Verdict) -> Iterator[Fact]:
    scene = verdict.scene
    yield "what", JUDGEMENT[verdict.verdict]
    yield "type", type_words(verdict.type, verdict.size_class)
    yield from _claim(verdict)
    if verdict.length_m is not None and verdict.wingspan_m is not None:
        yield "length, wingspan", f"{verdict.length_m:.1f}, {verdict.wingspan_m:.1f} m"
    yield "nose to", _heading(verdict)
    yield "when", _when(scene.acquired, scene.acquired_precision)
    yield "where", airfield_words(verdict.airfield)
    if verdict.lon is not None and verdict.lat is not None:
        yield "lon, lat", place_words(LonLat(verdict.lon, verdict.lat), scene.position_error_m)
    yield "who says so", f"{verdict.analyst}, {date_words(verdict.annotated)}"
    yield "no longer counts", verdict.withdrawn
    yield from _scene(scene)
    yield "in the image", _pixels(verdict.center_px)
    yield from _detection(verdict)
    yield from _review_place(verdict)


def _review(review: SceneReview) -> Iterator[Fact]:
    scene = review.scene
    (gathered,) = gather_scenes([review], [])
    yield "what", "where people have looked in a scene"
    yield "when", _when(scene.acquired, scene.acquired_precision)
    yield "where", airfield_words(review.airfield)
    yield "seen", gathered.coverage
    tiles = f"{counted(review.tasks, 'tile')} put before analysts, {review.reviewed:,} of them seen"
    yield "review", f"project '{review.project}': {tiles}"
    yield "detector", f"{review.detector} {review.detector_version}"
    yield "proposed", counted(review.candidates, "candidate")
    yield from _scene(scene)
    yield from _logged(review)


def _key(statement: KeyStatement) -> Iterator[Fact]:
    yield "what", "a key that signs" if statement.state == "valid" else "a key that was lost"
    yield "whose", statement.name
    yield "public key", statement.public_key
    yield "succeeds", ", ".join(short_key(step["key"]) for step in statement.succeeds)
    yield "because", statement.because
    yield "logged", date_words(statement.logged)


def _checkpoint(checkpoint: Checkpoint) -> Iterator[Fact]:
    yield "what", f"the roots of the trees over {counted(checkpoint.size, 'entry', 'entries')}"
    yield "root", checkpoint.root
    yield "root of parts", checkpoint.parts_root
    yield "logged", date_words(checkpoint.logged)


def _stamp(stamp: Stamp) -> Iterator[Fact]:
    yield "what", f"{stamp.authority} states when the checkpoint {stamp.checkpoint} was there"
    yield "stamped", date_words(stamp.stamped)
    yield "root certificate", f"SHA-256 {fingerprint(stamp)}"
    yield "logged", date_words(stamp.logged)


def _claim(entry: Sighting | Movement | Verdict) -> Iterator[Fact]:
    yield "likelihood", likelihood_words(entry.likelihood) if entry.likelihood else None
    yield "why this type", getattr(entry, "type_reason", None)
    yield "operator", entry.operator
    yield "tail number", entry.tail_number
    yield (
        "note",
        entry.note and (f"{entry.note} (private)" if getattr(entry, "private", False) else entry.note),
    )


def _who(sighting: Sighting) -> Iterator[Fact]:
    several = f" ({sighting.analysts} analysts)" if sighting.analysts > 1 else ""
    yield "who says so", sighting.analyst + several
    yield "verdict", sighting.verdict and f"{sighting.verdict}: {JUDGEMENT[sighting.verdict]}"
    yield "because", sighting.because


def _image(sighting: Sighting) -> Iterator[Fact]:
    gsd = None if sighting.gsd_m is None else f"{sighting.gsd_m:.2f} m per pixel"
    yield "image", ", ".join(filter(None, (sighting.sensor, gsd, sighting.image_id)))
    yield "file", sighting.scene_path
    yield "its SHA-256", sighting.scene_sha256
    yield "licence", sighting.licence
    yield "in the image", _pixels(sighting.center_px)


def _scene(scene: SceneRecord) -> Iterator[Fact]:
    yield "image", ", ".join(filter(None, (scene.sensor, f"{scene.gsd_m:.2f} m per pixel", scene.image_id)))
    yield "file", scene.path
    yield "its SHA-256", scene.sha256
    yield "licence", scene.licence
    yield "link", scene.source_url


def _source(entry: Sighting | Movement) -> Iterator[Fact]:
    yield "source", entry.source
    yield "link", entry.source_url
    yield "archived at", entry.archive_url
    yield "attached file", entry.source_file
    yield "grade", grade_words(entry.admiralty) if entry.admiralty else None


def _detection(entry: Sighting | Verdict) -> Iterator[Fact]:
    if entry.detector is not None:
        score = "" if entry.score is None else f", score {entry.score:.2f}"
        yield "detector", f"{entry.detector} {entry.detector_version}{score}"
    yield "candidate", entry.candidate


def _review_place(entry: Sighting | Verdict) -> Iterator[Fact]:
    if entry.task_id is not None:
        yield "review", f"project '{entry.project}', task {entry.task_id}, annotation {entry.annotation_id}"


def _logged(entry: Sighting | Movement | SceneReview) -> Iterator[Fact]:
    yield "logged", date_words(entry.logged)
    yield "replaces", f"entry {entry.supersedes}" if entry.supersedes else None


def _heading(entry: Sighting | Verdict) -> str | None:
    if entry.heading_deg is None:
        return None
    return heading_words(entry.heading_deg, entry.heading_sure) + ("" if entry.heading_sure else SWAPPED)


def _when(acquired: str | None, precision: str) -> str:
    words = date_words(acquired)
    return f"{words}, known to the {precision}" if acquired and precision in LIMITED_TO_DAYS else words


def _pixels(center: tuple[float, float] | None) -> str | None:
    return None if center is None else f"column {center[0]:.0f}, row {center[1]:.0f}"
