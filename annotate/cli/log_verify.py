"""``hardstand log verify``: whether the log is what was written."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import click

from annotate.cli.options import log_option
from annotate.cli.output import warn
from annotate.log.chain import is_hash
from annotate.log.database import LogError
from annotate.log.reading import LoggedEntry
from annotate.log.store import open_log
from annotate.log.verify import NamedScene, Verified, changed, is_there, on_this_machine, verify_entries
from imagery.cli.progress import progress
from imagery.errors import UsageError

MISSING_NAMED = 5  # a log may name thousands
TOLD_EVERY = 500  # entries


@click.command()
@click.option(
    "--head", "published", metavar="HASH", help="A hash that `log head` printed once: must be in the log."
)
@click.option(
    "--scenes",
    "with_scenes",
    is_flag=True,
    help="Hash the files of every scene that the log names anew, which reads all of them.",
)
@log_option
def verify(published: str | None, with_scenes: bool, location: str) -> None:
    """Recompute the chain, and name the first entry that fails.

    Every entry's text, hash and columns are checked, and the chips of every sighting. An end that was cut
    off or rewritten shows only by --head, against a hash that was published before.
    """
    if published is not None and not is_hash(published):
        raise UsageError(f"--head: '{published}' is no hash; give all 64 digits as `log head` printed them")
    with open_log(location) as log:
        name = log.name
        with progress(name, "entries") as report:
            read = _told(log.entries(), log.head().seq, report)
            found = verify_entries(read, log.chips, published and published.lower())
    _refuse(name, found, published)
    _check_scenes(name, found.scenes, with_scenes)
    if found.chips_unchecked:
        warn(
            f"chips of {found.chips_unchecked} sightings were not checked; name their folder: HARDSTAND_CHIPS"
        )
    if found.seen is not None:
        click.echo(f"the published head is entry {found.seen}; nothing up to it has changed", err=True)
    entries = "1 entry" if found.head.seq == 1 else f"{found.head.seq} entries"
    click.echo(f"{name}: {entries}, each as it was written", err=True)
    click.echo(found.head.hash)


def _told(
    entries: Iterator[LoggedEntry], total: int, report: Callable[[int, int], None]
) -> Iterator[LoggedEntry]:
    """Entries as they are read, with a word now and then on how many that were: chips take long to hash."""
    for entry in entries:
        if entry.seq % TOLD_EVERY == 0:
            report(entry.seq, total)
        yield entry


def _refuse(name: str, found: Verified, published: str | None) -> None:

    if found.failure is not None:
        raise LogError(f"{name}: entry {found.failure.seq} ({found.failure.id}): {found.failure.why}")
    if published is not None and found.seen is None:
        raise LogError(
            f"{name}: no entry has the published hash {published}: entries were removed from its end, or the "
            "end was rewritten, or this is another log"
        )


def _check_scenes(name: str, scenes: list[NamedScene], anew: bool) -> None:
    """Hash the scenes, or only say which are not there."""
    here = [scene for scene in scenes if on_this_machine(scene)]
    if anew:
        with progress(name, "scenes") as report:
            for done, scene in enumerate(here, start=1):
                why = changed(scene)
                if why is not None:
                    raise LogError(f"{name}: entry {scene.seq} ({scene.id}): {why}")
                report(done, len(here))
        if len(here) < len(scenes):
            warn(
                f"{len(scenes) - len(here)} scenes were read over a network, where nothing can be hashed anew"
            )
        click.echo(f"{len(here)} scenes: each is what it was", err=True)
        return
    missing = [scene for scene in here if not is_there(scene)]
    for scene in missing[:MISSING_NAMED]:
        warn(f"scene {scene.path} is not there; entry {scene.seq} is the first that names it")
    if others := missing[MISSING_NAMED:]:
        warn(f"{len(others)} more scenes are not there; paths that are relative count from where you are")


@click.command()
@log_option
def head(location: str) -> None:
    """Print the hash of the latest entry.

    Publish it where you cannot change it later. Whoever knows it can tell by `log verify --head HASH` that
    nothing before it was changed since; a log whose end was cut off or rewritten shows against it alone.
    """
    with open_log(location) as log:
        latest, name = log.head(), log.name
    click.echo(f"{name}: entry {latest.seq}" if latest.seq else f"{name}: no entries", err=True)
    click.echo(latest.hash)
