"""The page's text."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from annotate.exports.redaction import redaction_for
from annotate.exports.selection import Selection
from annotate.log.entries import Movement, Sighting
from annotate.log.store import open_log
from annotate.query.filters import Filter
from annotate.report.contents import ReportContents, report_contents
from annotate.report.page import report_html, write_report
from imagery.errors import OutputExists, UsageError

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOSTILE = "</script><script>alert('x')</script><img src=x onerror=alert(1)>\"'`${alert(1)}{{7*7}}"


class Tags(HTMLParser):
    """The elements and attributes that a browser would see."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}


def data_of(page: str, name: str) -> Any:
    """What the page's script is given."""
    found = re.search(rf'<script type="application/json" id="{name}-data">(.*?)</script>', page)
    assert found
    return json.loads(found[1])


def text_of(page: str) -> str:
    """What a person reads of it, also once a card is opened."""
    cards = " ".join(card for _, card in data_of(page, "cards"))
    page = re.sub(r"<(style|script)[ >].*?</\1>", " ", page, flags=re.S)
    said = re.sub("</?bdi>", "", page + cards)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", said)))


@pytest.fixture(scope="module")
def page(example) -> str:
    return report_html(example.contents(), written=NOW)


def test_the_page_tells_what_was_seen_where_when_and_how_sure_somebody_is(example, page: str) -> None:
    text = text_of(page)
    assert "Lockheed C-130 Hercules (C130)" in text
    assert (
        "ana@example.org saw it in a RENDERED image, not a photograph, dated 27 October 2023 at "
        "Modibo Keita International Airport / Senou Airport" in text
    )
    assert "very likely (80 to 95 %)" in text
    assert "confirmed: A detector proposed this place, and a person agreed." in text
    assert "detector bright 1, score 0.88" in text
    for apron in example.aprons:
        assert str(apron.record.sha256) in page


def test_seen_reported_and_inferred_are_apart(page: str) -> None:
    text = text_of(page)
    assert "GABS → GAGO → GATS → DRRN → GABS reported" in text
    assert "Another source says so; no image in this log shows it" in text
    assert "GABS → GAGO inferred" in text
    assert "A conclusion: nobody saw or reported it" in text
    assert "the same type was at Gao on the day after" in text
    assert (
        "Reported for 2 September 2023 at Gao Airport (GAGO) by a photograph. No image in this log shows it."
        in text
    )


def test_disputed_sightings_say_who_says_what(page: str) -> None:
    text = text_of(page)
    assert "Disputed because" in text
    assert re.search(r"Disputed because analysts disagree on type: .{,80}AN12", text)


def test_the_head_of_the_log_is_at_the_top_with_what_it_proves_and_does_not(example, page: str) -> None:
    head = example.log.head()
    top = text_of(page)[:2500]
    assert f"Log head: {head.hash} after entry {head.seq}." in top
    assert f"hardstand log verify --head {head.hash}" in top
    assert "It does not show that the entries are true" in top


def test_each_entry_is_given_with_its_hash_and_its_pictures_hashes(example, page: str) -> None:
    hashes = {entry.id: entry.hash for entry in example.log.entries()}
    entries: list[Sighting | Movement] = [*example.log.sightings(), *example.log.movements()]
    assert len(entries) == 6
    text = text_of(page)
    for entry in entries:
        assert entry.id in text
        assert hashes[entry.id] in text
    for sighting in example.log.sightings():
        assert sighting.chip_sha256 is None or sighting.chip_sha256 in text


def test_everything_from_a_rendered_image_says_so(example, page: str) -> None:
    rendered = [sighting.id for sighting in example.log.sightings() if sighting.rendered]
    assert len(rendered) == 2
    for entry, card in data_of(page, "cards"):
        is_rendered = entry in rendered
        assert is_rendered == ("RENDERED" in card)
        if is_rendered:
            assert card.count('class="frame"') == 2
            assert len(re.findall(r"<b class=.badge rendered.>RENDERED</b></div>", card)) == 2
    assert "RENDERED IMAGES, NOT PHOTOGRAPHS" in page
    assert [("RENDERED" in row[0]) for row in data_of(page, "scenes")["rows"]] == [False, False, True]


def test_a_page_without_rendered_images_does_not_mention_any(example) -> None:
    text = text_of(report_html(example.contents(matching=Filter(airfields=frozenset({"GAGO"}))), written=NOW))
    assert "RENDERED" not in text


def test_scenes_without_the_type_that_was_asked_for_are_shown_as_such(example) -> None:
    contents = example.contents(matching=Filter(types=frozenset({"C130"})))
    assert [scene.state for scene in contents.scenes] == ["none", "partly", "aircraft"]
    assert [len(scene.sightings) + scene.others for scene in contents.scenes] == [0, 1, 2]


