"""``hardstand log stamp``: when the entries were there, by authorities that know nothing of them."""

from __future__ import annotations

import click

from annotate.cli.options import log_option
from annotate.cli.output import warn
from annotate.cli.signing import own_identity
from annotate.log.authorities import read_authorities
from annotate.log.checkpoints import Checkpoint, add_checkpoint
from annotate.log.payload import payload_of
from annotate.log.stamps import Stamp, StampError
from annotate.log.stamping import stamp_checkpoint
from annotate.log.store import Log, open_log
from imagery.cli.messages import say
from imagery.errors import UsageError


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="AUTHORITY...")
@click.option(
    "--authorities",
    "table",
    required=True,
    envvar="HARDSTAND_AUTHORITIES",
    show_envvar=True,
    metavar="FILE",
    help="The table of authorities: a TOML file.",
)
@log_option
def stamp(names: tuple[str, ...], table: str, location: str) -> None:
    """Have time-stamping authorities (RFC 3161) state when all entries were there.

    Each AUTHORITY is one of the table, which has for each a `url` and `root`, the file of a certificate; no
    other server is contacted, and it gets nothing but a hash. A checkpoint is added if the latest does not
    cover all entries. What an authority answers is checked, and logged.
    """
