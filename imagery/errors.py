"""The errors that hardstand raises on purpose, with messages that a person can act on.

A message names a parameter in backticks (```gsd_m```). The command line puts the option in its place, prints
the message on one line and leaves with ``exit_code``: 2 where the command was used wrongly, 1 where the work
failed.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any


class HardstandError(Exception):
    """Base class of the errors that hardstand raises on purpose: the work could not be done."""

    exit_code = 1

    def __reduce__(self) -> tuple[Any, ...]:
        """Make a copy by its message, for another process: what was given to a subclass is not kept."""
        return _error_of, (type(self), str(self))


def _error_of(kind: type[HardstandError], message: str) -> HardstandError:
    error = kind.__new__(kind, message)
    error.args = (message,)
    return error


class UsageError(HardstandError):
    """A request that makes no sense; a corrected request would work."""

    exit_code = 2


class SceneError(HardstandError):
    """A scene that cannot be opened or worked on."""


class NotAnImage(UsageError, SceneError):
    """A folder, a text or another file that is no image, where an image is needed."""


class NoGeoreference(SceneError):
    """An image that does not say where on Earth it lies."""


class ContradictingSources(SceneError):
    """Two sources of a scene's acquisition time or sensor that cannot both be true."""


class NoRegistration(SceneError):
    """Two scenes that cannot be laid over each other by what they show."""


class StretchedScene(NoRegistration):
    """Two scenes of which one is stretched or turned against the other, or lies elsewhere in a part."""


class CatalogueError(HardstandError):
    """A catalogue, or a document of it, that cannot be read."""


class OutputExists(UsageError):
    """An existing file where one is to be written."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        super().__init__(f"{Path(path)}: already exists; move it away or give `overwrite`")


class OutputUnwritable(UsageError):
    """A folder or file that cannot be written."""

    def __init__(self, path: str | os.PathLike[str], reason: OSError) -> None:
        super().__init__(
            f"{Path(path)}: cannot be written ({reason.strerror or reason}); choose another place"
        )


class OutputIncomplete(HardstandError):
    """A file that could not be written to its end: the disk is full, or a quota or limit is reached."""

    def __init__(self, path: str | os.PathLike[str], reason: OSError) -> None:
        super().__init__(
            f"{Path(path)}: cannot be written completely ({reason.strerror or reason}), and was not changed; "
            "free some space or choose another place"
        )
