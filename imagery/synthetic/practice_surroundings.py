"""What stands around the aircraft of a practice ground: buildings, trees, vehicles, masts, windsocks."""

from collections.abc import Iterator
from math import cos, pi, radians, sin

import numpy as np
import shapely

from imagery.synthetic.canvas import Canvas, Colour, Points, rectangle, swept
from imagery.synthetic.layout import Building, ParkedAircraft
from imagery.synthetic.practice_paving import HALF_M, colour, tone
from imagery.synthetic.structures import (
    Box,
    car,
    draw_box,
    draw_building,
    draw_crowns,
    draw_vehicle,
    equipment,
)

_LADDER, _TOWED = 0.2, 0.12


def build(canvas: Canvas, rng: np.random.Generator) -> list[shapely.Polygon]:
    """Draw buildings, tanks and silos, and return their outlines."""
    built: list[shapely.Polygon] = []
    for _ in range(rng.integers(1, 50)):
        large = rng.random() < 0.25
        length, width = rng.uniform(20, 110, 2) if large else rng.uniform(3, 25, 2)
        u, v = rng.uniform(-HALF_M, HALF_M, 2)
        outline = shapely.Polygon(rectangle(u, v, length, width))
        if any(outline.distance(other) < 4 for other in built):
            continue
        height = rng.uniform(6, 22) if large else rng.uniform(2.5, 8)
        roof = str(rng.choice(["flat", "gable", "arched"]))
        tint = rng.uniform(0.4, 1.25) * rng.normal(1, 0.08, 3)
        draw_building(
            canvas, Building(u, v, float(length), float(width), height, roof), colour(tint * 170), rng
        )
        built.append(outline)
    for _ in range(rng.integers(0, 4)):  # tanks and silos
        u, v, radius = *rng.uniform(-HALF_M, HALF_M, 2), rng.uniform(3, 18)
        t = np.linspace(0, 2 * pi, 32, endpoint=False)
        ring = np.stack([u + radius * np.cos(t), v + radius * np.sin(t)], axis=1)
        if all(shapely.Polygon(ring).distance(other) > 4 for other in built):
            canvas.paint([ring], tone(rng, 90, 235))
            built.append(shapely.Polygon(ring))
    return built


def plant(canvas: Canvas, rng: np.random.Generator) -> None:
    """Draw trees and scrub in four groups."""
    count = int(rng.integers(0, 120))
    groups = rng.uniform(-HALF_M, HALF_M, (4, 2))
    spots = groups[rng.integers(4, size=count)] + rng.normal(0, 35, (count, 2))
    px = canvas.frame.to_px(spots)
    inside = ((px > 4) & (px < canvas.frame.size_px - 4)).all(1)
    draw_crowns(canvas, rng, px[inside], rng.uniform(0.6, 5, int(inside.sum())))


def park_vehicles(
    canvas: Canvas, rng: np.random.Generator, parked: list[ParkedAircraft], taken: list[shapely.Polygon]
) -> None:
    """Draw vehicles, ladders and carts around the aircraft, car parks, and lines of lorries or containers."""
    taken = list(taken)
    for box in (*_around(rng, parked), *_lines(rng)):
        shape = shapely.Polygon(box.outline)
        if all(shape.distance(other) > 0.3 for other in taken):
            taken.append(shape)
            (draw_vehicle if box.length > 3.5 else draw_box)(canvas, box)


def _around(rng: np.random.Generator, parked: list[ParkedAircraft]) -> Iterator[Box]:
    for aircraft in parked:
        length_m = aircraft.aircraft.length_m
        for _ in range(rng.integers(0, 6)):
            turn, reach = rng.uniform(0, 2 * pi), rng.uniform(0.3, 0.8) * length_m
            yield equipment(
                rng, aircraft.u + reach * cos(turn), aircraft.v + reach * sin(turn), aircraft.turn_deg
            )
        if length_m < 25 and rng.random() < _LADDER:
            a, side = radians(aircraft.turn_deg), rng.choice((-1, 1)) * rng.uniform(1.6, 2.4)
            ahead = 0.28 * length_m
            u = aircraft.u + ahead * cos(a) - side * sin(a)
            v = aircraft.v + ahead * sin(a) + side * cos(a)
            yield Box(u, v, 0.6, 2.2, 2.0, aircraft.turn_deg, tone(rng, 90, 230, 0.15))


