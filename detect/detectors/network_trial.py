"""A trial of a stranger's network in a process of its own.

The runtimes read a network with native code, which a damaged or hostile file can end. There it ends the
trial, and nothing else. Run as a module, this is the trial.
"""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
from contextlib import suppress
from functools import lru_cache

import numpy as np

from detect.detectors.network_file import NetworkFileError, check_network_file
from detect.detectors.network_runtime import TITLES, Sides, load_network
from imagery.own_process import run_module

TRIED = 8  # networks whose outcome is remembered
PATIENCE_S = 120.0
FAILED = 1  # in Python, as it will here


@lru_cache(maxsize=TRIED)
def try_network(content: bytes, runtime: str, sides: Sides, shape: tuple[int, ...]) -> None:
    """Load a network and run it once, on black; one of hardstand's own processes has no need to.

    Args:
        content: An ONNX file.
        runtime: As `detect.detectors.network_runtime.chosen_runtime` returns it.
        sides: As for `load_network`.
        shape: Of the input, (N, C, H, W).

    Raises:
        NetworkFileError: It should not be run, ends the process or takes minutes.
    """
    check_network_file(content)
    if multiprocessing.current_process().daemon:
        return
    words = (" ".join(map(str, numbers)) for numbers in (sides, shape))
    try:
        trial = run_module(__name__, runtime, *words, content=content, patience_s=PATIENCE_S)
    except subprocess.TimeoutExpired:
        raise NetworkFileError(f"keeps {TITLES[runtime]} busy for minutes; export it again") from None
    if trial.returncode not in (0, FAILED):
        raise NetworkFileError(
            f"makes {TITLES[runtime]} crash (exit code {trial.returncode}); export it again"
        )


def _main(runtime: str, *words: str) -> None:
    sides, shape = (tuple(map(int, text.split())) for text in words)
    with suppress(NetworkFileError):  # whoever loads it afterwards is told
        load_network(sys.stdin.buffer.read(), runtime, sides)(np.zeros(shape, np.float32))


if __name__ == "__main__":
    _main(*sys.argv[1:])
