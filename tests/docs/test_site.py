"""`make docs`: a strict build, whose pages load nothing from elsewhere and name every command and option."""

from __future__ import annotations

import html
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import click
import pytest

import annotate
import detect
import imagery
from hardstand import main

pytest.importorskip("mkdocs", reason="the site's builder is missing: .venv/bin/pip install -e '.[docs]'")


@pytest.fixture(scope="module")
def hooks(root: Path) -> ModuleType:
    """The site's hooks."""
    spec = spec_from_file_location("docs_hooks", root / "docs" / "hooks.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def site(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as `make docs` does."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    built = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return folder


def _commands(command: click.Command, context: click.Context) -> Iterator[tuple[str, click.Command]]:
    yield context.command_path, command
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below
            yield from _commands(below, click.Context(below, info_name=name, parent=context))


def test_pages_load_nothing_from_elsewhere(site: Path) -> None:
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        loaded = re.findall(r"<(?:script|img|iframe|source)[^>]*\ssrc=[\"']?(https?:)?//", text)
        loaded += re.findall(r"<link[^>]*rel=[\"']?(?:stylesheet|preload|preconnect)[^>]*https?://", text)
        assert not loaded, page
    for sheet in site.rglob("*.css"):
        assert not re.search(r"url\([\"']?https?:|@import", sheet.read_text(encoding="utf-8")), sheet


def test_the_reference_names_every_command_and_option(site: Path) -> None:
    page = html.unescape((site / "commands" / "index.html").read_text(encoding="utf-8"))
    for path, command in _commands(main, click.Context(main, info_name="hardstand", **main.context_settings)):
        section = re.search(
            rf'<h\d id="{path.replace(" ", "-")}">.*?(?=<h\d id=|</article>)', page, re.DOTALL
        )
        assert section, path
        for param in command.params:
            if isinstance(param, click.Option):
                assert max(param.opts, key=len) in section[0], f"{path} {param.opts}"


@pytest.mark.parametrize("package", [annotate, detect, imagery], ids=lambda package: package.__name__)
def test_the_reference_has_every_public_name(package: ModuleType, site: Path) -> None:
    page = (site / "api" / "index.html").read_text(encoding="utf-8")
    missing = [name for name in package.__all__ if f'id="{package.__name__}.{name}"' not in page]
    assert missing == [], "list them in docs/api.md"


def test_an_option_without_help_stops_the_build(hooks: ModuleType) -> None:
    @click.command()
    @click.option("--loud")
    def shout(loud: str) -> None:
        """Shout."""

    with pytest.raises(Exception, match="`shout --loud` has no help text"):
        list(hooks.command_sections(shout, click.Context(shout, info_name="shout")))


def test_a_command_without_help_stops_the_build(hooks: ModuleType) -> None:
    quiet = click.Command("quiet")
    with pytest.raises(Exception, match="`quiet` has no help text"):
        list(hooks.command_sections(quiet, click.Context(quiet, info_name="quiet")))


def test_the_repositorys_own_documents_are_pages(hooks: ModuleType, site: Path) -> None:
    for page in hooks.DOCUMENTS.values():
        assert (site / Path(page).stem / "index.html").exists(), page
