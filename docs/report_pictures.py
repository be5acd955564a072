"""The documents' pictures of a report: that of `make example`, as a browser shows it.

    make example && .venv/bin/python docs/report_pictures.py

Needs Chromium, as the browser tests do.
"""

from __future__ import annotations

import io
import shutil
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

FOLDER = Path("examples/bamako/out")
WIDTH = 960
# The page that each shows, from the heading of a section on, and how much of it, in pixels.
PICTURES: dict[str, tuple[str, str | None, int]] = {
    "report.png": ("report.html", None, 1300),
    "report-changes.png": ("report-public.html", "What changed", 420),
    "report-stands.png": ("report-public.html", "Stands over time", 620),
    "report-scenes.png": ("report-public.html", "Images searched", 900),
}
COLOURS = 128  # of a PNG with a palette; a page has few


def picture(page: Page, heading: str | None, height: int) -> Image.Image:
    """Return a part of the page."""
    top = 0.0
    if heading is not None:
        box = page.get_by_role("heading", name=heading, exact=True).bounding_box()
        if box is None:
            raise SystemExit(f"the report has no section {heading}")
        top = box["y"] - 16
    clip = {"x": 0, "y": top, "width": WIDTH, "height": height}
    shot = page.screenshot(full_page=True, clip=clip)  # type: ignore[arg-type]
    return Image.open(io.BytesIO(shot)).convert("RGB")


def main() -> None:
    """Write the pictures."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise SystemExit("Chromium is missing: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": 1300})
        for name, (report, heading, height) in PICTURES.items():
            page.goto((FOLDER / report).resolve().as_uri())
            drawn = picture(page, heading, height).quantize(COLOURS, dither=Image.Dither.NONE)
            drawn.save(Path("docs") / name, optimize=True)
        browser.close()


if __name__ == "__main__":
    main()
