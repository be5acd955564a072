"""A scene of four tiles that was reviewed: three candidates in two of them, the others without."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from annotate.labelstudio.division import review_tasks
from annotate.labelstudio.tasks import ReviewTask
from annotate.log.entries import Verdict
from annotate.log.store import open_log
from annotate.quality.judged_aircraft import JudgedAircraft, judged_aircraft
from annotate.quality.pace import Answer, TaskAnswers

MADE = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture(scope="session")
def answer() -> Callable[..., Answer]:
    """Makes answers; keyword arguments replace members."""

    def make(analyst: str = "ana", **members: Any) -> Answer:
        return Answer("1/2026-01-02T03:04:05Z", analyst, MADE, 12.0, False)._replace(**members)

    return make


@pytest.fixture(scope="session")
def tiles(candidates_of: Callable[..., Any]) -> list[ReviewTask]:
    """Two candidates upper left, one lower right; upper right and lower left are audited."""
    tasks = review_tasks(candidates_of(), audit=1.0)
    assert [len(task.candidates) for task in tasks] == [2, 0, 0, 1]
    assert [task.audit for task in tasks] == [False, True, True, False]
    return tasks


@pytest.fixture
def answered(tiles: list[ReviewTask], answer: Callable[..., Answer]) -> Callable[..., list[TaskAnswers]]:
    """Makes the tasks, numbered from 1, each answered by the analysts given for it."""

    def make(*analysts: tuple[str, ...]) -> list[TaskAnswers]:
        return [
            TaskAnswers(number, task, tuple(map(answer, names)))
            for number, (task, names) in enumerate(zip(tiles, analysts, strict=True), 1)
        ]

    return make


@pytest.fixture
def judged(tmp_path: Path) -> Callable[..., list[JudgedAircraft]]:
    """Records verdicts in a log and reads what it then holds."""

    def record(*verdicts: Verdict, **rules: Any) -> list[JudgedAircraft]:
        with open_log(str(tmp_path / "log.db"), create=True) as log:
            log.record(verdicts, **rules)
            return list(judged_aircraft(log.entries()))

    return record


@pytest.fixture
def drawn(verdict: Callable[..., Verdict]) -> Callable[..., Verdict]:
    """Makes verdicts on what the detector did not propose."""

    def make(number: int, **members: Any) -> Verdict:
        nothing = dict.fromkeys(("candidate", "detector", "detector_version", "params_hash", "score"))
        return verdict(number, **{"verdict": "added", **nothing, **members})

    return make
