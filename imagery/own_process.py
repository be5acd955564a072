"""Work that a stranger's file could keep busy for ever or crash, in a process of its own."""

from __future__ import annotations

import subprocess
import sys


def run_module(
    module: str, *words: str, patience_s: float, content: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    """Run one of our modules in another process of this Python.

    Args:
        module: Its name.
        words: Its arguments.
        patience_s: It is ended after so many seconds.
        content: What it reads from its standard input.

    Raises:
        subprocess.TimeoutExpired: It took longer.
    """
    # Without the folder that it runs in, which may hold a stranger's files, among the places of modules.
    command = [sys.executable, "-P", "-m", module, *words]
    return subprocess.run(  # noqa: S603 -- ours
        command, input=content, capture_output=True, timeout=patience_s, check=False
    )
