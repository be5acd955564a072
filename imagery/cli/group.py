"""Finding hardstand's commands, and showing their errors: one line on stderr and an exit code."""

from __future__ import annotations

import re
import signal
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any, NoReturn, cast

import click

from imagery.errors import HardstandError


class HardstandGroup(click.Group):
    """A command group that imports a command when it runs, and shows an error in one line.

    Commands are listed in the order of the table, which is that of the work.

    Args:
        table: For each command its name, where it is (``"module:attribute"``), and one line of help, so that
            listing the commands imports none of them.
    """

    def __init__(self, *args: Any, table: Mapping[str, tuple[str, str]], **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        self._table = table

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands in the order of the table."""
        del ctx
        return list(self._table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        del ctx
        if cmd_name not in self._table:
            return None
        module, _, attribute = self._table[cmd_name][0].partition(":")
        return cast(click.Command, getattr(import_module(module), attribute))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands, each with its line of help."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, help) for name, (_, help) in self._table.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; turn what goes wrong into a line and an exit code."""
        if ctx.parent is not None:
            return self._invoke_in_options_words(ctx)
        if ctx.params.get("debug"):
            return super().invoke(ctx)
        # A stop asked for by the system is handled like Ctrl-C, so that nothing is left half-written.
        signal.signal(signal.SIGTERM, _interrupt)
        try:
            return self._invoke_in_options_words(ctx)
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

    def _invoke_in_options_words(self, ctx: click.Context) -> Any:
        """Run a command; an error that names a parameter of it names the option instead."""
        try:
            return super().invoke(ctx)
        except HardstandError as error:
            command = self.get_command(ctx, ctx.invoked_subcommand or "")
            if command is not None:
                error.args = (in_options_words(str(error), command),)
            raise


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
