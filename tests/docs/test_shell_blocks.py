"""README and docs: every command in them runs as printed, and what needs more than a folder is understood."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from itertools import takewhile
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from PIL import Image

from hardstand import main

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
OTHER_PROGRAMS = {"export", "pipx"}
NEED_SERVER = {"review"}
Blocks = Callable[[Path, str], list[str]]


def _lines(block: str) -> list[list[str]]:
    """Return the commands of a block as words, without comments and prompts."""
    joined = re.sub(r"\\\n\s*", " ", block)
    return [words for line in joined.splitlines() if (words := shlex.split(line, comments=True))]


def _check(words: list[str]) -> None:
    """Let click read a command line of hardstand, and run nothing.

    Raises:
        UsageError: There is no such command, or it cannot be called so.
    """
    command: click.Command = main
    context = click.Context(main, info_name="hardstand", **main.context_settings)
    words = words[1:]
    while isinstance(command, click.Group):
        below = command.get_command(context, words[0])
        if below is None:
            raise click.UsageError(f"no command {words[0]}", context)
        command, words = below, words[1:]
    command.make_context(command.name or "", words, parent=context)


def _targets() -> set[str]:
    return set(re.findall(r"^([\w./-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_line_can_be_read(document: Path, code_blocks: Blocks) -> None:
    for block in code_blocks(document, "text"):
        for words in _lines("\n".join(line for line in block.splitlines() if line.startswith("hardstand "))):
            _check(words)
    for words in (words for block in code_blocks(document, "sh") for words in _lines(block)):
        program = words[0]
        if program == "hardstand":
            _check(words)
        elif program == "make":
            assert {word for word in words[1:] if "=" not in word} <= _targets(), words
        else:
            assert program in OTHER_PROGRAMS or program.startswith(".venv/bin/"), words


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_in_the_text_exists(document: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", document.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for code in re.findall(r"`(hardstand [^`]+)`", text):
        names = takewhile(lambda word: re.fullmatch("[a-z]+", word), code.split()[1:])
        command: click.Command = main
        for name in names:
            if not isinstance(command, click.Group):
                break
            below = command.get_command(click.Context(command), name)
            assert below is not None, code
            command = below
        spelled = {name for param in command.params for name in param.opts}
        options = set(re.findall(r"--[a-z-]+", code)) - {"--help", "--debug", "--version"}
        assert options <= spelled, code


@pytest.mark.slow
@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_runs_in_order(
    document: Path,
    code_blocks: Blocks,
    readers_folder: Path,
    stand_in_for_review: Callable[[], None],
    cli: CliRunner,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lines = [words for block in code_blocks(document, "sh") for words in _lines(block)]
    pulls = any(words[:3] == ["hardstand", "review", "pull"] for words in lines)
    Image.new("RGB", (1920, 1080), "gray").save(readers_folder / "screenshot.png")
    if not pulls:
        stand_in_for_review()
    for words in lines:
        if words[0] == "export":
            name, _, value = words[1].partition("=")
            monkeypatch.setenv(name, value)
        elif words[:3] == ["hardstand", "review", "pull"]:
            stand_in_for_review()
        elif words[0] == "hardstand" and words[1] not in NEED_SERVER:
            result = cli.invoke(main, words[1:])
            assert result.exit_code == 0, f"{shlex.join(words)}\n{result.output}"


@pytest.mark.slow
@pytest.mark.labelstudio
def test_the_readme_runs_from_an_image_to_a_report(
    code_blocks: Blocks, readers_folder: Path, cli: CliRunner, label_studio: object
) -> None:
    from examples.bamako.analyst import review

    done = []
    for words in (words for block in code_blocks(ROOT / "README.md", "sh") for words in _lines(block)):
        if words[0] != "hardstand" or words[1:3] == ["review", "stop"]:
            continue
        result = cli.invoke(main, words[1:])
        assert result.exit_code == 0, f"{shlex.join(words)}\n{result.output}"
        done.append(" ".join(words[1:3]))
        if words[1:3] == ["review", "push"]:
            project = re.search(r"/projects/(\d+)", result.output)
            assert project
            assert review(int(project[1])) > 0
    assert {"review start", "review push", "review pull"} <= set(done)
    assert "RENDERED" in (readers_folder / "bamako.html").read_text(encoding="utf-8")
