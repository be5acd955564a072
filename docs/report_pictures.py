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
# The page and the parts of it that each shows; of None as much as fits a screen.
PICTURES: dict[str, tuple[str, str | None]] = {
    "report.png": ("report.html", None),
    "report-changes.png": ("report-public.html", "section:has(> h2:text-is('What changed'))"),
    "report-stands.png": ("report-public.html", "section:has(> h2:text-is('Stands over time'))"),
    "report-scene.jpg": ("report-public.html", "figure.overview >> nth=-1"),
}
COLOURS = 128  # of a PNG with a palette; what is no photograph has few


def picture(page: Page, part: str | None) -> Image.Image:
    """Return a part of the page."""
    shot = page.screenshot() if part is None else page.locator(part).screenshot()
    return Image.open(io.BytesIO(shot)).convert("RGB")


def main() -> None:
    """Write the pictures."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise SystemExit("Chromium is missing: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": 1300})
        for name, (report, part) in PICTURES.items():
            page.goto((FOLDER / report).resolve().as_uri())
            drawn, path = picture(page, part), Path("docs") / name
            if path.suffix == ".jpg":
                drawn.save(path, quality=75, optimize=True)
            else:
                drawn.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
        browser.close()


if __name__ == "__main__":
    main()
