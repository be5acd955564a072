"""The identity that a command signs with: the user's own, if they have one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from annotate.log.identity import Identity


def own_identity() -> Identity | None:
    """Read the user's identity, and ask for its passphrase if it has one; None where they have no identity.

    Nor do they where HARDSTAND_IDENTITY is empty.

    Raises:
        UsageError: See `annotate.log.identity.load_identity`; or HARDSTAND_IDENTITY names a file that is not
            there.
    """
    from annotate.log.identity import IDENTITY_VARIABLE, identity_path, load_identity

    path, named = identity_path(), os.environ.get(IDENTITY_VARIABLE)
    if named == "" or (named is None and not path.exists()):
        return None
    return load_identity(path, ask_passphrase)


def ask_passphrase() -> str:
    """Ask for the passphrase of the user's identity, without showing it."""
    return str(click.prompt("Passphrase of your identity", hide_input=True, err=True))
