"""One name, one meaning: no two modules, public classes or public functions are called alike."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("imagery", "detect", "annotate")


def modules() -> Iterator[Path]:
    """The modules of the product without those of commands, which are called as what they do is."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "cli" not in path.parts and "migrations" not in path.parts:
                yield path


def public_names(path: Path, *kinds: type[ast.stmt]) -> set[str]:
    """What a module defines at its top."""
    statements = ast.parse(path.read_text(encoding="utf-8")).body
    names = {statement.name for statement in statements if isinstance(statement, kinds)}
    return {name for name in names if not name.startswith("_")}


def shared(*kinds: type[ast.stmt]) -> dict[str, list[str]]:
    """Names that two modules define, and these modules."""
    places: dict[str, list[str]] = defaultdict(list)
    for path in modules():
        for name in public_names(path, *kinds):
            places[name].append(str(path.relative_to(ROOT)))
    return {name: paths for name, paths in places.items() if len(paths) > 1}


def test_no_two_modules_share_a_name() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for path in modules():
        if path.name != "__init__.py":
            places[path.stem].append(str(path.relative_to(ROOT)))
    several = {name: paths for name, paths in places.items() if len(paths) > 1}
    assert several == {}


@pytest.mark.parametrize("kinds", [(ast.ClassDef,), (ast.FunctionDef, ast.AsyncFunctionDef)])
def test_no_two_modules_define_a_public_name(kinds: tuple[type[ast.stmt], ...]) -> None:
    assert shared(*kinds) == {}
