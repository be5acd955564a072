"""The groups of hardstand's commands: a command is imported when it runs."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Mapping
from importlib import import_module
from typing import Any, cast

import click

from imagery.cli.failures import failures_in_one_line, in_options_words
from imagery.cli.messages import say
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
        """Run a command; what goes wrong is a line and an exit code, except under ``--debug``."""
        if ctx.parent is not None:
            return self._invoke_in_options_words(ctx)
        if ctx.params.get("debug"):
            return self._invoke_with_traces(ctx)
        with failures_in_one_line():
            return self._invoke_in_options_words(ctx)

    def _invoke_with_traces(self, ctx: click.Context) -> Any:
        """Run a command; what goes wrong is a traceback, without secrets."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            say(traceback.format_exc(), err=True)
            sys.exit(getattr(error, "exit_code", 1))

    def _invoke_in_options_words(self, ctx: click.Context) -> Any:
        """Run a command; an error that names a parameter of it names the option instead."""
        try:
            return super().invoke(ctx)
        except HardstandError as error:
            command = self.get_command(ctx, ctx.invoked_subcommand or "")
            if command is not None:
                error.args = (in_options_words(str(error), command),)
            raise
