"""The images that belong to a sighting, and whether they are still those that were logged."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, NamedTuple

from annotate.log.chips import hash_of_chip

ChipState = Literal["as logged", "CHANGED since it was logged", "missing"]


class ChipFile(NamedTuple):
    """An image of a sighting.

    Attributes:
        member: ``chip`` or ``surroundings``.
        path: Where it should be.
        state: Whether it and its world file are there, and are those that were logged.
    """

    member: str
    path: Path
    state: ChipState


def chip_files(payload: dict[str, Any], folder: Path | None) -> list[ChipFile]:
    """The images of a sighting; none where it has none, or where the folder of chips is not known.

    Args:
        payload: The entry's members.
        folder: The log's folder of chips.
    """
    if folder is None:
        return []
    return [
        ChipFile(member, folder / name, _state(folder, name, payload[f"{member}_sha256"]))
        for member in ("chip", "surroundings")
        if (name := payload.get(member))
    ]


def _state(folder: Path, name: str, sha256: str) -> ChipState:
    now = hash_of_chip(folder, name)
    if now is None:
        return "missing"
    return "as logged" if now == sha256 else "CHANGED since it was logged"
