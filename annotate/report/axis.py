"""The axis of time under the timeline: from dates to percent of its length."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

MOST_TICKS = 9
LEAST_DAYS = 20.0
STEPS_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120, 240)


class Tick(NamedTuple):
    """A date on the axis, and where it lies in percent of it."""

    at: float
    label: str


class Axis:
    """A stretch of time from the first of some times to the last, with some room."""

    def __init__(self, times: Sequence[datetime]) -> None:
        """Span some times, at least one."""
        first, last = min(times), max(times)
        room = max((last - first) * 0.05, timedelta(days=LEAST_DAYS) - (last - first) / 2, timedelta())
        self.first, self.last = first - room, last + room

    def percent(self, time: datetime) -> float:
        """Where a time lies, 0 at the beginning and 100 at the end."""
        return round(100 * ((time - self.first) / (self.last - self.first)), 2)

    def ticks(self) -> list[Tick]:
        """Beginnings of months, or of years, not more than fit beside each other."""
        months = (self.last.year - self.first.year) * 12 + self.last.month - self.first.month
        step = next((step for step in STEPS_MONTHS if months / step <= MOST_TICKS), STEPS_MONTHS[-1])
        ticks = []
        for month in range(0, months + 1):
            year, of_year = divmod(self.first.year * 12 + self.first.month - 1 + month, 12)
            if (year * 12 + of_year) % step:
                continue
            time = datetime(year, of_year + 1, 1, tzinfo=UTC)
            if self.first <= time <= self.last:
                ticks.append(Tick(self.percent(time), f"{time:%Y}" if step >= 12 else f"{time:%b %Y}"))
        return ticks
