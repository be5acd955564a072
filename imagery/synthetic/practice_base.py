"""Air bases besides their aprons: shelters around a loop taxiway, and hulks of scrapped aircraft."""

from dataclasses import replace
from math import cos, radians, sin

import numpy as np
import shapely

from imagery.aircraft.parts import PartKind, Planform
from imagery.synthetic.canvas import Array, Canvas, Colour, Points, rectangle, swept
from imagery.synthetic.practice_parking import Spot
from imagery.synthetic.practice_paving import HALF_M, tone

_FRONT_M = 17.0  # from a shelter's front to the middle of what stands before it


def build_shelters(
    canvas: Canvas, rng: np.random.Generator, taken: list[shapely.Polygon]
) -> tuple[list[shapely.Polygon], list[Spot]]:
    """Draw hardened shelters around a loop; return their outlines and the spots before their doors."""
    u, v = rng.uniform(-120, 120, 2)
    radius, count = rng.uniform(45, 90), int(rng.integers(3, 8))
    length, width, height = rng.uniform(26, 40), rng.uniform(17, 26), rng.uniform(7, 10)
    concrete, roof = tone(rng, 80, 200), tone(rng, 70, 200, 0.07)
    loop = shapely.Point(u, v).buffer(radius).exterior
    canvas.paint(loop.buffer(rng.uniform(5, 8)), concrete, mottle=0.05)
    built, spots = list[shapely.Polygon](), list[Spot]()
    first = rng.uniform(0, 360)
    for index in range(count):
        turn = first + index * 360 / count + rng.normal(0, 4)
        away = np.array([cos(radians(turn)), sin(radians(turn))])
        middle = np.array([u, v]) + (radius + 22 + length / 2) * away
        outline = rectangle(middle[0], middle[1], length, width, turn)
        shape = shapely.Polygon(outline)
        if any(shape.distance(other) < 4 for other in (*taken, *built)) or np.abs(middle).max() > HALF_M:
            continue
        stand = np.array([u, v]) + (radius + 11) * away
        canvas.paint([rectangle(stand[0], stand[1], 24, width * 0.8, turn)], concrete, mottle=0.05)
        _draw_shelter(canvas, outline, turn, height, roof)
        built.append(shape)
        place = middle - (length / 2 + _FRONT_M) * away
        spots.append(Spot(float(place[0]), float(place[1]), turn + 180))
    return built, spots


def _draw_shelter(canvas: Canvas, outline: Points, turn_deg: float, height_m: float, roof: Colour) -> None:
    """Draw an arch and its shadow; its sides see the sun as their slopes do."""
    canvas.darken(swept(outline, canvas.frame.shift(canvas.sun.shadow_of_metre * 0.8 * height_m)))
    a, middle = radians(turn_deg), outline.mean(0)
    half = float(np.hypot(*(outline[0] - outline[1]))) / 2
    across_sun = float(np.array([-sin(a), cos(a)]) @ canvas.frame.axes @ canvas.sun.direction[:2])

    def arch(u: Array, v: Array) -> Array:
        lean = np.clip(((v - middle[1]) * cos(a) - (u - middle[0]) * sin(a)) / half, -0.95, 0.95)
        up = np.sqrt(1 - lean**2)
        facing = np.clip(lean * across_sun + up * canvas.sun.direction[2], 0, None)
        return np.asarray(0.45 + 0.55 * facing / canvas.sun.direction[2], np.float32)

    canvas.paint([outline], roof, 1.0, arch, mottle=0.08, grain=0.05)
    door = outline.mean(0) - (np.hypot(*(outline[1] - outline[2])) / 2 - 0.6) * np.array([cos(a), sin(a)])
    canvas.paint([rectangle(door[0], door[1], 1.2, 2 * half, turn_deg)], (62, 62, 60))


def hulk(planform: Planform, rng: np.random.Generator) -> Planform:
    """Return what is left of a scrapped aircraft: its body without wings, or wings without a body."""
    wings = (PartKind.WING, PartKind.TAILPLANE)
    loose = (PartKind.PROPELLER, PartKind.ROTOR, PartKind.NACELLE, PartKind.FIN)
    if rng.random() < 0.7:
        kept = [part for part in planform.parts if part.kind not in (*wings, *loose)]
    else:
        side = rng.choice((-1, 1))
        kept = [
            replace(part, base_m=0.1, top_m=0.6)
            for part in planform.parts
            if part.kind is PartKind.WING and side * part.outline[:, 0].mean() > 0
        ]
    return replace(planform, parts=tuple(kept))
