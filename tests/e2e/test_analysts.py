"""Two analysts who disagree, an adjudicator, and the audit, on the real server; numbers counted by hand.

The scene has 5 x 4 tiles of 480 x 450 pixels. Two candidates, c1 and c2, are in the first tile, c3 is in a
second, c4 in a third; of the 17 others 7 are audited. In one of these Ana draws d1.

        c1          c2         c3          c4         d1
Ana     confirmed   confirmed  corrected   rejected   added
Ben     confirmed   rejected   confirmed   rejected   sees nothing
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import rasterio
from affine import Affine
from click.testing import CliRunner

from annotate.labelstudio.server import Server
from detect.box import Extent, OrientedBox
from detect.candidate import CandidatesFile, measured_candidate, write_candidates
from detect.detector import DetectorInfo
from hardstand import main
from imagery.grid import PixelPoint
from imagery.scene import open_scene

pytestmark = [pytest.mark.slow, pytest.mark.labelstudio]

TITLE = "Several analysts"
ANA, BEN, CLEO = "ana@example.org", "ben@example.org", "cleo@example.org"
CENTERS = {"c1": (120.0, 120.0), "c2": (330.0, 300.0), "c3": (700.0, 680.0), "c4": (2150.0, 1600.0)}
DETECTOR = DetectorInfo("bright", "1", {})
Task = dict[str, Any]
Run = Callable[..., str]


@dataclass
class Analyst:
    """Someone who works at the server with an account of their own."""

    http: httpx.Client

    def answer(self, task: Task, regions: list[dict[str, Any]], lead_time_s: float, **members: Any) -> int:
        """Submit as the page does after the prediction was shown; gives the annotation's number."""
        said = {
            "result": regions,
            "parent_prediction": task["predictions"][0]["id"],
            "lead_time": lead_time_s,
            **members,
        }
        answer = self.http.post(f"/api/tasks/{task['id']}/annotations/", json=said)
        answer.raise_for_status()
        return int(answer.json()["id"])


@dataclass
class Review:
    """What was pushed: the task of each candidate, those of the audit, and the candidates' boxes."""

    tasks: dict[str, Task]
    audit: list[Task]
    boxes: dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def analysts(label_studio: Server) -> Iterator[Callable[[str], Analyst]]:
    """Makes accounts: each signs up by the organisation's invitation, as people do."""
    with ExitStack() as clients:

        def client(token: str = "") -> httpx.Client:
            headers = {"Authorization": f"Token {token}"} if token else {}
            opened = httpx.Client(
                base_url=label_studio.url, headers=headers, timeout=120, follow_redirects=True
            )
            return clients.enter_context(opened)

        invitation = client(label_studio.token).get("/api/invite").json()["invite_url"]

        def sign_up(email: str) -> Analyst:
            page = client()
            page.get(invitation).raise_for_status()
            form = {"email": email, "password": "of no use", "csrfmiddlewaretoken": page.cookies["csrftoken"]}
            page.post(invitation, data=form, headers={"Referer": label_studio.url}).raise_for_status()
            return Analyst(client(page.get("/api/current-user/token").json()["token"]))

        yield sign_up


