"""Label Studio's own environment: installed once, apart from ours, because it pins half of PyPI."""

from __future__ import annotations

import os
import subprocess
import venv
from collections.abc import Callable
from pathlib import Path

from platformdirs import user_cache_path

from annotate.labelstudio.lock import locked
from imagery.errors import HardstandError

LABEL_STUDIO_VERSION = "1.23.2"


def label_studio_executable(say: Callable[[str], None]) -> Path:
    """Return Label Studio's command; install it from PyPI into the user's cache folder if need be.

    Args:
        say: Called with a line before what takes long.

    Raises:
        HardstandError: It cannot be installed.
    """
    home = user_cache_path("hardstand") / f"label-studio-{LABEL_STUDIO_VERSION}"
    commands, suffix = (home / "Scripts", ".exe") if os.name == "nt" else (home / "bin", "")
    executable, complete = commands / f"label-studio{suffix}", home / "complete"
    with locked(home.with_name(f"{home.name}.lock")):
        if complete.exists() and executable.exists():
            return executable
        say(f"installing Label Studio {LABEL_STUDIO_VERSION} into {home}: once, about 1 GB and two minutes")
        venv.create(home, clear=True, with_pip=True)
        package = f"label-studio=={LABEL_STUDIO_VERSION}"
        command = [str(commands / f"python{suffix}"), "-m", "pip", "install", "--quiet", package]
        clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        result = subprocess.run(command, env=clean, capture_output=True, text=True, check=False)  # noqa: S603
        if result.returncode != 0:
            last = (result.stderr.strip() or "no message").splitlines()[-1]
            raise HardstandError(f"Label Studio cannot be installed into {home}: {last}")
        complete.touch()
    return executable
