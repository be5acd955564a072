"""A project's table of tasks: what is for the page alone is hidden, the rest is words."""

from __future__ import annotations

from collections.abc import Callable

from annotate.labelstudio.division import review_tasks
from annotate.labelstudio.task_columns import FOR_THE_PAGE, table_view
from detect.candidate import CandidatesFile

SHOWN = ("image", "title", "scene", "shows")


def test_every_member_of_a_task_is_shown_or_hidden_on_purpose(
    candidates_of: Callable[..., CandidatesFile],
) -> None:
    """Label Studio makes a column of each, HTML and JSON too."""
    data = review_tasks(candidates_of())[0].to_json("a.jpg")["data"]
    assert sorted(data) == sorted((*SHOWN, *FOR_THE_PAGE))
    hidden = table_view()["hiddenColumns"]["explore"]
    assert {f"tasks:data.{name}" for name in FOR_THE_PAGE} <= set(hidden)
    assert not {f"tasks:data.{name}" for name in SHOWN} & set(hidden)


def test_what_a_task_shows_is_said_in_words(candidates_of: Callable[..., CandidatesFile]) -> None:
    audited, *_ = (task for task in review_tasks(candidates_of(), audit=1.0) if task.audit)
    several, *_ = review_tasks(candidates_of())
    told = [task.to_json("a.jpg")["data"]["shows"] for task in (several, audited)]
    assert told == ["2 candidates, scores 0.80 to 0.90", "audit tile: no candidates"]
