"""``hardstand identity``: the key with which a person signs what they record."""

from __future__ import annotations

import click

from annotate.cli.options import analyst_option, because_option, log_option
from annotate.cli.output import warn
from annotate.cli.signing import ask_passphrase, own_identity
from annotate.intake.fields import analyst_name, printable_text
from annotate.log.by_hand import report_lost
from annotate.log.identity import Identity, identity_path, make_identity, rotate_identity, set_aside
from annotate.log.keys import KeyStatement, short_key
from annotate.log.migrating import NoLog
from annotate.log.store import Log, open_log
from imagery.cli.group import HardstandGroup
from imagery.cli.messages import say
from imagery.errors import UsageError

COMMANDS = {
    "new": ("annotate.cli.identity:new", "Make a key that signs what you record from now on."),
    "show": ("annotate.cli.identity:show", "Show your public key, and the keys that a log knows."),
    "rotate": ("annotate.cli.identity:rotate", "Replace your key by a new one, for which it vouches."),
    "lost": ("annotate.cli.identity:lost", "Log that a key was lost or stolen."),
}


@click.group(cls=HardstandGroup, table=COMMANDS)
def identity() -> None:
    """Sign what you record: make, show, rotate, revoke your key."""


@click.command()
@analyst_option
@click.option(
    "--passphrase", "encrypted", is_flag=True, help="Ask for a passphrase, with which the key is encrypted."
)
def new(analyst: str | None, encrypted: bool) -> None:
    """Make a key that signs what you record from now on.

    It is kept in a file that only you can read, never in a log. A log gets your public key with the first
    entry that you record in it. Keep a copy of the file in a safe place. Prints the public key.
    """
    name, path = analyst_name(analyst), identity_path()
    if path.exists():
        raise UsageError(f"{path}: you have an identity; `hardstand identity rotate` replaces its key")
    passphrase = None
    if encrypted:
        passphrase = click.prompt("Passphrase", hide_input=True, confirmation_prompt=True, err=True)
    made = make_identity(path, name, passphrase)
    say(f"{path}: signs as {name} what you record from now on; keep a copy of it in a safe place", err=True)
    say(made.public_key)


@click.command()
@log_option
def show(location: str) -> None:
    """Show your public key, and the keys that a log knows.

    The public key is printed as OpenSSL reads it, too. Compare its digits with those that its owner tells you
    in person: the log alone does not show whose it is.
    """
    mine = own_identity()
    if mine is None:
        warn("you have no identity, so what you record is not signed: `hardstand identity new` makes one")
    else:
        say(f"{mine.name}: {mine.public_key}, made {mine.created}, in {identity_path()}")
        say(mine.public_pem, nl=False)
    try:
        with open_log(location) as log:
            statements, name = list(log.keys()), log.name
    except NoLog:
        return
    if not statements:
        say(f"{name}: no keys", err=True)
    for statement in statements:
        say(_words(statement))


def _words(statement: KeyStatement) -> str:
    key, about = statement.public_key, f"{statement.logged}  {statement.name}"
    if statement.state == "lost":
        return f"{about}: {short_key(key)} lost: {statement.because}"
    before = f", after {short_key(statement.succeeds[-1]['key'])}" if statement.succeeds else ""
    return f"{about}: {key}{before}"


@click.command()
@log_option
def rotate(location: str) -> None:
    """Replace your key by a new one, for which it vouches.

    The old key is gone afterwards. The log gets the new one at once if it is there, every other log with the
    next entry that you record in it. From then on, what is signed with the old one does not count. A
    passphrase stays the same. Prints the new public key.
    """
    made = rotate_identity(identity_path(), ask_passphrase)
    say(made.public_key)
    _introduce(location, made)


def _introduce(location: str, made: Identity) -> None:
    try:
        with open_log(location, identity=made) as log, log.writing_by_hand() as writer:
            writer.introduce()
            say(f"{log.name}: knows the new key", err=True)
    except NoLog:
        say("a log knows the new key from the next entry on that you record in it", err=True)


@click.command()
@click.argument("key", required=False)
@because_option
@log_option
def lost(key: str | None, because: str, location: str) -> None:
    """Log that a key was lost or stolen.

    What is signed with it in this log from here on does not count. KEY is the beginning of the public key, by
    default your own, whose file is then renamed so that nothing more is signed with it. If you no longer have
    the file, make a new identity first, and name the old KEY. Prints the public key.
    """
    reason, mine = printable_text(because, "`because`"), own_identity()
    if key is None and mine is None:
        raise UsageError("you have no identity; name the key, which `hardstand identity show` lists")
    with open_log(location, identity=mine) as log:
        statement = _report(log, key or (mine.public_key if mine else ""), reason)
    if mine is not None and statement.public_key == mine.public_key:
        say(f"{set_aside(identity_path())}: no longer signs; make another identity", err=True)
    say(statement.public_key)


def _report(log: Log, digits: str, because: str) -> KeyStatement:
    with log.writing_by_hand() as writer:
        return report_lost(writer, digits, because)
