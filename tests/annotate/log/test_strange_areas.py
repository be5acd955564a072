"""Areas and limits of a scene's entry are calculated with, so a stranger's are checked when they are read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from annotate.log.entries import SceneReview
from annotate.log.payload import UnreadableEntry

SQUARE = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [0.0, 0.0]]
CROSSED = [[0.0, 0.0], [1.0, 1.0], [1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]
STRANGE: dict[str, Any] = {
    "no type": {"coordinates": [SQUARE]},
    "type null": {"type": None, "coordinates": [SQUARE]},
    "a point": {"type": "Point", "coordinates": [0.0, 0.0]},
    "not on Earth": {"type": "Polygon", "coordinates": [[[0.0, 0.0], [361.0, 0.0], [1.0, 1.0], [0.0, 0.0]]]},
    "crossed": {"type": "Polygon", "coordinates": [CROSSED]},
    "nested": {"type": "MultiPolygon", "coordinates": [[[[0, 0], [[1]], [1, 1], [0, 0]]]]},
}


@pytest.mark.parametrize("name", ["footprint", "searched", "seen", "hidden"])
@pytest.mark.parametrize("area", STRANGE.values(), ids=STRANGE)
def test_an_area_that_is_none_is_told(name: str, area: Any, review: Callable[..., SceneReview]) -> None:
    payload = review().to_payload()
    with pytest.raises(UnreadableEntry, match=f"its {name} is not a GeoJSON polygon"):
        SceneReview.from_payload(payload | {name: area})


def test_an_area_that_is_one_is_read(review: Callable[..., SceneReview]) -> None:
    area = {"type": "MultiPolygon", "coordinates": [[SQUARE]]}
    read = SceneReview.from_payload(review().to_payload() | {"seen": area, "hidden": None})
    assert (read.seen, read.hidden) == (area, None)


@pytest.mark.parametrize("limits", [{}, {"resolution_m": "one"}, {"clouds": 1}])
def test_limits_that_are_none_are_told(limits: Any, review: Callable[..., SceneReview]) -> None:
    payload = review().to_payload()
    with pytest.raises(UnreadableEntry, match="its limits is not the limits of a scene"):
        SceneReview.from_payload(payload | {"limits": limits})
