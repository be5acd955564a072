"""What a task's page says is what is known, and a hostile name is text on it and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from annotate.labelstudio.division import review_tasks
from annotate.labelstudio.known_types import KnownTypes
from annotate.labelstudio.task_page import boxes_table, facts, other_picture, place_link, region_note
from detect.candidate import Candidate, CandidatesFile, SizeError, TypeSuggestion
from detect.limits import SceneLimits
from imagery.grid import LonLat
from imagery.measures import TIMES
from imagery.record import SceneRecord

HOSTILE = "<script>alert(1)</script>\n\n**x** <img src=x onerror=alert(1)> \"'&[a](javascript:alert(1))"


class Seen(HTMLParser):
    """The tags of a text, and its words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.fixture
def candidate(candidates_of: Callable[..., CandidatesFile]) -> Candidate:
    found = review_tasks(candidates_of())[0].candidates[0]
    types = tuple(
        TypeSuggestion(name, score) for name, score in zip("ABCD", (0.4, 0.3, 0.2, 0.1), strict=True)
    )
    return replace(found, types=types, size_error_m=SizeError(1.24, 0.8))


def test_the_facts_are_the_airfield_the_time_at_its_precision_the_gsd_and_the_sensor(
    scene_record: Callable[..., SceneRecord],
) -> None:
    words = Seen(facts(scene_record(), "GABS", audit=False)).words
    for fact in ("GABS", "2023-10-27 (day)", "GSD 0.50 m", "PHR1A"):
        assert fact in words
    unknown = scene_record(acquired=None, acquired_precision="unknown", rendered=True)
    words = Seen(facts(unknown, None, audit=True)).words
    for fact in ("no airfield known", "time unknown", "RENDERED", "Draw what it missed"):
        assert fact in words
    assert "say why" not in words
    assert "say why" in Seen(facts(scene_record(gsd_m=3.0), None, audit=False)).words


def test_a_tile_of_a_coarse_scene_says_what_the_scene_cannot_show(
    scene_record: Callable[..., SceneRecord],
) -> None:
    """Without a box an aircraft is missing, too small for the scene, or left out by the detector."""
    scene = scene_record(gsd_m=3.0)
    words = Seen(facts(scene, None, audit=False, limits=SceneLimits(3.1, 31.0, 42.0))).words
    assert "In this scene each pixel is worth 3.1 m, so it shows no aircraft under 31 m" in words
    assert "the detector finds most of those of 42 m or more" in words
    assert "In this scene" not in Seen(facts(scene, None, audit=False, limits=SceneLimits(0.5, 5.0))).words


def test_a_hostile_name_is_shown_as_it_is_written(scene_record: Callable[..., SceneRecord]) -> None:
    seen = Seen(facts(scene_record(sensor=HOSTILE, acquired=HOSTILE), HOSTILE, audit=False))
    assert {tag for tag, _ in seen.tags} == {"div", "b", "br"}
    assert seen.words.count("<script>alert(1)</script>") == 3


def test_every_text_of_a_page_is_one_line_so_that_none_of_it_is_taken_for_markdown(
    candidates_of: Callable[..., CandidatesFile], scene_record: Callable[..., SceneRecord]
) -> None:
    (task, *_) = review_tasks(candidates_of(scene=scene_record(sensor=HOSTILE)))
    data: dict[str, Any] = task.to_json("a.jpg", f"/data/{HOSTILE}")["data"]
    for name in ("facts", "place", "boxes", "around"):
        assert "\n" not in data[name]
        assert data[name].startswith("<div>")
        tags = dict(Seen(data[name]).tags)
        assert not any(member.startswith("on") for members in tags.values() for member in members)


def test_the_link_leads_to_the_place_on_openstreetmap() -> None:
    (_, (tag, members)) = Seen(place_link(LonLat(-7.949912, 12.533512), placed=True)).tags
    assert tag == "a"
    address = "https://www.openstreetmap.org/?mlat=12.53351&mlon=-7.94991#map=17/12.53351/-7.94991"
    assert members["href"] == address
    assert "a" not in dict(Seen(place_link(LonLat(0, 0), placed=False)).tags)


def test_the_table_has_each_boxs_number_measures_and_first_three_types(
    candidate: Candidate, scene_record: Callable[..., SceneRecord]
) -> None:
    seen = Seen(boxes_table([candidate, candidate], scene_record(), KnownTypes()))
    assert [tag for tag, _ in seen.tags].count("tr") == 2
    for words in (
        f"40.3 ± 1.2 {TIMES} 35.1 ± 0.8 m (length {TIMES} span)",
        f"score {candidate.score:.2f}",
        f"nose to {candidate.ground.heading_deg:.0f}°",
        "by size and outline alone: A 40%, B 30%, C 20%",
    ):
        assert seen.words.count(words) == 2
        assert words in region_note(7, candidate, scene_record(), KnownTypes())
    assert region_note(7, candidate, scene_record(), KnownTypes()).startswith("7: ")


def test_a_scene_without_a_place_has_no_north_to_head_to(
    candidate: Candidate, scene_record: Callable[..., SceneRecord]
) -> None:
    lost = scene_record(crs=None)
    assert "°" not in region_note(1, candidate, lost, KnownTypes())


def test_without_an_address_no_surroundings_are_offered() -> None:
    assert other_picture("Surroundings", "s", "") == ""
    assert ("img", {"src": '/data/a "b".jpg', "alt": "Surroundings"}) in Seen(
        other_picture("Surroundings", "s", '/data/a "b".jpg')
    ).tags