@pytest.fixture
def run(cli: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a review command on this test's project and log; gives what it prints."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("HARDSTAND_LOG", str(tmp_path / "log.db"))

    def command(name: str, *words: object) -> str:
        result = cli.invoke(main, ["review", name, *map(str, words), "--project", TITLE])
        assert result.exit_code == 0, result.output
        return result.stdout

    return command


@pytest.fixture
def pushed(run: Run, label_studio: Server, tmp_path: Path) -> Review:
    address = run("push", _searched(tmp_path), "--audit", 0.4, "--analysts", 2)
    number = int(address.split("/projects/")[1].split("/")[0])
    headers = {"Authorization": f"Token {label_studio.token}"}
    listed = httpx.get(
        f"{label_studio.url}/api/tasks/",
        params={"project": number, "fields": "all", "page_size": 100},
        headers=headers,
        timeout=120,
    ).json()["tasks"]
    tasks, boxes = {}, {}
    for task in listed:
        for region, feature in zip(
            task["predictions"][0]["result"], task["data"]["hardstand"]["candidates"], strict=True
        ):
            name = next(c for c, at in CENTERS.items() if feature["properties"]["center_px"] == [*at])
            boxes[name] = region
            tasks[name] = task
    return Review(tasks, [task for task in listed if task["data"]["hardstand"]["audit"]], boxes)


@pytest.fixture
def answered(pushed: Review, analysts: Callable[[str], Analyst]) -> tuple[Review, Analyst, int]:
    """The table above. Ana looks at five audit tiles, Ben at one; he skips another.

    With Cleo, who said nothing yet, and the number of Ben's annotation of c3.
    """
    ana, ben = analysts(ANA), analysts(BEN)
    boxes, tasks = pushed.boxes, pushed.tasks
    ana.answer(tasks["c1"], [*_typed(boxes["c1"], "C130"), boxes["c2"]], 10.0)
    ben.answer(tasks["c1"], _typed(boxes["c1"], "C130"), 1.0)
    ana.answer(tasks["c3"], _typed(_moved(boxes["c3"]), "A400"), 20.0)
    ben_on_c3 = ben.answer(tasks["c3"], _typed(boxes["c3"], "C130"), 1.0)
    ana.answer(tasks["c4"], [], 6.0)
    ben.answer(tasks["c4"], [], 1.0)
    drawn = _in_the_middle({**boxes["c1"], "id": "d1"})
    for task, regions in zip(pushed.audit[:5], [[drawn], [], [], [], []], strict=True):
        ana.answer(task, regions, 4.0)
    ben.answer(pushed.audit[0], [], 1.0)
    ben.answer(pushed.audit[1], [], 0.5, was_cancelled=True)
    return pushed, analysts(CLEO), ben_on_c3


def test_what_two_analysts_and_an_adjudicator_say_is_counted_as_by_hand(
    answered: tuple[Review, Analyst, int], run: Run, label_studio: Server
) -> None:
    pushed, cleo, ben_on_c3 = answered
    early = json.loads(run("status", "--json"))
    assert early["precision"] is None, "there is no log yet"
    assert early["tasks"] == {"tasks": 10, "done": 4, "begun": 4, "skipped": 0, "left": 2, "waiting": 0}

    run("pull", "--min-verdicts", 2)
    _check_status(json.loads(run("status", "--json")))
    assert max(map(len, run("status").splitlines())) <= 80
    c2, c3 = sorted(json.loads(run("disputes", "--json")), key=lambda one: one["center_px"])
    _check_disputes(c2, c3, pushed, label_studio)

    cleo.answer(pushed.tasks["c1"], [pushed.boxes["c1"], pushed.boxes["c2"]], 30.0)
    run("pull", "--min-verdicts", 2, "--adjudicator", CLEO)
    (left,) = json.loads(run("disputes", "--json"))
    assert left["id"] == c3["id"], "c2 is settled"
    settled = json.loads(run("status", "--json"))
    assert settled == json.loads(run("status", "--json", "--adjudicator", CLEO)), "the pull was told"
    assert (settled["precision"]["part"], settled["precision"]["whole"], settled["undecided"]) == (3, 4, 0)
    assert settled["agreement"]["presence"]["alpha"] == pytest.approx(0.25), "she looked where they disagreed"

    cleo.http.delete(f"/api/annotations/{ben_on_c3}/").raise_for_status()
    run("pull", "--min-verdicts", 2, "--adjudicator", CLEO)
    assert json.loads(run("disputes", "--json")) == [], "of c3 Ana alone says something now"
    after = json.loads(run("status", "--json"))
    assert after["tasks"]["done"] == 3
    assert after["agreement"]["type"]["units"] == 1
    assert after["precision"]["part"] == 3, "that is no reason to take it for none"


def _check_status(told: dict[str, Any]) -> None:
    ana, ben = told["analysts"]
    assert (ana["analyst"], ana["tasks"], ana["skipped"], ana["hasty"]) == (ANA, 8, 0, False)
    assert ana["median_lead_time_s"] == 4.0
    assert (ben["analyst"], ben["tasks"], ben["skipped"], ben["hasty"]) == (BEN, 4, 1, True)
    assert sum(hour["tasks"] for hour in told["hours"]) == 12

    ana, ben = told["verdicts"]
    assert (ana["confirmed"], ana["corrected"], ana["rejected"], ana["added"]) == (2, 1, 1, 1)
    assert ana["rates"] == {"accept": 0.5, "correct": 0.25, "reject": 0.25, "add": 0.25}
    assert (ben["confirmed"], ben["corrected"], ben["rejected"], ben["added"]) == (2, 0, 2, 0)

    # c1 and c3 are, c4 is not, c2 is open.
    assert (told["precision"]["part"], told["precision"]["whole"], told["undecided"]) == (2, 3, 1)
    assert (told["precision"]["low"], told["precision"]["high"]) == pytest.approx((0.2077, 0.9385), abs=5e-5)
    # yes yes, yes no, yes yes, no no, yes no: 6 yes, 4 no; 4 coincidences apart: 1 - 9 * 4 / (2 * 6 * 4)
    assert told["agreement"]["presence"] == {"alpha": pytest.approx(0.25), "units": 5, "values": 10}
    # C130 C130, A400 C130: 3 and 1; 2 coincidences apart: 1 - 3 * 2 / (2 * 3 * 1)
    assert told["agreement"]["type"] == {"alpha": pytest.approx(0), "units": 2, "values": 4}

    audit = told["audit"]
    assert (audit["scenes"], audit["drawn"], audit["answered"], audit["open_tiles"]) == (1, 7, 5, 0)
    estimate = audit["estimate"]
    assert (estimate["found"], estimate["missed"], estimate["free_tiles"]) == (2, 1, 17)
    assert estimate["unseen"]["estimate"] == pytest.approx(12 / 5)  # 1 in 5 tiles; 12 were not looked at
    assert estimate["unseen"]["low"] == 0
    assert estimate["recall"]["estimate"] == pytest.approx(2 / (2 + 1 + 12 / 5))
    assert estimate["recall"]["high"] == pytest.approx(2 / 3)
    assert 0 < estimate["more_tiles"] <= 12


def _check_disputes(c2: dict[str, Any], c3: dict[str, Any], pushed: Review, server: Server) -> None:
    assert c2["center_px"] == pytest.approx(CENTERS["c2"], abs=1e-3)
    assert [(said["analyst"], said["verdict"]) for said in c2["verdicts"]] == [
        (ANA, "confirmed"),
        (BEN, "rejected"),
    ]
    assert [(said["verdict"], said["type"]) for said in c3["verdicts"]] == [
        ("corrected", "A400"),
        ("confirmed", "C130"),
    ]
    task = pushed.tasks["c2"]
    assert c2["verdicts"][0]["task_url"] == f"{server.url}/projects/{task['project']}/data?task={task['id']}"


def _typed(box: dict[str, Any], icao: str) -> list[dict[str, Any]]:
    """A box and its type; the branch of the taxonomy is of no importance."""
    shared = {name: box[name] for name in ("id", "to_name", "original_width", "original_height")}
    choice = {"type": "taxonomy", "from_name": "type", "value": {"taxonomy": [["Transport", icao]]}}
    return [box, {**shared, **choice}]


def _moved(box: dict[str, Any]) -> dict[str, Any]:
    return {**box, "value": {**box["value"], "x": box["value"]["x"] + 2}}


def _in_the_middle(box: dict[str, Any]) -> dict[str, Any]:
    return {**box, "value": {**box["value"], "x": 50, "y": 50, "rotation": 0}}


def _searched(folder: Path) -> Path:
    """Writes a scene, of which only the size matters, and its candidates file."""
    path = folder / "field.tif"
    transform = Affine.translation(600_000, 4_500_000) @ Affine.scale(0.5, -0.5)
    profile = {"driver": "GTiff", "dtype": "uint8", "count": 3, "crs": "EPSG:32629", "photometric": "RGB"}
    with rasterio.open(path, "w", width=2400, height=1800, transform=transform, **profile) as dataset:
        dataset.write(np.random.default_rng(3).integers(80, 120, (3, 1800, 2400), np.uint8))
    with open_scene(path, acquired="2023-10-27") as scene:
        record = scene.record()
    candidates = tuple(
        measured_candidate(
            record.grid,
            OrientedBox(PixelPoint(*center), 60.0, 66.0, 30.0),
            Extent(center[0] - 30, center[1] - 30, center[0] + 30, center[1] + 30),
            scene=record,
            detector=DETECTOR,
            score=0.8,
            heading_sure=True,
            airfield=None,
        )
        for center in CENTERS.values()
    )
    return write_candidates(CandidatesFile(record, DETECTOR, candidates), folder / "field.geojson")
