"""An analyst's page at the shared server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from annotate.labelstudio.server import Server

SLOW_MS = 120_000  # a busy machine is no failure


@pytest.fixture(scope="session")
def page(browser: Browser, label_studio: Server) -> Iterator[Page]:
    """A page of an analyst who has logged in."""
    page = browser.new_context().new_page()
    page.set_default_timeout(SLOW_MS)
    page.goto(f"{label_studio.url}/user/login")
    page.fill("#email", label_studio.username)
    page.fill("#password", label_studio.password_file.read_text(encoding="utf-8").strip())
    page.click("button[type=submit]")
    page.wait_for_url(lambda url: "/user/login" not in url)
    yield page
    page.context.close()
