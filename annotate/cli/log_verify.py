"""``hardstand log verify``: whether the log is what was written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from annotate.cli.options import log_option
from annotate.cli.warning import warn

if TYPE_CHECKING:
    from annotate.log.verify import NamedScene, Verified


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
    """Recompute the whole chain, and name the first entry that is not what was written.

    Every entry's text, hash and columns are checked, and the chips of every sighting. An end that was cut
    off or rewritten shows only by --head, against a hash that was published before.
    """
    from annotate.log.chain import is_hash
    from annotate.log.store import open_log
    from annotate.log.verify import verify_entries
    from imagery.errors import UsageError

    if published is not None and not is_hash(published):
        raise UsageError(f"--head: '{published}' is no hash; give all 64 digits as `log head` printed them")
    with open_log(location) as log:
        found = verify_entries(log.entries(), log.chips, published and published.lower())
        name = log.name
    _refuse(name, found, published)
    _check_scenes(name, found.scenes, with_scenes)
    if found.chips_unchecked:
        warn(
            f"chips of {found.chips_unchecked} sightings were not checked; name their folder: HARDSTAND_CHIPS"
        )
    if found.seen is not None:
        click.echo(f"the published head is entry {found.seen}; nothing up to it has changed", err=True)
    click.echo(f"{name}: {found.head.seq} entries, each as it was written", err=True)
    click.echo(found.head.hash)


def _refuse(name: str, found: Verified, published: str | None) -> None:
    from annotate.log.database import LogError

    if found.failure is not None:
        raise LogError(f"{name}: entry {found.failure.seq} ({found.failure.id}): {found.failure.why}")
    if published is not None and found.seen is None:
        raise LogError(
            f"{name}: no entry has the published hash {published}: entries were removed from its end, or the "
            "end was rewritten, or this is another log"
        )


def _check_scenes(name: str, scenes: list[NamedScene], anew: bool) -> None:
    """Hash the scenes, or only say which are not there."""
    from annotate.log.database import LogError
    from annotate.log.scene_files import changed, is_there, on_this_machine
    from imagery.cli.progress import progress

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
    for scene in here:
        if not is_there(scene):
            warn(f"scene {scene.path} is not there; entry {scene.seq} is the first that names it")