def test_nothing_to_show_is_said_instead_of_an_empty_page(example) -> None:
    with pytest.raises(UsageError, match="no sightings, movements or searched scenes match"):
        example.contents(matching=Filter(airfields=frozenset({"EGLL"})))


@pytest.fixture
def hostile(
    tmp_path: Path, reported: Callable[..., Sighting], route: Callable[..., Movement]
) -> ReportContents:
    """A log in which every text tries to become markup, and every link a script."""
    words = dict.fromkeys(("operator", "tail_number", "note", "source", "source_file", "type"), HOSTILE)
    links = {"source_url": "javascript:alert(1)", "archive_url": "data:text/html,<script>alert(1)</script>"}
    with open_log(str(tmp_path / "hostile.db"), create=True) as log:
        log.add(reported(analyst=HOSTILE, airfield=HOSTILE, lon=1.0, lat=2.0, **words, **links))
        log.add(
            reported(
                evidence="seen",
                scene_path=HOSTILE,
                sensor=HOSTILE,
                licence=HOSTILE,
                image_id=HOSTILE,
                scene_sha256="12" * 32,
            )
        )
        log.add_movement(route(reasoning=HOSTILE, places=("GABS", HOSTILE), **words, **links))
        return report_contents(Selection(log))


def test_hostile_text_stays_text(hostile: ReportContents) -> None:
    page = report_html(hostile, title=HOSTILE, written=NOW)
    # The only markup that runs or could run is our own.
    assert len(re.findall(r"<script>", page)) == 1
    assert len(re.findall(r"<script[ >]", page)) == 1 + 5
    assert page.count("</script>") == page.count("<script")
    assert "<img src=x" not in page
    tags = Tags()
    tags.feed(page)
    for _, card in data_of(page, "cards"):
        tags.feed(card)
    assert "a" in tags.names
    assert not {name for name in tags.attributes if name.startswith("on")}
    assert tags.names.isdisjoint({"iframe", "object", "embed", "form", "link", "base"})
    assert "49" not in re.findall(r"<h1>(.*?)</h1>", page, flags=re.S)[0]
    assert not re.search(r'href="(?!https?://|#)', page)
    assert "javascript:alert(1)" in text_of(page), "as words, it is evidence, too"


def test_nothing_can_run_or_be_loaded_but_what_is_in_the_page(page: str) -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html.unescape(page))
    assert policy
    directives = dict(part.strip().split(" ", 1) for part in policy[1].split(";"))
    assert directives["default-src"] == "'none'"
    assert directives["img-src"] == "data:"
    for name, tag in (("script-src", "script"), ("style-src", "style")):
        inside = re.search(rf"<{tag}>(.*?)</{tag}>", page, flags=re.S)
        assert inside
        digest = base64.b64encode(hashlib.sha256(inside[1].encode()).digest()).decode()
        assert directives[name] == f"'sha256-{digest}'", "only this text, and nothing else inline"
    markup = re.sub(r"<style>.*?</style>|<script>.*?</script>", "", page, flags=re.S)
    assert not re.search(r"\sstyle=", markup)
    assert not re.search(r'\s(src|srcset|poster|data)="', markup)
    assert not re.search(r"url\(|@import", page)


def test_what_is_not_public_is_nowhere_in_the_public_edition(example, page: str) -> None:
    redaction = redaction_for(example.log, public=True)
    published = report_html(example.contents(redaction=redaction), written=NOW)
    for secret in ("ana@example.org", "bert@example.org", "SOURCE-X", str(example.aprons[0].path.parent)):
        assert secret not in published
        assert secret in page, "or this test would see nothing"
    assert [each.path.name for each in example.aprons if each.path.name in published] == []
    assert "names of analysts and of local files and private notes are left out" in text_of(published)
    assert "An analyst saw it in" in text_of(published)


def test_a_page_is_written_whole_and_replaces_nothing_unasked(example, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    assert write_report(example.log, path, title="Who flew?") == (path, 4, 2, 3)
    assert "<h1>Who flew?</h1>" in path.read_text(encoding="utf-8")
    with pytest.raises(OutputExists):
        write_report(example.log, path)
    write_report(example.log, path, overwrite=True)
    assert "<h1>Aircraft at Modibo Keita International Airport / Senou Airport (GABS)" in path.read_text(
        encoding="utf-8"
    )


def test_the_same_log_gives_the_same_page(example) -> None:
    assert report_html(example.contents(), written=NOW) == report_html(example.contents(), written=NOW)


def test_a_heading_that_may_be_the_wrong_way_round_says_so(
    tmp_path: Path, reported: Callable[..., Sighting]
) -> None:
    with open_log(str(tmp_path / "log.db"), create=True) as log:
        log.add(reported(heading_deg=350.4, heading_sure=False))
        text = text_of(report_html(report_contents(Selection(log)), written=NOW))
    assert "heading 350° or 170°: nose and tail could be swapped" in text
