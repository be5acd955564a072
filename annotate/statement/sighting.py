"""A sighting that somebody else reports, as an entry to be logged."""

from __future__ import annotations

from typing import Any

from annotate.log.entry import Sighting
from annotate.statement.claim import Claim
from annotate.statement.place import Place
from imagery.acquisition import Acquisition
from imagery.errors import UsageError


def reported_sighting(place: Place, when: Acquisition, claim: Claim, *, count: int = 1) -> Sighting:
    """A sighting from another source: a photograph, a post, a flight tracker.

    Args:
        place: Where it was. Where that is an airfield only, the sighting has no position.
        when: When, as precisely as the source says.
        claim: What is said of the aircraft, who says so and from what source.
        count: How many aircraft it speaks of.

    Returns:
        The entry; the log fills in what identifies it.

    Raises:
        UsageError: No source is named, so that nobody could check it.
    """
    if not claim.source.named:
        raise UsageError("what reports it? say --source, --source-url, --archive-url or --file")
    unknown: dict[str, Any] = dict.fromkeys(Sighting.__dataclass_fields__)
    stated = {
        "id": "",
        "logged": "",
        "status": "confirmed",
        "evidence": "reported",
        "acquired": when.text,
        "acquired_precision": when.precision,
        "airfield": place.airfield and place.airfield.icao,
        "lon": place.lonlat and place.lonlat.lon,
        "lat": place.lonlat and place.lonlat.lat,
        "count": count,
        "heading_sure": False,
        "analysts": 1,
        "rendered": False,
    }
    return Sighting(**unknown | stated | claim.members())
