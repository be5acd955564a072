"""``hardstand scenes fetch``: what scenes of a catalogue show of airfields, as copies with their origin."""

from __future__ import annotations

import getpass
from collections import Counter
from typing import Any

import click

from imagery.catalogue.fetch import FetchedScene, fetch_scenes
from imagery.cli.failures import in_options_words
from imagery.cli.messages import say
from imagery.cli.options import POSITIVE, named_airfields, overwrite_option, place_options
from imagery.cli.progress import progress
from imagery.files import usable_folder
from imagery.scene_names import scene_names


@click.command()
@click.argument("items", nargs=-1, required=True, metavar="ITEM...")
@click.option("-o", "--output", "folder", required=True, metavar="DIR", help="Folder for the copies.")
@place_options
@click.option("--asset", metavar="KEY", help="Asset of the items to fetch. [default: the image]")
@click.option(
    "--budget",
    "megabytes",
    type=POSITIVE,
    metavar="MB",
    help="Stop before servers have sent more than so many megabytes; repeat the command for the rest.",
)
@click.option(
    "--analyst",
    envvar="HARDSTAND_ANALYST",
    show_envvar=True,
    metavar="NAME",
    help="Who fetches them, for the record. [default: your login name]",
)
@overwrite_option
def fetch(
    items: tuple[str, ...],
    folder: str,
    asset: str | None,
    megabytes: float | None,
    analyst: str | None,
    overwrite: bool,
    **places: Any,
) -> None:
    """Copy what the image of each ITEM shows of its airfields.

    ITEM is a STAC item, file or address, or a file of them that `hardstand scenes search -o` wrote. Only the
    blocks of the image over an airfield are fetched. Each copy is a COG of the image's own pixels with a STAC
    item beside it that says who fetched it, when and from where, with its hash. Prints the paths of these
    items, which `hardstand detect` takes. A copy that is there is kept, so an interrupted run can be
    repeated.
    """
    airfields, aoi = named_airfields(**places)
    results = fetch_scenes(
        scene_names(items),
        usable_folder(folder),
        analyst=(analyst or "").strip() or getpass.getuser(),
        airfields=airfields,
        aoi=aoi,
        most_bytes=None if megabytes is None else round(megabytes * 1e6),
        asset=asset,
        overwrite=overwrite,
        progress=lambda name: progress(name, "parts"),
    )
    counts, received = Counter[str](), 0
    for result in results:
        received += result.bytes_read
        counts[_report(result)] += 1
    words = [f"{counts[state]:,} {state}" for state in ("fetched", "kept", "failed") if counts[state]]
    say(f"{', '.join(words) or 'nothing fetched'}; {received / 1e6:,.1f} MB received", err=True)
    if counts["left"]:
        say(f"{counts['left']:,} left, as the budget is used up: repeat the command for the rest", err=True)
    if counts["failed"]:
        raise SystemExit(1)


def _report(result: FetchedScene) -> str:
    """Print what became of an item, and return it in a word."""
    if result.error is not None:
        command = click.get_current_context().command
        say(f"Error: {in_options_words(str(result.error), command)}", err=True)
        return "failed"
    if result.left:
        return "left"
    if result.kept:
        say(f"{result.name}: already fetched, kept", err=True)
    say(result.path)
    return "kept" if result.kept else "fetched"
