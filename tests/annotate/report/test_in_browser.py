"""The page in a real browser with the network cut: what editors see, sort, open and print."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from pypdf import PdfReader

from annotate.exports.selection import Selection
from annotate.log.entries import Movement, SceneReview, Sighting, Verdict
from annotate.log.store import open_log
from annotate.report.contents import report_contents
from annotate.report.page import report_html, write_report
from imagery.airfields import airfields
from imagery.record import SceneRecord

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ARTIFACTS = Path(__file__).resolve().parents[2] / "artifacts"
SCREENS = ((1280, 800), (1920, 1080))
PHONE = (390, 844)
MANY = 2000
FIELDS = ("GABS", "GAGO", "GATS", "DRRN", "DFFD")
HOSTILE = "</script><img src=x onerror='window.hacked=1'><script>window.hacked=1</script>"
# A page of the table, one card, and marks and lines of map and timeline: however much the log holds.
MOST_NODES = 2500


class Visit:
    """A page in a browser that can reach nothing, and what it tried.

    Attributes:
        page: Opened.
        asked: Addresses that it asked for, without itself and without data.
        complaints: What the browser's console says, refusals by the security policy among it.
    """

    def __init__(self, browser: Browser, path: Path, screen: tuple[int, int] = SCREENS[0]) -> None:
        width, height = screen
        context = browser.new_context(viewport={"width": width, "height": height}, offline=True)
        self.asked: list[str] = []
        self.complaints: list[str] = []
        self.page: Page = context.new_page()
        address = path.as_uri()

        def only_itself(route: Route) -> None:
            if route.request.url.partition("#")[0] == address:
                route.continue_()
            else:
                self.asked.append(route.request.url)
                route.abort()

        context.route(lambda url: not url.startswith("data:"), only_itself)
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        self.page.goto(address)
        self.rows = self.page.locator("#sightings tr.entry")

    def nodes(self) -> int:
        return int(self.page.evaluate("document.querySelectorAll('*').length"))

    def close(self) -> None:
        assert self.asked == []
        assert self.complaints == []
        self.page.context.close()


@pytest.fixture(scope="module")
def report(example, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report(example.log, tmp_path_factory.mktemp("page") / "report.html").path


@pytest.fixture
def visit(browser: Browser, report: Path) -> Iterator[Visit]:
    visiting = Visit(browser, report)
    yield visiting
    visiting.close()


@pytest.mark.parametrize("screen", SCREENS)
def test_it_fits_the_screen_and_asks_the_network_for_nothing(
    browser: Browser, report: Path, screen: tuple[int, int]
) -> None:
    visit = Visit(browser, report, screen)
    expect(visit.page.locator("#map path.borders")).to_have_attribute("d", re.compile("M.*L"))
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= screen[0]
    ARTIFACTS.mkdir(exist_ok=True)
    visit.page.screenshot(path=ARTIFACTS / f"report-{screen[0]}.png", full_page=True)
    visit.close()


def test_seen_is_drawn_solid_reported_dashed_and_inferred_dotted(visit: Visit) -> None:
    def dashes(selector: str) -> str:
        one = visit.page.locator(selector).first
        return str(one.evaluate("element => getComputedStyle(element).strokeDasharray"))

    expect(visit.page.locator("#map path.route.reported")).to_have_count(4)
    expect(visit.page.locator("#map path.route.inferred")).to_have_count(1)
    expect(visit.page.locator("#map path.route.seen")).to_have_count(0)
    assert dashes("#map path.route.reported") == "9px, 6px"
    assert dashes("#map path.route.inferred") == "0.1px, 6px"
    assert dashes("#map use.seen") == "none"
    assert dashes("#map .spot.reported") == "4px, 2.5px"


def test_the_map_zooms_to_an_apron_and_opens_what_is_clicked(visit: Visit) -> None:
    page = visit.page
    real, drawn = (
        page.locator("#map .pick .seen:not(.rendered)"),
        page.locator("#map .many.seen.rendered + text"),
    )
    expect(real).to_have_count(1)
    expect(drawn).to_have_text("2")  # apart from the real one beside them
    page.get_by_role("button", name="GABS", exact=True).click()
    expect(page.locator("#map .footprint")).to_be_visible()
    expect(page.locator("#map text.name", has_text="RENDERED")).to_be_visible()
    for _ in range(3):
        page.get_by_role("button", name="+", exact=True).click()
    glyph = page.locator("#map .pick").last  # the uppermost
    expect(glyph).to_be_visible()
    glyph.click()
    expect(page.locator("#sightings tr.detail").first).to_be_visible()
    lengths = page.locator("#map path.route").evaluate_all("all => all.map(one => one.getTotalLength())")
    assert all(length < 5000 for length in lengths), (
        "a route is cut at the map's edge, not 10,000 km of dashes"
    )


def test_a_row_opens_to_its_evidence_with_both_pictures(visit: Visit) -> None:
    page = visit.page
    row = visit.rows.filter(has_text="C-130").filter(has_text="seen").first
    row.click()
    card = page.locator("#sightings article.card", has_text="Lockheed C-130 Hercules").filter(
        has_text="27 October"
    )
    expect(card.locator("img")).to_have_count(2)
    for image in card.locator("img").all():
        assert image.evaluate("one => one.decode().then(() => one.naturalWidth)") > 50
    expect(card).to_contain_text("SHA-256 of the image")
    row.click()
    expect(card).to_have_count(0)


def test_sorting_and_filtering_change_table_and_map(visit: Visit) -> None:
    page = visit.page
    expect(visit.rows).to_have_count(4)
    page.get_by_role("button", name="When").click()
    first, last = visit.rows.first, visit.rows.last
    expect(first).to_contain_text("2 September 2023")
    expect(last).to_contain_text("27 October 2023")
    page.get_by_role("button", name="When").click()
    expect(first).to_contain_text("27 October 2023")
    expect(page.locator("#sightings th[aria-sort=descending]")).to_have_text("When")

    page.get_by_label("Evidence").select_option("reported")
    expect(visit.rows).to_have_count(1)
    expect(page.locator("#map .many.seen")).to_have_count(0)
    page.get_by_role("button", name="Show all again").click()
    expect(visit.rows).to_have_count(4)
    page.get_by_label("Search sightings").fill("hercules gao")
    expect(visit.rows).to_have_count(1)
    expect(page.locator("#sightings .count")).to_have_text("1 of 4 sightings")
    page.get_by_label("Search sightings").fill("no such thing")
    expect(visit.rows).to_have_count(0)


def test_scenes_without_aircraft_are_on_the_timeline_and_in_the_list(visit: Visit) -> None:
    bamako = visit.page.locator(".timeline .row", has_text="Senou")
    expect(bamako.locator("svg.mark.none title")).to_have_text("5 August 2023: no aircraft found")
    expect(bamako.locator("svg.mark.aircraft")).to_have_count(2)
    expect(visit.page.locator("#scenes tbody tr", has_text="no aircraft found")).to_contain_text(
        "5 August 2023"
    )


def test_an_address_with_an_entry_opens_it(browser: Browser, example, report: Path) -> None:
    (told,) = [one for one in example.log.sightings() if one.evidence == "reported"]
    visit = Visit(browser, report)
    visit.page.evaluate("id => { location.hash = `sighting-${id}`; }", told.id)
    expect(visit.page.locator(f"#sightings #sighting-{told.id}")).to_be_visible()
    visit.close()


def test_on_paper_every_sighting_is_there_with_its_addresses_and_nothing_to_press(
    visit: Visit, example, tmp_path: Path
) -> None:
    path = ARTIFACTS / "report.pdf"
    ARTIFACTS.mkdir(exist_ok=True)
    visit.page.pdf(path=path, prefer_css_page_size=True)
    reader = PdfReader(path)
    text = re.sub(r"\s+", " ", " ".join(page.extract_text() for page in reader.pages))
    assert round(float(reader.pages[0].mediabox.width)) == 595, "A4"
    for sighting in example.log.sightings():
        assert sighting.id in text
    assert "https://example.org/photo?a=1&b=2" in text
    assert text.count("RENDERED") > 6
    assert example.log.head().hash in text.replace(" ", "")
    assert sum(len(page.images) for page in reader.pages) >= 6, "two of each that was seen"
    assert "Search" not in text
    assert "▸" not in text
    expect(visit.page.locator("#print-cards article")).to_have_count(0)
    expect(visit.rows).to_have_count(4)


def test_hostile_entries_run_nothing(
    browser: Browser, tmp_path: Path, reported: Callable[..., Sighting], route: Callable[..., Movement]
) -> None:
    links = {"source_url": "javascript:window.hacked=1", "archive_url": "data:text/html,<script>1</script>"}
    words = {"operator": HOSTILE, "note": HOSTILE, "source": HOSTILE, "type": HOSTILE}
    with open_log(str(tmp_path / "log.db"), create=True) as log:
        log.add(reported(analyst=HOSTILE, lon=0.1, lat=16.2, **words, **links))
        log.add_movement(route(reasoning=HOSTILE, **words, **links))
        page = report_html(report_contents(Selection(log)), title=HOSTILE, written=datetime.now(UTC))
    path = tmp_path / "report.html"
    path.write_text(page, encoding="utf-8")
    visit = Visit(browser, path)
    visit.page.locator("#map .pick").first.click()
    expect(visit.page.locator("#sightings article.card")).to_contain_text("window.hacked=1")
    assert visit.page.evaluate("window.hacked") is None
    assert visit.page.locator("a[href^=javascript], a[href^=data]").count() == 0
    assert visit.page.locator("img").count() == 0
    visit.close()


@pytest.mark.parametrize("screen", [*SCREENS, PHONE])
def test_endless_words_and_turned_writing_stay_in_their_place(
    browser: Browser,
    tmp_path: Path,
    screen: tuple[int, int],
    reported: Callable[..., Sighting],
    route: Callable[..., Movement],
) -> None:
    """An override of the direction of writing turned round what we say after it, too."""
    words = {
        "operator": "W" * 400,
        "note": "\u0637\u0627\u0626\u0631\u0629" * 80,
        "source": f"\u202e{'x' * 300}",
    }
    with open_log(str(tmp_path / "log.db"), create=True) as log:
        log.add(reported(**words))
        log.add_movement(route(**words))
        path = write_report(log, tmp_path / "report.html").path
    visit = Visit(browser, path, screen)
    card = visit.page.locator("#sightings article.card")
    expect(card.locator("p.lede bdi")).to_contain_text("xxx")
    edges = card.evaluate_all("all => all.map(one => [one.scrollWidth, one.clientWidth])")
    assert all(needed <= there for needed, there in edges)
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= screen[0]
    visit.close()


@pytest.fixture(scope="module")
def many(
    tmp_path_factory: pytest.TempPathFactory,
    verdict: Callable[..., Verdict],
    scene_record: Callable[..., SceneRecord],
    reviewed: Callable[..., SceneReview],
) -> Path:
    """A page of 2,000 sightings in 200 scenes of five airfields over eight years."""
    chance = random.Random(0)
    scenes = []
    for number in range(200):
        day = f"{chance.randint(2016, 2023)}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}"
        scenes.append((FIELDS[number % 5], scene_record(sha256=f"{number:064x}", acquired=day)))
    said = []
    for number in range(MANY):
        field, scene = scenes[number % 190]  # ten are empty
        lon, lat = airfields()[field].lonlat
        one = verdict(number, scene=scene, airfield=field, type=chance.choice(["C130", "AN12", "IL76", None]))
        spot = {"lon": lon + chance.gauss(0, 0.004), "lat": lat + chance.gauss(0, 0.004)}
        said.append(replace(one, heading_deg=chance.uniform(0, 360), **spot))
    folder = tmp_path_factory.mktemp("many")
    with open_log(str(folder / "log.db"), create=True) as log:
        log.record(said)
        log.review(reviewed(scene, airfield=field) for field, scene in scenes)
        return write_report(log, folder / "report.html").path


def test_two_thousand_sightings_never_become_more_than_a_page_of_elements(
    browser: Browser, many: Path
) -> None:
    visit = Visit(browser, many)
    page = visit.page
    expect(visit.rows).to_have_count(25)
    expect(page.locator("#sightings .count")).to_have_text("2000 sightings, 1 to 25")
    assert visit.nodes() < MOST_NODES
    for name in ("Type", "Measured", "When"):
        page.locator("#sightings th").get_by_role("button", name=name).click()
        expect(visit.rows).to_have_count(25)
    page.get_by_title("Next page").first.click()
    expect(page.locator("#sightings .count")).to_have_text("2000 sightings, 26 to 50")
    shown = page.locator("#map .many + text").all_text_contents()
    assert sum(map(int, shown)) == MANY, "none is lost among those that are drawn as one"
    page.get_by_role("button", name="GABS", exact=True).click()
    expect(page.locator("#map .footprint")).to_be_visible()
    assert visit.nodes() < MOST_NODES
    page.get_by_label("Search sightings").fill("tessalit")
    expect(page.locator("#sightings .count")).to_contain_text("of 2000 sightings")
    assert visit.nodes() < MOST_NODES
    visit.close()


@pytest.mark.parametrize("screen", [*SCREENS, PHONE])
def test_no_text_on_the_map_lies_on_another_nor_on_a_mark(
    browser: Browser, report: Path, screen: tuple[int, int]
) -> None:
    visit = Visit(browser, report, screen)
    visit.page.get_by_role("button", name="GABS", exact=True).click()
    expect(visit.page.locator("#map image.ground")).to_have_count(1)
    covered = visit.page.evaluate("""() => {
      const drawn = document.querySelectorAll("#map text:not(g text), #map g.pick > :first-child");
      const boxes = [...drawn].map((one) => [one, one.getBoundingClientRect()]);
      const texts = boxes.filter(([one]) => one.tagName === "text");
      return texts.flatMap(([text, a]) => boxes.filter(([other, b]) => other !== text
        && a.left < b.right - 2 && b.left < a.right - 2 && a.top < b.bottom - 3 && b.top < a.bottom - 3)
        .map(([other]) => `${text.textContent} on ${other.textContent || other.tagName}`));
    }""")
    visit.close()
    assert covered == []


def test_a_page_of_paper_has_three_sightings(browser: Browser, report: Path) -> None:
    visit = Visit(browser, report, (703, 1030))
    visit.page.emulate_media(media="print")
    heights = visit.page.evaluate(
        "() => { dispatchEvent(new Event('beforeprint'));"
        " return [...document.querySelectorAll('#print-cards .card')].map((one) => one.offsetHeight); }"
    )
    visit.close()
    page_px = 273 / 25.4 * 96
    assert len(heights) == 4
    assert all(height < page_px / 2 for height in heights)
    assert sorted(heights)[1] < page_px / 3
