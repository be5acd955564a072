"""From candidates to sightings: review in Label Studio, the log, and what is made from it.

The names below are loaded when they are first used, so that ``import annotate`` loads neither the database
nor Label Studio's SDK.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagery.first_use import on_first_use

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

__getattr__, __dir__ = on_first_use(
    __name__,
    {
        "exports.export": ["export"],
        "labelstudio.pull": ["Pulled", "pull"],
        "labelstudio.push": ["Pushed", "push"],
        "log.entries": ["Movement", "SceneReview", "Sighting", "Verdict"],
        "log.store": ["Log", "open_log"],
        "query.filters": ["Filter"],
        "report.page": ["write_report"],
    },
)
