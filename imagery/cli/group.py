"""How every hardstand command fails: one clear line on stderr and an exit code, no traceback."""

from __future__ import annotations

import signal
import sys
from typing import Any, NoReturn

import click

from imagery.errors import HardstandError


class HardstandGroup(click.Group):
    """A command group that lists its commands in the order they were added and shows errors in one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order of the work, not of the alphabet."""
        del ctx
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; turn what goes wrong into a line and an exit code."""
        if ctx.parent is not None or ctx.params.get("debug"):
            return super().invoke(ctx)
        # A stop asked for by the system is handled like Ctrl-C, so that nothing is left half-written.
        signal.signal(signal.SIGTERM, _interrupt)
        try:
            return super().invoke(ctx)
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
            _fail(f"unexpected {type(error).__name__}: {reason}; `hardstand --debug COMMAND` tells more", 1)


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def _fail(message: str, code: int) -> NoReturn:
    click.echo(f"Error: {' '.join(message.splitlines())}", err=True)  # a path may hold a line break
    sys.exit(code)
