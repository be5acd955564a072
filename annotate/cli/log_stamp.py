"""``hardstand log stamp``: when the entries were there, by authorities that know nothing of them."""

from __future__ import annotations

import click

from annotate.cli.options import log_option
from annotate.cli.output import warn
from annotate.cli.signing import own_identity
from annotate.log.authorities import Authority, add_stamp, authorities_of, stamp_text
from annotate.log.checkpoints import Checkpoint
from annotate.log.stamps import StampError, stamped_text
from annotate.log.store import Log, open_log
from imagery.cli.messages import say
from imagery.words import counted


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="AUTHORITY...")
@click.option(
    "--authorities",
    "table",
    required=True,
    envvar="HARDSTAND_AUTHORITIES",
    show_envvar=True,
    metavar="FILE",
    help="The table of authorities, a TOML file.",
)
@log_option
def stamp(names: tuple[str, ...], table: str, location: str) -> None:
    """Have authorities state when all entries were there.

    Each AUTHORITY (time-stamping, RFC 3161) is one of the table, which has a `url` and a `root` for each: the
    file of the certificate that is trusted. No other server is contacted, and these get nothing but a hash. A
    checkpoint is added if the latest does not cover all entries. What an authority answers is checked, and
    logged.
    """
    authorities = authorities_of(table, names)
    with open_log(location, identity=own_identity()) as log:
        checkpoint = log.covered()
        stamped = {stamp.authority for stamp in log.stamps() if stamp.checkpoint == checkpoint.id}
        failed = 0
        for authority in authorities:
            if authority.name in stamped:
                say(f"{authority.name}: has stamped this checkpoint already", err=True)
                continue
            try:
                say(f"{authority.name} {_stamp(log, checkpoint, authority)}")
            except StampError as reason:
                warn(f"{authority.name}: {reason}")
                failed += 1
    if failed:
        raise StampError(f"{counted(failed, 'authority', 'authorities')} gave no stamp; ask again later")


def _stamp(log: Log, checkpoint: Checkpoint, authority: Authority) -> str:
    """Log the stamp of an authority; return its time."""
    answer = stamp_text(authority, stamped_text(checkpoint))
    with log.writing_by_hand() as writer:
        add_stamp(writer, checkpoint, authority, answer)
    return answer.time