def _lines(rng: np.random.Generator) -> Iterator[Box]:
    for _ in range(rng.integers(0, 4)):
        u, v = rng.uniform(-HALF_M, HALF_M, 2)
        turn, count = rng.choice([0.0, 90.0]), int(rng.integers(3, 30))
        for index in range(count):
            if rng.random() < 0.5:
                yield car(rng, u + 2.8 * index, v, 90)
            else:
                length = rng.choice([6.1, 12.2, 16.0])
                yield Box(u, v + 3.4 * index, length, 2.5, 2.8, turn, tone(rng, 60, 240, 0.2))


def attach_tow_bars(canvas: Canvas, rng: np.random.Generator, parked: list[ParkedAircraft]) -> None:
    """Draw a tow bar, and often its tug, before the nose of some aircraft."""
    for aircraft in parked:
        if aircraft.aircraft.wing == "rotor" or rng.random() > _TOWED:
            continue
        a = radians(aircraft.turn_deg)
        ahead = np.array([cos(a), sin(a)])
        nose = np.array([aircraft.u, aircraft.v]) + 0.4 * aircraft.aircraft.length_m * ahead
        end = nose + (0.1 * aircraft.aircraft.length_m + rng.uniform(2.5, 5)) * ahead
        canvas.stroke([np.array([nose, end])], 0.25, (208, 180, 90), 0.9)
        if rng.random() < 0.6:
            u, v = end + 2.4 * ahead
            draw_vehicle(canvas, Box(u, v, 4.8, 2.4, 1.8, aircraft.turn_deg, tone(rng, 90, 230, 0.1)))


def raise_masts(canvas: Canvas, rng: np.random.Generator) -> None:
    """Draw lamp masts, which are little but their shadows, and windsocks."""
    for _ in range(rng.integers(0, 9)):
        u, v = rng.uniform(-HALF_M, HALF_M, 2)
        draw_box(canvas, Box(u, v, 0.5, 0.5, rng.uniform(9, 32), 0, tone(rng, 120, 230)))
        head = rectangle(u, v, rng.uniform(0.6, 3), 0.7, rng.uniform(0, 180))
        canvas.paint([head], tone(rng, 120, 230))
    for _ in range(int(rng.random() < 0.3)):
        _windsock(canvas, rng)


def _windsock(canvas: Canvas, rng: np.random.Generator) -> None:
    """Draw a cone of cloth on a pole, within a painted ring or a segmented circle."""
    foot, wind = rng.uniform(-HALF_M, HALF_M, 2), rng.uniform(0, 2 * pi)
    turn = np.linspace(0, 2 * pi, 40)
    ring = foot + rng.uniform(3, 8) * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    canvas.stroke([ring], rng.uniform(0.3, 0.9), (218, 216, 210), rng.uniform(0.3, 0.9))
    along, across = np.array([cos(wind), sin(wind)]), np.array([-sin(wind), cos(wind)])
    length = rng.uniform(2.4, 4.5)
    cone: Points = foot + np.array(
        [0.45 * across, length * along + 0.2 * across, length * along - 0.2 * across, -0.45 * across]
    )
    shift = canvas.frame.shift(canvas.sun.shadow_of_metre * 6)
    canvas.darken([cone + shift])
    canvas.darken(swept(rectangle(foot[0], foot[1], 0.25, 0.25), shift))
    sock: Colour = (222, 110, 40) if rng.random() < 0.7 else (226, 224, 218)
    canvas.paint([cone], sock)


def bridge(canvas: Canvas, rng: np.random.Generator, parked: list[ParkedAircraft]) -> None:
    """Lay a passenger bridge against some of the airliners, left of the nose."""
    for airliner in parked:
        if airliner.aircraft.length_m < 28 or rng.random() > 0.3:
            continue
        a = radians(airliner.turn_deg)
        ahead, left = np.array([cos(a), sin(a)]), np.array([sin(a), -cos(a)])
        door = np.array([airliner.u, airliner.v]) + (0.36 * ahead + 0.05 * left) * airliner.aircraft.length_m
        reach = door + (left * rng.uniform(0.4, 1) + ahead * rng.uniform(0.2, 1)) * 22
        shape = shapely.LineString([door, reach]).buffer(rng.uniform(1.4, 2.4), cap_style="flat")
        canvas.paint(shape, tone(rng, 90, 225), 1.0)
