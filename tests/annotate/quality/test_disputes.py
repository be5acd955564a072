"""``hardstand review disputes``, without a server."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result

from annotate.log.entries import Verdict
from annotate.log.store import open_log
from annotate.quality import disputes as disputes_module
from annotate.quality.disputes import review_disputes, with_links
from hardstand import main

Make = Callable[..., Verdict]


@pytest.fixture
def disputes(
    cli: CliRunner, verdict: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Result]:
    """Runs the command on a log with a dispute in each of two projects, and an aircraft all agree on."""
    for name in ("LABEL_STUDIO_URL", "LABEL_STUDIO_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "no server"))
    with open_log(str(tmp_path / "log.db"), create=True) as log:
        for number, project in enumerate(("Bamako", "Lomé"), 1):
            same: dict[str, Any] = {"candidate": f"{number:016x}", "project": project, "task_id": 40 + number}
            ben = verdict(10 + number, verdict="rejected", analyst="ben", note="a truck", **same)
            log.record([verdict(number, analyst="ana", **same), ben])
        log.record([verdict(30, project="Lomé")])
    return lambda *words: cli.invoke(main, ["review", "disputes", "--log", str(tmp_path / "log.db"), *words])


def test_each_says_where_it_is_and_who_says_what(disputes: Callable[..., Result]) -> None:
    result = disputes("--json")
    assert result.exit_code == 0, result.output
    bamako, lome = json.loads(result.stdout)
    assert (bamako["project"], lome["project"]) == ("Bamako", "Lomé")
    assert (bamako["airfield"], bamako["lon"], bamako["lat"]) == ("GABS", -7.9512345, 12.5349876)
    assert [(said["analyst"], said["verdict"], said["type"]) for said in bamako["verdicts"]] == [
        ("ana", "confirmed", "C130"),
        ("ben", "rejected", "C130"),
    ]
    assert [(said["task_id"], said["task_url"]) for said in bamako["verdicts"]] == [(41, None)] * 2
    assert "no links to the tasks: no Label Studio runs here" in result.stderr


def test_they_read_well_at_80_columns(disputes: Callable[..., Result]) -> None:
    page = disputes().stdout
    assert max(map(len, page.splitlines())) <= 80
    words = " ".join(page.split())
    assert "GABS 2023-10-27 -7.95123, 12.53499" in words
    assert "ana confirmed, C130 2026-01-02 03:04 ben rejected, C130: a truck" in words
    assert "task 41" in words


def test_a_project_can_be_asked_for_alone(disputes: Callable[..., Result]) -> None:
    (one,) = json.loads(disputes("--project", "Lomé", "--json").stdout)
    assert one["project"] == "Lomé"


def test_where_all_agree_that_is_said(disputes: Callable[..., Result]) -> None:
    result = disputes("--project", "elsewhere")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "no disputed sightings" in result.stderr
    assert json.loads(disputes("--project", "elsewhere", "--json").stdout) == []


def test_links_lead_to_the_tasks_of_projects_that_the_server_still_has(
    verdict: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_log(str(tmp_path / "log.db"), create=True) as log:
        same: dict[str, Any] = {"candidate": "0" * 16, "project": "Bamako", "task_id": 41}
        log.record([verdict(1, **same), verdict(2, verdict="rejected", analyst="ben", **same)])
        found = review_disputes(log, "Bamako")
        assert review_disputes(log, "Lomé") == []
    assert [dispute.task_url(dispute.verdicts[0]) for dispute in found] == [None]
    server: Any = None
    monkeypatch.setattr(
        disputes_module,
        "find_project",
        lambda _, title: SimpleNamespace(page="http://ls/projects/7/data", title=title),
    )
    (linked,) = with_links(found, server)
    assert linked.task_url(linked.verdicts[0]) == "http://ls/projects/7/data?task=41"
    monkeypatch.setattr(disputes_module, "find_project", lambda *_: None)
    (gone,) = with_links(found, server)
    assert gone.task_url(gone.verdicts[0]) is None


def test_a_type_that_takes_a_reason_comes_back_until_one_is_given(verdict: Make, tmp_path: Path) -> None:
    """The page cannot demand one for some types and not for others."""
    coarse = replace(verdict(1).scene, gsd_m=3.0)
    said: dict[str, Any] = {"candidate": "0" * 16, "type": "C130", "scene": coarse}
    with open_log(str(tmp_path / "log.db"), create=True) as log:
        log.record([verdict(1, **said, type_reason=None)])
        (dispute,) = review_disputes(log)
        assert (dispute.needs, dispute.to_json()["needs"], len(dispute.verdicts)) == ("reason", "reason", 1)
        log.record([verdict(1, **said, type_reason="T-tail", annotated="2026-01-03T03:04:05.123456Z")])
        assert review_disputes(log) == []
