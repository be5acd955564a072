"""No module imports another that imports it, however far round: each can be read after those it needs."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

import grimp
import pytest


@pytest.mark.parametrize("package", ["imagery", "detect", "annotate"])
def test_no_circle_of_imports(package: str) -> None:
    """import-linter's contract compares folders; this one modules, a package's ``__init__`` among them."""
    graph = grimp.build_graph(package, exclude_type_checking_imports=True, cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        pytest.fail(" <- ".join(error.args[1]))
