"""Learning: from the verdicts of a log to a verifier that is no worse on scenes it has not seen."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from annotate.learning.gathering import SceneExamples, SceneProgress, gather_examples, joined
from annotate.learning.judged_scenes import JudgedScene, judged_scenes
from annotate.log.store import Log
from annotate.query.filters import Filter
from detect.detector import Detector
from detect.verifier.held_out import refusal
from detect.verifier.verifier import LearnedFrom, Verifier, faintest_score, fit_verifier
from detect.verifier.verifier_file import write_verifier
from imagery.errors import HardstandError, OutputExists
from imagery.record import SceneRecord
from imagery.words import counted

LEAST_OF_A_KIND = 10  # aircraft, and other candidates: fewer say nothing
LEAST_SCENES = 2  # with both kinds: one to learn from, one to judge by


class NotLearned(HardstandError):
    """Verdicts of which nothing can be learned, or nothing that is good enough."""


@dataclass(frozen=True)
class Learned:
    """What came of learning.

    Attributes:
        path: The file of the verifier.
        sha256: Its hash.
        verifier: What is in it.
        analysts: Whose verdicts it was learned from, in order.
        left_out: Scenes that it was not learned from, each with the reason.
        contradicted: How many aircraft were left out since analysts disagree about them.
    """

    path: Path
    sha256: str
    verifier: Verifier
    analysts: tuple[str, ...]
    left_out: tuple[str, ...]
    contradicted: int


def learn(
    log: Log,
    target: str | os.PathLike[str],
    detector: Detector,
    *,
    matching: Filter | None = None,
    adjudicators: Collection[str] = (),
    scenes: Sequence[str | os.PathLike[str]] = (),
    overwrite: bool = False,
    progress: SceneProgress = lambda _scene: nullcontext(),
) -> Learned:
    """Learn a verifier of a detector's candidates from the verdicts of a log, and write it.

    The scenes are searched again with a low bound, so that the verifier knows faint candidates too. It is
    written only if it is no worse than the detector alone on scenes that are held out.

    Args:
        log: An open log.
        target: The file to write.
        detector: Whose candidates are to be scored anew.
        matching: Place, time and analysts of the verdicts that count; by default all.
        adjudicators: Analysts whose verdict settles a dispute.
        scenes: Folders that scenes were moved to.
        overwrite: Replace a file that is there.
        progress: Called with each scene's path; gives the progress function for its search.

    Raises:
        NotLearned: There are too few verdicts, or of one kind only, or what they teach is not good enough.
        OutputExists: The file exists and ``overwrite`` is false.
        OutputUnwritable: The folder cannot be written.
        LogError: The log cannot be read.
    """
    path = Path(target)
    if path.exists() and not overwrite:  # before any work
        raise OutputExists(path)
    judged = judged_scenes(log, matching or Filter(), adjudicators)
    if not judged:
        raise NotLearned(f"{log.name}: no verdict that matches says what is an aircraft and what is not")
    _check_verdicts(log.name, judged)
    examples, left_out = gather_examples(judged, detector, scenes, progress)
    _check_examples(log.name, examples, left_out)
    verifier = fit_verifier(
        joined(examples),
        detector.info,
        faintest_score(detector),
        _learned_from([known.record for known in examples]),
    )
    reason = refusal(verifier.held_out)
    if reason is not None:
        raise NotLearned(f"{log.name}: nothing was written: {reason}")
    stored = write_verifier(verifier, path, overwrite=overwrite)
    return Learned(
        path,
        stored.sha256,
        stored.verifier,
        tuple(sorted(set().union(*(scene.analysts for scene in judged)))),
        tuple(left_out),
        sum(scene.contradicted for scene in judged),
    )


def _check_verdicts(name: str, judged: Sequence[JudgedScene]) -> None:
    """Check that there is something to learn before scenes are searched.

    Raises:
        NotLearned: There is not.
    """
    aircraft = sum(len(scene.aircraft) for scene in judged)
    if aircraft < LEAST_OF_A_KIND:
        others = sum(len(scene.others) for scene in judged)
        raise NotLearned(
            f"{name}: the verdicts that match are on {counted(aircraft, 'aircraft', 'aircraft')} and "
            f"{counted(others, 'other candidate')}; it takes {LEAST_OF_A_KIND} aircraft and as many others"
        )


def _check_examples(name: str, examples: Sequence[SceneExamples], left_out: Sequence[str]) -> None:
    """Check that there are examples of both kinds in scenes enough.

    Raises:
        NotLearned: There are not.
    """
    why = f"; left out: {left_out[0]}" if left_out else ""
    if len(left_out) > 1:
        why += f", and {counted(len(left_out) - 1, 'more scene')}"
    if not examples:
        raise NotLearned(f"{name}: none of its scenes can be read{why}; name the folder with `scenes`")
    aircraft = sum(int(known.aircraft.sum()) for known in examples)
    others = sum(len(known.aircraft) for known in examples) - aircraft
    if min(aircraft, others) < LEAST_OF_A_KIND:
        raise NotLearned(
            f"{name}: its verdicts tell of {counted(aircraft, 'candidate')} that they are aircraft and of "
            f"{others:,} that they are not; it takes {LEAST_OF_A_KIND} of each{why}"
        )
    both = [known for known in examples if 0 < known.aircraft.sum() < len(known.aircraft)]
    if len(both) < LEAST_SCENES:
        raise NotLearned(
            f"{name}: only {counted(len(both), 'scene')} that can be read has both kinds; a model "
            f"is judged on scenes it has not seen, so it takes {LEAST_SCENES}{why}"
        )


def _learned_from(records: Sequence[SceneRecord]) -> LearnedFrom:
    return LearnedFrom(
        tuple(sorted(str(record.sha256) for record in records)),
        sum(record.rendered for record in records),
        tuple(sorted({record.licence for record in records if record.licence})),
        sum(record.licence is None for record in records),
    )
