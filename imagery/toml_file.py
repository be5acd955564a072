"""TOML files that people write."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

from imagery.errors import UsageError


def read_toml(path: str | os.PathLike[str], remedy: str) -> dict[str, Any]:
    """Read a file.

    Args:
        path: The file.
        remedy: What a message says after that it cannot be read.

    Raises:
        UsageError: It cannot be read, or is not TOML.
    """
    name = os.fspath(path)
    try:
        return tomllib.loads(Path(name).read_text(encoding="utf-8"))
    except OSError as reason:
        raise UsageError(f"{name}: cannot be read ({reason.strerror}); {remedy}") from None
    except (ValueError, RecursionError) as reason:
        raise UsageError(f"{name}: not TOML ({' '.join(str(reason).split())})") from None
