"""How far analysts who looked at the same agree, beyond what chance would give."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from typing import NamedTuple

from annotate.quality.judged_aircraft import JudgedAircraft
from annotate.quality.pace import TaskAnswers


class Agreement(NamedTuple):
    """Krippendorff's alpha, and how much it rests on.

    Attributes:
        alpha: 1 where all agree, 0 where they agree as chance would, below that where they contradict each
            other systematically; None where nobody, or only one value, was said of what two looked at.
        units: What at least two gave a value for; what one alone judged tells nothing of agreement.
        values: How many values were given for these.
    """

    alpha: float | None
    units: int
    values: int


def nominal_alpha(units: Iterable[Sequence[Hashable]]) -> Agreement:
    """Krippendorff's alpha for nominal data, any number of observers, values missing.

    With ``n_uc`` how often value ``c`` was given to unit ``u``, ``n_u`` how many values it got, and sums over
    the units with two values at least: ``alpha = 1 - D_o / D_e``, where ``D_o`` is the sum over units of
    ``n_u - sum_c n_uc (n_uc - 1) / (n_u - 1)`` (the coincidences off the diagonal) divided by ``n``, and
    ``D_e = sum over c of n_c (n - n_c) / (n (n - 1))``. Krippendorff (2011), "Computing Krippendorff's
    Alpha-Reliability", section C.

    Args:
        units: The values that each was given, one an observer; who gave none is left out.
    """
    pairable = [Counter(values) for values in units if len(values) >= 2]
    totals = sum(pairable, Counter[Hashable]())
    n = totals.total()
    expected = sum(count * (n - count) for count in totals.values())
    if not expected:
        return Agreement(None, len(pairable), n)
    apart = sum(_disagreeing(values) for values in pairable)
    return Agreement(1 - (n - 1) * apart / expected, len(pairable), n)


def presence_agreement(
    aircraft: Iterable[JudgedAircraft], tasks: Iterable[TaskAnswers], adjudicators: Collection[str] = ()
) -> Agreement:
    """How far analysts agree on whether an aircraft is there.

    Of what somebody drew, whoever answered the same tile and drew nothing there says that nothing is. Of a
    candidate silence says nothing: it may not have been shown.

    Args:
        aircraft: What is said of each.
        tasks: Who answered which.
        adjudicators: They look where others disagree, so their word is not counted.
    """
    by_id = {task.id: task for task in tasks}
    return nominal_alpha(list(_presence(one, by_id, adjudicators).values()) for one in aircraft)


def type_agreement(aircraft: Iterable[JudgedAircraft], adjudicators: Collection[str] = ()) -> Agreement:
    """How far analysts who name an aircraft's type agree on it; the arguments are those of presence."""
    return nominal_alpha(
        [
            verdict.type
            for verdict in one.verdicts
            if verdict.type is not None and verdict.analyst not in adjudicators
        ]
        for one in aircraft
    )


def _presence(
    aircraft: JudgedAircraft, tasks: Mapping[int, TaskAnswers], adjudicators: Collection[str]
) -> dict[str, bool]:
    said: dict[str, bool] = {}
    if not aircraft.proposed:
        drawn_in = (tasks.get(verdict.task_id) for verdict in aircraft.verdicts)
        for task in drawn_in:
            if task is not None and task.holds(aircraft.center):
                said |= dict.fromkeys(task.analysts, False)
    said |= {verdict.analyst: verdict.verdict != "rejected" for verdict in aircraft.verdicts}
    return {analyst: there for analyst, there in said.items() if analyst not in adjudicators}


def _disagreeing(values: Counter[Hashable]) -> float:
    """A unit's share of the coincidences that lie off the diagonal."""
    given = values.total()
    return given - sum(count * (count - 1) for count in values.values()) / (given - 1)
