"""``hardstand log checkpoint``: the root that proofs of single entries lead to."""

from __future__ import annotations

import click

from annotate.cli.options import log_option
from annotate.cli.signing import own_identity
from annotate.log.checkpoints import add_checkpoint
from annotate.log.store import open_log
from imagery.cli.messages import say
from imagery.words import counted


@click.command()
@log_option
def checkpoint(location: str) -> None:
    """Log what single entries can be proved by.

    That is the root of a Merkle tree over all entries. It is signed if you have an identity. Publish the root
    that is printed: `log export --proofs` then writes for each line what shows that the log had it by then,
    and nothing of the rest of the log.
    """
    with open_log(location, identity=own_identity()) as log:
        with log.writing_by_hand() as writer:
            added = add_checkpoint(writer)
        say(f"{log.name}: root of {counted(added.size, 'entry', 'entries')}", err=True)
    say(added.root)
