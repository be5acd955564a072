"""What scores were worth by the verdicts: numbers counted by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from annotate.log.entries import Verdict
from annotate.quality.judged_aircraft import JudgedAircraft
from annotate.quality.reliability_page import write_reliability_page
from annotate.quality.score_reliability import Scores, score_reliability
from detect.verifier.sensors import Sensor
from imagery.errors import OutputExists
from imagery.record import SceneRecord

Make = Callable[..., Verdict]
Judged = Callable[..., list[JudgedAircraft]]


@pytest.fixture
def scores(
    judged: Judged, verdict: Make, drawn: Make, scene_record: Callable[..., SceneRecord]
) -> list[Scores]:
    """Ten candidates at 0.85, four of them aircraft, and two at 0.15, none; another sensor has one."""
    half = replace(scene_record(), sensor="PLEIADES", gsd_m=0.52)
    coarse = replace(half, sensor=None, gsd_m=1.05, sha256="9" * 64)
    said = [
        verdict(number, verdict="confirmed" if number < 4 else "rejected", score=0.85, scene=half)
        for number in range(10)
    ]
    said += [verdict(number, verdict="rejected", score=0.15, scene=half) for number in (10, 11)]
    said.append(verdict(12, score=0.3, scene=coarse, detector_version="2"))
    said.append(verdict(13, score=0.6, scene=half))
    said.append(
        verdict(14, score=0.6, scene=half, verdict="rejected", candidate=said[-1].candidate, analyst="ben")
    )
    said.append(drawn(15, scene=half, center_px=(900.0, 200.0)))
    return score_reliability(judged(*said))


def test_scores_are_compared_by_detector_version_sensor_and_gsd(scores: list[Scores]) -> None:
    first, second = scores
    assert (first.detector, first.version, first.sensor) == ("bright", "1", Sensor("PLEIADES", 0.5))
    assert (second.version, second.sensor, second.candidates) == ("2", Sensor(None, 1.0), 1)


def test_what_is_drawn_or_disputed_does_not_count(scores: list[Scores]) -> None:
    assert scores[0].candidates == 12


def test_the_error_is_the_mean_distance_of_score_and_share(scores: list[Scores]) -> None:
    low, high = scores[0].bins
    assert (low.candidates, low.aircraft, high.candidates, high.aircraft) == (2, 0, 10, 4)
    assert scores[0].error == pytest.approx((2 * 0.15 + 10 * (0.85 - 0.4)) / 12)
    share = scores[0].shares[1]
    assert (share.low, share.high) == pytest.approx((0.168, 0.687), abs=0.001), "Wilson's, of 4 of 10"


def test_its_json_has_the_interval_of_each_tenth(scores: list[Scores]) -> None:
    members: dict[str, Any] = scores[0].to_json()
    assert members["gsd_m"] == 0.5
    assert members["aircraft"] == 4
    assert members["bins"][1]["share"] == 0.4
    assert members["bins"][1]["share_low"] < 0.4 < members["bins"][1]["share_high"]


def test_the_page_shows_each_tenth_and_hides_no_markup(scores: list[Scores], tmp_path: Path) -> None:
    page = tmp_path / "scores.html"
    write_reliability_page("<Bamako>", scores, page)
    text = page.read_text()
    assert "&lt;Bamako&gt;" in text
    assert "<Bamako>" not in text
    assert text.count("<circle") == 3
    assert "0.8 to 0.9" in text
    assert "http" not in text, "nothing is loaded from elsewhere"
    with pytest.raises(OutputExists):
        write_reliability_page("Bamako", scores, page)
