"""The table of a project's tasks on the server, its Data Manager: columns in words, none of HTML or JSON."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

from detect.candidate import Candidate
from imagery.record import SceneRecord
from imagery.words import counted

# Members of a task's data that are for the page alone.
FOR_THE_PAGE = (
    *("facts", "place", "boxes", "around", "others", "usual", "keys", "ground", "in_surroundings"),
    "hardstand",
)
# What Label Studio hides by itself where no view says otherwise, as of 1.23.
_HIDDEN_ANYWAY = (
    *("inner_id", "annotations_results", "annotations_ids", "predictions_score"),
    *("predictions_model_versions", "predictions_results", "file_upload", "storage_filename"),
    *("created_at", "updated_at", "updated_by", "avg_lead_time", "draft_exists", "total_predictions"),
)
# Beside an open task there is room for its title.
_HIDDEN_BESIDE = ("id", "completed_at", "cancelled_annotations", "annotators")


def task_columns(scene: SceneRecord, candidates: Sequence[Candidate], *, audit: bool) -> dict[str, str]:
    """Return the members of a task's data that are columns of the table, besides its title.

    Args:
        scene: The task's.
        candidates: The task's.
        audit: Whether it is a tile that was drawn at random among those without candidates.
    """
    scores = sorted(candidate.score for candidate in candidates)
    shows = "no candidates"
    if scores:
        several = (
            f"scores {scores[0]:.2f} to {scores[-1]:.2f}" if len(scores) > 1 else f"score {scores[0]:.2f}"
        )
        shows = f"{counted(len(scores), 'candidate')}, {several}"
    return {"scene": PurePath(scene.path).name, "shows": f"audit tile: {shows}" if audit else shows}


def table_view() -> dict[str, Any]:
    """Return the view in which a project's table opens, as Label Studio keeps it."""
    data = [f"tasks:data.{name}" for name in FOR_THE_PAGE]
    explore = data + [f"tasks:{name}" for name in _HIDDEN_ANYWAY]
    beside = [f"tasks:data.{name}" for name in ("image", "scene", "shows")]
    beside += [f"tasks:{name}" for name in _HIDDEN_BESIDE]
    return {
        "title": "Default",
        "type": "list",
        "target": "tasks",
        "hiddenColumns": {"explore": explore, "labeling": explore + beside},
    }
