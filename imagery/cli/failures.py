"""How commands fail: one clear line on stderr and an exit code, no traceback."""

from __future__ import annotations

import os
import re
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread, current_thread, main_thread
from typing import NoReturn

import click

from imagery.cli.messages import say
from imagery.errors import HardstandError
from imagery.files import NO_ROOM, remove_unfinished

INTERRUPTED = 130
PATIENCE_S = 1.5  # from being told to stop to stopping in any case


@contextmanager
def failures_in_one_line() -> Iterator[None]:
    """Turn what goes wrong in the block into a line and an exit code.

    A stop asked for by the system is handled like Ctrl-C, so that nothing is left half-written.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    with _ended_when_told(), _in_one_line():
        yield


@contextmanager
def _ended_when_told() -> Iterator[None]:
    """End the process some time after it was told to stop, also while it is inside GDAL.

    Python handles a signal when the main thread is back in Python, and GDAL may wait for a server until then.
    What handles it at once is a byte written to a socket, on which a thread of ours waits.
    """
    if current_thread() is not main_thread():  # only the main thread may handle signals
        yield
        return
    ours, pythons = socket.socketpair()
    pythons.setblocking(False)
    before = signal.set_wakeup_fd(pythons.fileno(), warn_on_full_buffer=False)
    Thread(target=_end_when_told, args=(ours,), daemon=True).start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        pythons.close()


def _end_when_told(wakeups: socket.socket) -> None:
    with wakeups:
        while number := wakeups.recv(1):
            if number[0] in (signal.SIGINT, signal.SIGTERM):
                break
        wakeups.settimeout(PATIENCE_S)
        try:
            while wakeups.recv(1):  # nothing once the other end is closed: it ends by itself
                continue
        except TimeoutError:
            remove_unfinished()
            os.write(2, b"Error: interrupted; what was finished is kept\n")
            os._exit(INTERRUPTED)


@contextmanager
def _in_one_line() -> Iterator[None]:
    try:
        yield
        sys.stdout.flush()  # at the end of the process, a full disk would go unnoticed
    except HardstandError as error:
        _fail(str(error), error.exit_code)
    except KeyboardInterrupt:
        _fail("interrupted; what was finished is kept", INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except OSError as error:
        if error.errno not in NO_ROOM or error.filename is not None:
            _fail_unexpectedly(error)
        # What Python still holds of it would fail once more at the end of the process.
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        _fail(f"standard output cannot be written ({error.strerror}); free some space", 1)
    except (click.ClickException, click.exceptions.Exit, click.Abort):
        raise
    except Exception as error:
        _fail_unexpectedly(error)


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


def _fail_unexpectedly(error: Exception) -> NoReturn:
    reason = " ".join(str(error).split()) or "no message"
    _fail(f"unexpected {type(error).__name__}: {reason}; `hardstand --debug COMMAND` shows more", 1)


def _fail(message: str, code: int) -> NoReturn:
    say(f"Error: {' '.join(message.splitlines())}", err=True)  # a path may hold a line break
    sys.exit(code)
