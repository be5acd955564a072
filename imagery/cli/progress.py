"""Progress of long work on stderr: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

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
    last = time.monotonic()

    def report(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= LINE_EVERY_S:
            last = now
            console.print(f"{what}: {done} of {total} {unit}", markup=False, highlight=False, soft_wrap=True)

    return report
