"""What somebody does with a log in Python."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas
import pytest

import annotate
from annotate.log.database import LogError
from annotate.log.entries import Movement, SceneReview, Sighting
from annotate.log.store import Log, open_log
from imagery.errors import UsageError

Make = Callable[..., Any]


@pytest.fixture
def log(location: str, verdict: Make, reported: Make, route: Make, review: Make) -> Any:
    with open_log(location, create=True) as log:
        log.review([review()])
        log.record([verdict(1), verdict(2, type="A320")])
        log.add(reported())
        log.add_movement(route(places=("GABS", "GAGO")))
        log.add_movement(route(places=("GABS", "a strip near Kidal"), source="a post"))
        gone = log.add(reported(source="a rumour"))
        log.withdraw(gone.id, because="denied", analyst="ana")
        yield log


class Of:
    """Asks for entries by a function; what a `Filter` is, only smaller."""

    def __init__(self, matches: Callable[[Any], bool]) -> None:
        self.matches = matches


def test_a_log_is_read_through_whatever_matches(log: Log) -> None:
    assert [sighting.type for sighting in log.sightings(Of(lambda entry: entry.type == "A320"))] == ["A320"]
    (movement,) = log.movements(Of(lambda entry: "GAGO" in entry.places))
    assert movement.places == ("GABS", "GAGO")
    assert len(list(log.scenes(Of(lambda scene: scene.airfield == "GABS")))) == 1
    assert list(log.scenes(Of(lambda scene: scene.airfield == "EGLL"))) == []


def test_what_matches_decides_on_what_was_withdrawn_too(log: Log) -> None:
    withdrawn = list(log.sightings(Of(lambda entry: entry.status == "withdrawn")))
    assert [sighting.source for sighting in withdrawn] == ["a rumour"]
    assert "a rumour" not in {sighting.source for sighting in log.sightings()}
    assert list(log.sightings(annotate.Filter(statuses=frozenset({"withdrawn"})))) == withdrawn
    assert list(log.sightings(annotate.Filter())) == list(log.sightings())


def test_sightings_and_movements_go_into_geopandas_as_they_are(log: Log) -> None:
    sightings = geopandas.GeoDataFrame.from_features(log.sightings(), crs="EPSG:4326")
    assert list(sightings["type"]) == ["C130", "A320", "C130"]
    assert (sightings.geometry.x[0], sightings.geometry.y[0]) == (-7.9512345, 12.5349876)
    assert sightings.geometry[2] is None, "whose airfield is known, and no position"
    movements = geopandas.GeoDataFrame.from_features(log.movements(), crs="EPSG:4326")
    assert movements.geometry[0].geom_type == "MultiLineString"
    assert movements.geometry[1] is None, "of whose places one is no airfield"


def test_a_feature_has_every_field_and_is_valid_geojson(log: Log) -> None:
    for entry in (*log.sightings(), *log.movements()):
        feature = json.loads(json.dumps(entry.__geo_interface__, allow_nan=False))
        assert (feature["type"], feature["id"]) == ("Feature", entry.id)
        assert list(feature["properties"]) == list(type(entry).__dataclass_fields__)


def test_a_log_tells_where_it_is_and_how_much_it_holds(log: Log) -> None:
    assert repr(log) == f"<Log {log.name}: 10 entries>"


def test_a_path_names_a_log(tmp_path: Path) -> None:
    with open_log(tmp_path / "log.db", create=True) as log:
        assert repr(log) == f"<Log {tmp_path / 'log.db'}: 0 entries>"
    with open_log(tmp_path / "log.db") as log:
        assert log.head().seq == 0


def test_a_log_is_verified_as_by_the_command(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("annotate.log.store.REPORTED_EVERY", 4)
    seen: list[tuple[int, int]] = []
    published = list(log.entries())[2].hash
    verified = log.verify(published, progress=lambda done, total: seen.append((done, total)))
    assert (verified.problem, verified.head, verified.published_seq) == (None, log.head(), 3)
    assert seen == [(4, 10), (8, 10)]
    assert [scene.path for scene in verified.missing_scenes] == ["images/apron.tif"]
    verified.check_scenes()
    assert "images/apron.tif is not there" in str(verified.problem)


def test_a_head_that_the_log_never_had_is_a_problem(log: Log) -> None:
    assert "published hash" in str(log.verify("f" * 64).problem)
    with pytest.raises(UsageError, match="`published`: 'abc' is not a hash"):
        log.verify("abc")


def test_an_entry_that_was_changed_is_a_problem(location: str, log: Log, table: Any) -> None:
    table.without_triggers("UPDATE entries SET payload = replace(payload, 'C130', 'A400') WHERE seq = 2")
    verified = log.verify()
    assert verified.failure is not None
    assert verified.failure.seq == 2
    assert str(verified.problem).startswith(f"entry 2 ({verified.failure.id}): ")


def test_a_log_that_cannot_be_read_has_a_repr_all_the_same(tmp_path: Path) -> None:
    with open_log(tmp_path / "log.db", create=True) as log:
        (tmp_path / "log.db").write_bytes(b"no database" * 100)
        with pytest.raises(LogError):
            log.head()
        assert "cannot be read" in repr(log)


def test_every_kind_knows_its_name() -> None:
    assert [kind.kind for kind in (Sighting, Movement, SceneReview)] == ["sighting", "movement", "scene"]


WITHOUT_POSIX = """
import sys

for name in ("fcntl", "grp", "pwd", "resource", "termios"):
    sys.modules[name] = None  # importing it fails, as on Windows
import json

from annotate.log.entries import Verdict
from annotate.log.store import open_log

path, payload = sys.argv[1], json.loads(sys.argv[2])
with open_log(path, create=True) as log:
    (sighting,) = log.record([Verdict.from_payload(payload)]).sightings
    log.amend(sighting.id, {"operator": "Air Force"}, because="markings", analyst="ana")
    assert [sighting.operator for sighting in log.sightings()] == ["Air Force"]
    assert log.verify().problem is None
"""


def test_a_log_needs_nothing_that_only_posix_has(tmp_path: Path, verdict: Make) -> None:
    """SQLite locks its own file, on every system."""
    command = [
        sys.executable,
        "-c",
        WITHOUT_POSIX,
        str(tmp_path / "log.db"),
        json.dumps(verdict().to_payload()),
    ]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
