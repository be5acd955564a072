"""What a verifier's log-odds amount to on each sensor: lines fitted to held-out verdicts (Platt, 1999).

A sensor with few verdicts has the line of all, one with many its own: its line is held near the general one
as firmly as some verdicts would.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from detect.arrays import Bools
from detect.verifier.regression import chances
from imagery.grid import Floats

STEPS = 50
FINEST_STEP = 1e-8
LONGEST_STEP = 1.0
LEAST_SLOPE, MOST_SLOPE = 0.05, 20.0  # a surer look never lowers a score
GENERAL_FREEDOM = 25.0  # variance of slope and shift around what the regression says itself
SENSOR_FREEDOM = 0.25  # of a sensor's around the general ones
LEAST_OF_A_KIND = 10  # aircraft, and other candidates: fewer have no line of their own


class Line(NamedTuple):
    """Log-odds as a line in others.

    Attributes:
        slope: Above 0.
        shift: Log-odds where the others are 0.
    """

    slope: float = 1.0
    shift: float = 0.0


class Sensor(NamedTuple):
    """A kind of scenes.

    Attributes:
        name: The sensor's; None where the scene does not say.
        gsd_m: Metres per pixel, to the nearest half octave: 0.25, 0.35, 0.5, 0.71, 1 and so on.
    """

    name: str | None
    gsd_m: float


class SensorLine(NamedTuple):
    """The line of a sensor, and how many candidates it rests on."""

    sensor: Sensor
    line: Line
    candidates: int


class Lines(NamedTuple):
    """What log-odds amount to.

    Attributes:
        general: On any sensor.
        sensors: On those with verdicts enough, in the order of their names.
    """

    general: Line
    sensors: tuple[SensorLine, ...] = ()

    def line(self, sensor: Sensor) -> Line:
        """Return the line of a sensor."""
        return next((known.line for known in self.sensors if known.sensor == sensor), self.general)

    def scores(self, log_odds: Floats, sensors: Sequence[Sensor]) -> Floats:
        """Return the scores, 0..1, of log-odds, (N,), on the sensors of their scenes."""
        lines = {sensor: self.line(sensor) for sensor in set(sensors)}
        slopes, shifts = np.array([lines[sensor] for sensor in sensors]).reshape(-1, 2).T
        return chances(slopes * log_odds + shifts)


def sensor_of(name: str | None, gsd_m: float) -> Sensor:
    """Return the kind of a scene."""
    return Sensor(name, round(2 ** (round(2 * math.log2(gsd_m)) / 2), 3))


def fit_lines(log_odds: Floats, aircraft: Bools, sensors: Sequence[Sensor]) -> Lines:
    """Fit the general line, and that of each sensor.

    Args:
        log_odds: (N,), of candidates that the regression has not seen.
        aircraft: (N,), with both kinds among them.
        sensors: N, of their scenes.
    """
    general = _fitted(log_odds, aircraft, Line(), GENERAL_FREEDOM)
    known = []
    for sensor in sorted(set(sensors), key=lambda each: (each.name or "", each.gsd_m)):
        own = np.array([each == sensor for each in sensors])
        count = int(aircraft[own].sum())
        if min(count, int(own.sum()) - count) >= LEAST_OF_A_KIND:
            line = _fitted(log_odds[own], aircraft[own], general, SENSOR_FREEDOM)
            known.append(SensorLine(sensor, line, int(own.sum())))
    return Lines(general, tuple(known))


def _fitted(log_odds: Floats, aircraft: Bools, around: Line, freedom: float) -> Line:
    """Fit a line by Newton's method, held near another one; the targets are Platt's, short of 0 and 1."""
    count = int(aircraft.sum())
    targets = np.where(aircraft, (count + 1) / (count + 2), 1 / (len(aircraft) - count + 2))
    columns = np.column_stack([log_odds, np.ones(len(log_odds))])
    prior = np.array(around)
    line = prior.copy()
    for _ in range(STEPS):
        chance = chances(columns @ line)
        slope = columns.T @ (chance - targets) + (line - prior) / freedom
        curvature = (columns * (chance * (1 - chance))[:, None]).T @ columns + np.eye(2) / freedom
        step = np.linalg.solve(curvature, slope)
        line -= step * min(1.0, LONGEST_STEP / max(FINEST_STEP, float(np.abs(step).max())))
        if float(np.abs(step).max()) < FINEST_STEP:
            break
    return Line(min(max(float(line[0]), LEAST_SLOPE), MOST_SLOPE), float(line[1]))
