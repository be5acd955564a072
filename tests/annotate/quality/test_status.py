"""How a review stands, in words and as JSON; the server's part is in tests/e2e/test_analysts.py."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from annotate.cli.review_status import print_status
from annotate.log.entries import Verdict
from annotate.quality.judged_aircraft import JudgedAircraft
from annotate.quality.pace import Answer, TaskAnswers
from annotate.quality.status import ReviewStatus, status_of

Make = Callable[..., Verdict]
Judged = Callable[..., list[JudgedAircraft]]
Answered = Callable[..., list[TaskAnswers]]
ANA, BEN = "ana@example.org", "ben.with.a.rather.long.name@example.org"


@pytest.fixture
def status(
    judged: Judged, verdict: Make, drawn: Make, answered: Answered, answer: Callable[..., Answer]
) -> ReviewStatus:
    """Ana accepts, corrects, rejects and draws one each; Ben, in haste, rejects what she accepts."""
    words = ("confirmed", "corrected", "rejected")
    said = [verdict(number, verdict=word, analyst=ANA, task_id=1) for number, word in enumerate(words)]
    said.append(drawn(8, analyst=ANA, task_id=2, center_px=(900.0, 200.0)))
    said.append(verdict(9, verdict="rejected", analyst=BEN, candidate=said[0].candidate))
    hasty = TaskAnswers(5, answered((), (), (), ())[0].task, (answer(BEN, lead_time_s=1.2),))
    return status_of("Bamako", [*answered((ANA,), (ANA,), (), ()), hasty], judged(*said))


def test_its_json_says_what_was_counted(status: ReviewStatus) -> None:
    told = json.loads(json.dumps(status.to_json(), allow_nan=False))
    assert told["tasks"] == {"tasks": 5, "done": 3, "begun": 0, "skipped": 0, "left": 2, "waiting": 0}
    assert told["analysts"][0] == {
        "analyst": ANA,
        "tasks": 2,
        "skipped": 0,
        "median_lead_time_s": 12.0,
        "hasty": False,
        "per_hour": 2.0,
    }
    assert [(hour["hour"], hour["analyst"], hour["tasks"]) for hour in told["hours"]] == [
        ("2026-01-02T03:00:00Z", ANA, 2),
        ("2026-01-02T03:00:00Z", BEN, 1),
    ]
    ana, ben = told["verdicts"]
    assert (ana["confirmed"], ana["corrected"], ana["rejected"], ana["added"]) == (1, 1, 1, 1)
    assert ana["rates"] == pytest.approx({"accept": 1 / 3, "correct": 1 / 3, "reject": 1 / 3, "add": 1 / 3})
    assert ben["rates"] == {"accept": 0, "correct": 0, "reject": 1, "add": None}
    assert (told["precision"]["part"], told["precision"]["whole"], told["precision"]["share"]) == (1, 2, 0.5)
    assert told["undecided"] == 1
    assert told["agreement"]["presence"] == {"alpha": 0.0, "units": 1, "values": 2}
    estimate = told["audit"]["estimate"]
    assert (estimate["found"], estimate["missed"], estimate["free_tiles"]) == (1, 1, 2)
    assert estimate["recall"]["estimate"] == pytest.approx(1 / 3)


def test_it_reads_well_at_80_columns(status: ReviewStatus, capsys: pytest.CaptureFixture[str]) -> None:
    print_status(status)
    page = capsys.readouterr().out
    assert max(map(len, page.splitlines())) <= 80
    words = " ".join(page.split())
    assert "3 done, 0 skipped, 2 left of 5" in words
    assert "50.0 % of the decided candidates are aircraft (95 %: 9.5 % to 90.5 %; 1 of 2)" in words
    assert "about 33.3 % of the aircraft in audited scenes were proposed" in words
    assert "ben.with.a.rather.long.name (median 1.2 s per tile): too fast to have looked (under 2 s)" in words
    assert "2026-01-02 03h ana 2, ben.with.a.rather.long.name 1!" in words


def test_without_a_log_there_is_the_pace_alone(
    answered: Answered, capsys: pytest.CaptureFixture[str]
) -> None:
    early = status_of("Bamako", answered((ANA,), (), (), ()), None)
    told: dict[str, Any] = early.to_json()
    assert told["tasks"]["done"] == 1
    assert {told[name] for name in ("verdicts", "precision", "undecided", "agreement", "audit")} == {None}
    print_status(early)
    assert "precision" not in capsys.readouterr().out


def test_a_review_that_has_not_begun_can_be_asked_about(
    answered: Answered, capsys: pytest.CaptureFixture[str]
) -> None:
    idle = status_of("Bamako", answered((), (), (), ()), [])
    json.dumps(idle.to_json(), allow_nan=False)
    print_status(idle)
    words = " ".join(capsys.readouterr().out.split())
    assert "no candidate is decided yet" in words
    assert "0 of 2 tiles drawn at random are answered; no estimate yet" in words
