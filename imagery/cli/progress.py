"""Progress of long work on stderr: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from imagery.cli.messages import printable
from imagery.secrets import without_secrets

LINE_EVERY_S = 10.0


@contextmanager
def progress(what: str, unit: str) -> Iterator[Callable[[int, int], None]]:
    """Show how far some work has come.

    Args:
        what: The work, such as a file's name.
        unit: What is counted, in the plural.

    Yields:
        A function to call with the number done and the total.
    """
    console = Console(stderr=True)
    what = printable(without_secrets(what))
    if console.is_terminal:
        with _bar(console, what, unit) as report:
            yield report
    else:
        yield _lines(console, what, unit)


@contextmanager
def _bar(console: Console, what: str, unit: str) -> Iterator[Callable[[int, int], None]]:

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(escape(what), total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _lines(console: Console, what: str, unit: str) -> Callable[[int, int], None]:
    now_and_then = _line_now_and_then(console, what)
    return lambda done, total: now_and_then(f"{done} of {total} {unit}")


def _line_now_and_then(console: Console, what: str) -> Callable[[str], None]:
    last = time.monotonic()

    def report(words: str) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= LINE_EVERY_S:
            last = now
            console.print(f"{what}: {words}", markup=False, highlight=False, soft_wrap=True)

    return report


@contextmanager
def activity(what: str) -> Iterator[Callable[[str], None]]:
    """Show what some work of unknown length is doing.

    Args:
        what: The work.

    Yields:
        A function to call with what is being done right now, as often as one likes.
    """
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _line_now_and_then(console, what)
        return
    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(escape(what), total=None)
        yield lambda words: bar.update(task, description=escape(printable(f"{what}: {words}")))
