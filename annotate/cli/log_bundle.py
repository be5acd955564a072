"""``hardstand log bundle``: a part of the log for somebody who trusts nobody."""

from __future__ import annotations

import click

from annotate.bundle.bundle import write_bundle
from annotate.cli.options import filter_options, log_option
from annotate.cli.output import warn
from annotate.log.store import open_log
from annotate.query.filters import Filter
from imagery.cli.messages import say
from imagery.cli.options import overwrite_option
from imagery.words import counted


@click.command()
@click.option("-o", "--output", "path", required=True, metavar="FILE.zip", help="The archive to write.")
@log_option
@filter_options
@overwrite_option
def bundle(path: str, location: str, matching: Filter, overwrite: bool) -> None:
    """Write entries with all that proves them.

    FILE.zip is a BagIt bag: whole entries, their proofs, pictures, keys and stamps, a report, a README for
    somebody who is no expert, and verify.py, which checks all of it and needs nothing but Python. Names and
    notes are in it: for the public there is `log export --public --proofs`.
    """
    with open_log(location) as log:
        result = write_bundle(log, path, matching, overwrite=overwrite)
    counts = ((result.sightings, "sighting"), (result.movements, "movement"), (result.pictures, "picture"))
    words = ", ".join(counted(number, noun) for number, noun in counts if number)
    say(f"{words}; {counted(result.entries, 'entry', 'entries')} in all", err=True)
    if result.left_out:
        warn(f"{counted(result.left_out, 'picture')} left out: missing, or changed since they were logged")
    if not result.stamps:
        warn("no authority has stamped its checkpoint: `hardstand log stamp`")
    say(result.path)
