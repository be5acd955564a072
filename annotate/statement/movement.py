"""A route that somebody else reports, or that follows from what the log holds, as an entry to be logged."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from annotate.log.entry import Evidence, Movement
from annotate.statement.claim import Claim
from annotate.statement.words import plain_words
from imagery.acquisition import Acquisition
from imagery.airfields import airfield_of
from imagery.errors import UsageError


def stated_movement(
    places: Sequence[str],
    since: Acquisition,
    until: Acquisition,
    claim: Claim,
    *,
    evidence: Evidence,
    rests_on: Sequence[str] = (),
    reasoning: str | None = None,
) -> Movement:
    """A route as an entry.

    Args:
        places: ICAO codes in the order they were visited.
        since: The first day, or unknown.
        until: The last day, or unknown.
        claim: What is said of the aircraft, who says so and from what source.
        evidence: ``reported``: a source says so; ``inferred``: it is concluded.
        rests_on: Identifiers of entries of the log, as `annotate.statement.grounds.grounds` gives them.
        reasoning: Why it follows.

    Returns:
        The entry; the log fills in what identifies it.

    Raises:
        UsageError: It is no route, ends before it begins, or lacks what its kind of evidence demands.
    """
    codes = [airfield_of(place, "PLACES").icao for place in places]
    if len(codes) < 2:
        raise UsageError("PLACES: a movement joins two airfields or more; one alone is a sighting: log add")
    if twice := next((one for one, other in pairwise(codes) if one == other), None):
        raise UsageError(f"PLACES: {twice} follows itself; name each stay once")
    if since.span and until.span and until.span.last <= since.span.first:
        raise UsageError(f"--until: {until.text} is before --since {since.text}")
    if evidence == "reported" and not claim.source.named:
        raise UsageError("what reports it? say --source, --source-url, --archive-url or --file")
    if evidence == "inferred" and reasoning is None:
        raise UsageError("why does it follow? say --reasoning, so that others can judge the inference")
    if evidence == "inferred" and not (rests_on or claim.source.named):
        raise UsageError("what does it follow from? say --rests-on ID, --source or --source-url")
    return Movement(
        id="",
        status="confirmed",
        evidence=evidence,
        supersedes=None,
        because=None,
        places=tuple(codes),
        since=since.text,
        until=until.text,
        rests_on=tuple(rests_on),
        reasoning=None if reasoning is None else plain_words(reasoning, "--reasoning"),
        logged="",
        **claim.members(),
    )
