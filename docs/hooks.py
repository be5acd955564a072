"""MkDocs hooks: the command reference, made from the commands themselves, and the repository's own documents.

A command or option without help stops the build, as a broken link does.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

from hardstand import main

ROOT = Path(__file__).resolve().parents[1]
COMMANDS = "commands.md"
PLACEHOLDER = "{{ commands }}"
# Documents of the repository that are pages of the site too, under another name.
DOCUMENTS = {
    "ARCHITECTURE.md": "architecture.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "benchmarks/README.md": "benchmarks.md",
    "detect/weights/pleiades/MODEL_CARD.md": "weights-pleiades.md",
    "detect/weights/open/MODEL_CARD.md": "weights-open.md",
    "tests/data/README.md": "marked-aircraft.md",
}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the repository's documents to the site."""
    for path, page in DOCUMENTS.items():
        text = (ROOT / path).read_text(encoding="utf-8").replace("](docs/", "](")
        for other, other_page in DOCUMENTS.items():
            text = text.replace(f"]({other}", f"]({other_page}")
        files.append(File.generated(config, page, content=text))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Fill in the command reference, and turn links into the repository to pages of the site."""
    if page.file.src_uri == COMMANDS:
        context = click.Context(main, info_name="hardstand", **main.context_settings)
        return markdown.replace(PLACEHOLDER, "\n".join(command_sections(main, context)))
    for path, name in DOCUMENTS.items():
        markdown = markdown.replace(f"](../{path}", f"]({name}")
    return markdown


def command_sections(command: click.Command, context: click.Context) -> Iterator[str]:
    """Yield the Markdown of a command and of all commands below it.

    Raises:
        PluginError: A command or an option has no help text.
    """
    path = context.command_path
    if not command.help:
        raise PluginError(f"`{path}` has no help text")
    yield f"{'#' * min(len(path.split()) + 1, 4)} {path}\n"
    yield f"```text\n{path} {' '.join(command.collect_usage_pieces(context))}\n```\n"
    yield f"{_paragraphs(command.help)}\n"
    options = [_row(option, context) for option in command.get_params(context) if _is_shown(option)]
    if options:
        yield "\n".join(["| Option | |", "| --- | --- |", *options]) + "\n"
    if isinstance(command, click.Group):
        below = list(_subcommands(command, context))
        rows = [
            f"| [{ctx.info_name}](#{_anchor(ctx.command_path)}) | {_summary(sub)} |" for sub, ctx in below
        ]
        yield "\n".join(["| Command | |", "| --- | --- |", *rows]) + "\n"
        for subcommand, subcontext in below:
            yield from command_sections(subcommand, subcontext)


def _subcommands(group: click.Group, context: click.Context) -> Iterator[tuple[click.Command, click.Context]]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None:
            raise PluginError(f"`{context.command_path} {name}` is listed but does not exist")
        yield command, click.Context(command, info_name=name, parent=context)


def _anchor(path: str) -> str:
    return path.replace(" ", "-")


def _summary(command: click.Command) -> str:
    return _escaped(" ".join((command.help or "").partition("\n\n")[0].split()))


def _is_shown(parameter: click.Parameter) -> bool:
    return isinstance(parameter, click.Option) and not parameter.hidden and "--help" not in parameter.opts


def _row(option: click.Parameter, context: click.Context) -> str:
    record = option.get_help_record(context)
    if record is None or not getattr(option, "help", None):
        raise PluginError(f"`{context.command_path} {max(option.opts, key=len)}` has no help text")
    spelled, text = record
    return f"| <code>{html.escape(spelled).replace('|', '&#124;')}</code> | {_escaped(text)} |"


def _paragraphs(text: str) -> str:
    """Return a command's help as Markdown."""
    paragraphs = re.split(r"\n\s*\n", text.replace("\b", ""))
    return "\n\n".join(_escaped(" ".join(paragraph.split())) for paragraph in paragraphs)


def _escaped(text: str) -> str:
    """Return a help text as Markdown: what it has in backticks is code, all else is taken as it is."""
    parts = text.split("`")
    for index in range(0, len(parts), 2):
        parts[index] = re.sub(r"[<|*\[\]_]", lambda sign: f"&#{ord(sign[0])};", parts[index])
    return "`".join(parts).replace("|", "&#124;")
