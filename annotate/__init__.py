"""From candidates to sightings: review in Label Studio, the log, and what is made from it.

The names below are loaded when they are first used, so that ``import annotate`` loads neither the database
nor Label Studio's SDK.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from annotate.exports.export import export
    from annotate.labelstudio.pull import Pulled, pull
    from annotate.labelstudio.push import Pushed, push
    from annotate.log.entries import Movement, SceneReview, Sighting, Verdict
    from annotate.log.store import Log, open_log
    from annotate.query.filters import Filter
    from annotate.report.page import write_report

__all__ = [
    "Filter",
    "Log",
    "Movement",
    "Pulled",
    "Pushed",
    "SceneReview",
    "Sighting",
    "Verdict",
    "export",
    "open_log",
    "pull",
    "push",
    "write_report",
]

_MODULES = {
    "annotate.exports.export": ("export",),
    "annotate.labelstudio.pull": ("Pulled", "pull"),
    "annotate.labelstudio.push": ("Pushed", "push"),
    "annotate.log.entries": ("Movement", "SceneReview", "Sighting", "Verdict"),
    "annotate.log.store": ("Log", "open_log"),
    "annotate.query.filters": ("Filter",),
    "annotate.report.page": ("write_report",),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_MODULE_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
