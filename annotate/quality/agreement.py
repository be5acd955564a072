"""How far analysts who looked at the same aircraft agree, beyond what chance would give."""

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
            other systematically; None where two analysts gave no value, or all gave the same one.
        units: How many aircraft have a value from at least two analysts; those judged by one alone say
            nothing about agreement.
        values: How many values these have.
    """

    alpha: float | None
    units: int
    values: int


def nominal_alpha(units: Iterable[Sequence[Hashable]]) -> Agreement:
    """Return Krippendorff's alpha for nominal data, any number of observers, values missing.

    With ``n_uc`` how often value ``c`` was given to unit ``u``, ``n_u`` how many values it got, and sums over
    the units with two values at least: ``alpha = 1 - D_o / D_e``, where ``D_o`` is the sum over units of
    ``n_u - sum_c n_uc (n_uc - 1) / (n_u - 1)`` (the coincidences off the diagonal) divided by ``n``, and
    ``D_e = sum over c of n_c (n - n_c) / (n (n - 1))``. Krippendorff (2011), "Computing Krippendorff's
    Alpha-Reliability", section C.

    Args:
        units: The values of each unit, one per observer who gave one.
    """
    pairable = [Counter(values) for values in units if len(values) >= 2]
    totals = sum(pairable, Counter[Hashable]())
    n = totals.total()
    expected = sum(count * (n - count) for count in totals.values())
    if not expected:
        return Agreement(None, len(pairable), n)
    disagreement = sum(_disagreement(values) for values in pairable)
    return Agreement(1 - (n - 1) * disagreement / expected, len(pairable), n)


def presence_agreement(
    aircraft: Iterable[JudgedAircraft], tasks: Iterable[TaskAnswers], adjudicators: Collection[str] = ()
) -> Agreement:
    """Measure how far analysts agree on whether an aircraft is there.

    Where one analyst drew an aircraft, everybody else who answered the same tile and drew none denies it.
    Silence about a candidate says nothing: it may not have been shown.

    Args:
        aircraft: The aircraft of the project, with their verdicts.
        tasks: The tasks of the project, with their answers.
        adjudicators: They look where others disagree, so their verdicts are not counted.
    """
    by_id = {task.id: task for task in tasks}
    return nominal_alpha(list(_presence(judged, by_id, adjudicators).values()) for judged in aircraft)


def type_agreement(aircraft: Iterable[JudgedAircraft], adjudicators: Collection[str] = ()) -> Agreement:
    """Measure how far analysts who name an aircraft's type agree on it; see `presence_agreement`."""
    return nominal_alpha(
        [
            verdict.type
            for verdict in judged.verdicts
            if verdict.type is not None and verdict.analyst not in adjudicators
        ]
        for judged in aircraft
    )


def _presence(
    aircraft: JudgedAircraft, tasks: Mapping[int, TaskAnswers], adjudicators: Collection[str]
) -> dict[str, bool]:
    presence: dict[str, bool] = {}
    if not aircraft.proposed and any(verdict.present for verdict in aircraft.verdicts):
        drawn_in = (tasks.get(verdict.task_id) for verdict in aircraft.verdicts)
        for task in drawn_in:
            if task is not None and task.holds(aircraft.center):
                presence |= dict.fromkeys(task.analysts, False)
    presence |= {verdict.analyst: verdict.present for verdict in aircraft.verdicts}
    return {analyst: present for analyst, present in presence.items() if analyst not in adjudicators}


def _disagreement(values: Counter[Hashable]) -> float:
    """Return a unit's share of the coincidences that lie off the diagonal."""
    given = values.total()
    return given - sum(count * (count - 1) for count in values.values()) / (given - 1)
