"""With the real server: analysts answer tiles, and a false alarm like those rejected sinks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from annotate.labelstudio.server import Server
from annotate.log.store import open_log
from detect.candidate import write_candidates
from detect.detector import Detector
from detect.scan import scan
from detect.verifier.verified_detector import load_verified
from hardstand import main
from imagery.scene import open_scene

pytestmark = [pytest.mark.labelstudio, pytest.mark.slow]
PROJECT = "Learning"
TIMEOUT_S = 120


@pytest.fixture
def run(cli: CliRunner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., str]:
    """Runs a command on this test's log; gives what it prints."""
    monkeypatch.setenv("HARDSTAND_LOG", str(tmp_path / "reviewed.db"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))

    def command(*words: object) -> str:
        result = cli.invoke(main, [*map(str, words)])
        assert result.exit_code == 0, result.output
        return result.stdout.strip()

    return command


def answer_as_drawn(server: Server, project: int, fields: dict[str, Any]) -> None:
    """Answer each task: boxes of airliners stay, the others are removed."""
    with httpx.Client(
        base_url=server.url, headers={"Authorization": f"Token {server.token}"}, timeout=TIMEOUT_S
    ) as client:
        parameters: dict[str, Any] = {"project": project, "fields": "all", "page_size": 100}
        for task in client.get("/api/tasks/", params=parameters).json()["tasks"]:
            members = task["data"]["hardstand"]
            field = fields[Path(members["scene"]["path"]).stem]
            regions = task["predictions"][0]["result"]
            kept = [
                region
                for region, feature in zip(regions, members["candidates"], strict=True)
                if field.stands_at(feature["properties"]["center_px"])
            ]
            body = {"result": kept, "lead_time": 9.0}
            client.post(f"/api/tasks/{task['id']}/annotations/", json=body).raise_for_status()


def test_a_false_alarm_sinks_by_verdicts_on_its_like(
    run: Callable[..., str],
    label_studio: Server,
    drawn_field: Callable[..., Any],
    bright_detector: Callable[[], Detector],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    fields = {field.path.stem: field for field in map(drawn_field, range(3))}
    for name, field in fields.items():
        with open_scene(field.path) as scene:
            write_candidates(scan(scene, bright_detector()), tmp_path / f"{name}.geojson")
    names = [str(tmp_path / f"{name}.geojson") for name in fields]
    address = run("review", "push", *names, "--project", PROJECT, "--order", "informative")
    answer_as_drawn(label_studio, int(address.split("/projects/")[1].split("/")[0]), fields)
    run("review", "pull", "--project", PROJECT)
    with open_log(str(tmp_path / "reviewed.db")) as log:
        assert {verdict.verdict for verdict in log.verdicts()} == {"confirmed", "rejected"}

    monkeypatch.setattr("annotate.cli.learning_options.load_detector", lambda *_: bright_detector())
    model = run("learn", "-o", tmp_path / "model.json")
    new = drawn_field(9)
    with open_scene(new.path) as scene:
        before = scan(scene, bright_detector())
        after = scan(scene, load_verified(bright_detector(), model), min_score=0.0)
    sheds = [
        next(place for place, each in enumerate(file.candidates) if not new.has(each.box))
        for file in (before, after)
    ]
    assert sheds[0] < 6, "without verdicts a shed is among the surest"
    assert sheds[1] == 12, "with them all airliners come before the first shed"
    assert after.candidates[12].score < 0.05, "which is not even shown"
    page = tmp_path / "scores.html"
    status = run("review", "status", "--project", PROJECT, "--html", page)
    assert "mean score" in status
    assert "<circle" in page.read_text(encoding="utf-8")
