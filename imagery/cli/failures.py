"""How commands fail: one clear line on stderr and an exit code, no traceback."""

from __future__ import annotations

import re
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import click

from imagery.errors import HardstandError


@contextmanager
def failures_in_one_line() -> Iterator[None]:
    """Turn what goes wrong in the block into a line and an exit code.

    A stop asked for by the system is handled like Ctrl-C, so that nothing is left half-written.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    except HardstandError as error:
        _fail(str(error), error.exit_code)
    except KeyboardInterrupt:
        _fail("interrupted; what was finished is kept", 130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except (click.ClickException, click.exceptions.Exit, click.Abort):
        raise
    except Exception as error:
        reason = " ".join(str(error).split()) or "no message"
        _fail(f"unexpected {type(error).__name__}: {reason}; `hardstand --debug COMMAND` shows more", 1)


def in_options_words(message: str, command: click.Command) -> str:
    """Return a message of the library as a user of a command reads it.

    The library names a parameter in backticks (```gsd_m```); its option (``--gsd``) or argument (``SCENE``)
    takes its place. What is no parameter of the command stays as it is.
    """
    spelled = {param.name: _spelling(param) for param in command.params}
    return re.sub(r"`(\w+)`", lambda name: spelled.get(name[1], name[0]), message)


def _spelling(param: click.Parameter) -> str:
    if isinstance(param, click.Argument):
        return param.make_metavar(click.Context(click.Command(None))).split()[0].rstrip(".")
    return max(param.opts, key=len)


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def _fail(message: str, code: int) -> NoReturn:
    click.echo(f"Error: {' '.join(message.splitlines())}", err=True)  # a path may hold a line break
    sys.exit(code)
