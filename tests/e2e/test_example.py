"""`make example`: the case this exists for, built with the real server, and what its report says."""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from annotate.labelstudio.server import Server
from annotate.query.changes import SAID_EMPTY

pytestmark = [pytest.mark.slow, pytest.mark.labelstudio]

ROOT = Path(__file__).resolve().parents[2]
BUILD = "import sys, pathlib; from examples.bamako.build import build; build(pathlib.Path(sys.argv[1]))"


@pytest.fixture(scope="module")
def built(label_studio: Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the example, built by the commands that it runs."""
    del label_studio
    out = tmp_path_factory.mktemp("example")
    subprocess.run([sys.executable, "-c", BUILD, str(out)], cwd=ROOT, check=True)
    return out


def _text(page: str) -> str:
    cards = re.search(r'id="cards-data">(.*?)</script>', page)
    assert cards
    shown = re.sub(r"<(style|script)[ >].*?</\1>", " ", page, flags=re.S)
    shown += " ".join(card for _, card in json.loads(cards[1]))
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", re.sub("</?bdi>", "", shown))))


def test_the_report_says_what_was_seen_where_and_when_and_that_it_was_not_there_before(built: Path) -> None:
    page = (built / "report.html").read_text(encoding="utf-8")
    text = _text(page)
    seen = "saw it in a RENDERED image, not a photograph, dated 27 October 2023 at "
    seen += "Modibo Keita International Airport / Senou Airport (GABS)"
    assert seen in text
    assert "Lockheed C-130 Hercules (C130) seen RENDERED" in text
    assert "The size fits the claimed type" in text
    assert "very likely (80 to 95 %)" in text
    # A person has seen some of the tiles, and nothing is said of the others but what the machine is worth.
    partly = r"\(\d+ of 36 tiles seen by a person, the rest searched by the machine only \(estimated recall "
    assert re.search(rf"5 August 2023: none seen, as far as people could see {partly}", text)
    assert re.search(rf"14 September 2023: none seen, as far as people could see {partly}", text)
    assert re.search(rf"27 October 2023: 1 aircraft seen {partly}", text)
    assert "no aircraft found (RENDERED)" not in text, "nobody has seen all of any of these images"


def test_the_route_is_apart_from_what_was_seen_and_marked_as_an_example(built: Path) -> None:
    text = _text((built / "report.html").read_text(encoding="utf-8"))
    route = text[text.index("Movements: reported or inferred, never seen") : text.index("Sightings", 3000)]
    assert "GABS → GAGO → GATS → DRRN → GABS reported" in route
    assert "Another source says so; no image in this log shows it" in route
    assert "Lockheed C-130 Hercules (C130) of Niger Air Force, since 20 August 2023, no end stated" in route
    assert "EXAMPLE: made up for this demonstration" in route
    seen = text[text.index("saw it in a RENDERED image") :]
    assert "Niger Air Force" not in seen, "nobody could read the operator in the image"


def test_every_export_is_there_and_says_that_it_is_rendered(built: Path) -> None:
    exports = built / "exports"
    names = {path.name for path in exports.iterdir()}
    assert {f"bamako.{suffix}" for suffix in ("csv", "geojson", "gpkg", "kmz", "parquet")} <= names
    assert {"bamako.coco.zip", "bamako.yolo.zip", "bamako-excel.csv", "bamako-public.geojson"} <= names
    features = json.loads((exports / "bamako.geojson").read_text(encoding="utf-8"))["features"]
    evidence = [feature["properties"]["evidence"] for feature in features]
    assert sorted(set(evidence)) == ["reported", "seen"]
    for feature in features:
        told = feature["properties"]
        assert told["evidence"] == "reported" or told["rendered"] is True
    with zipfile.ZipFile(exports / "bamako.coco.zip") as archive:
        pictures = [name for name in archive.namelist() if name.endswith(".png")]
        assert pictures
        assert all("rendered" in name for name in pictures)


def test_a_stand_is_called_empty_where_the_analyst_was_asked_and_the_one_in_question_is_not(
    built: Path,
) -> None:
    """Nobody has looked in September where the C-130 stands in October, so nothing is said of it."""
    assert (built / "changes.png").exists()
    text = _text((built / "report-public.html").read_text(encoding="utf-8"))
    assert text.count("newly empty") == text.count(f"; {SAID_EMPTY}") == 2
    (c130,) = re.findall(r"not visible \d: Lockheed C-130 Hercules \(C130\); ([^;]*);", text)
    assert c130 == "nobody has looked there in the image of 14 September 2023"
