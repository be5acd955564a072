"""The paving of a practice ground: earth, aprons, roads, runways and what is painted on them."""

from math import cos, pi, radians, sin

import numpy as np
import shapely
from numpy.typing import NDArray

from imagery.synthetic.canvas import Canvas, Colour, rectangle
from imagery.synthetic.ground import rounded, slabs, stain

HALF_M = 210.0
_NATURAL = 0.6  # share of the grounds in a colour that earth has; any else
_CLOSED = 0.2  # of the runways and taxiways

_EARTHS: tuple[Colour, ...] = (
    (98, 112, 74),  # grass
    (142, 136, 96),  # dry grass
    (196, 176, 138),  # sand
    (150, 122, 96),  # soil
    (112, 104, 92),  # gravel
    (222, 224, 228),  # snow
    (74, 84, 62),  # scrub
)


def paint_earth(canvas: Canvas, rng: np.random.Generator) -> None:
    """Paint bare or overgrown ground of two tones all over the canvas."""
    if rng.random() < _NATURAL:
        choice = _EARTHS[rng.integers(len(_EARTHS))]
        first, second = (
            np.array(choice, np.float32) * rng.uniform(0.6, 1.2) * rng.normal(1, 0.05, 3).astype(np.float32)
            for _ in range(2)
        )
    else:
        first, second = (np.array(tone(rng, 50, 200, 0.08), np.float32) for _ in range(2))
        first[1] *= rng.uniform(0.95, 1.15)
    mix = np.clip(0.5 + rng.uniform(0.05, 0.4) * canvas.mottle + rng.uniform(0, 0.15) * canvas.grain, 0, 1)
    light = 1 + rng.uniform(0.01, 0.09) * canvas.grain
    canvas.pixels[:] = (first + (second - first) * mix[..., None]) * light[..., None]


def paint_apron(canvas: Canvas, rng: np.random.Generator) -> shapely.Polygon:
    """Paint a paved area with its marks and stains, and return it."""
    length, width = rng.uniform(120, 400), rng.uniform(60, 200)
    u, v = rng.uniform(-120, 120, 2)
    outline = rectangle(u, v, length, width, rng.choice([0.0, 90.0]) + rng.normal(0, 2))
    concrete = tone(rng, 60, 215)
    texture = slabs(rng, rng.uniform(4, 9), rng.uniform(0.005, 0.04)) if rng.random() < 0.6 else None
    canvas.paint(
        [outline], concrete, 1.0, texture, mottle=rng.uniform(0.02, 0.09), grain=rng.uniform(0.01, 0.05)
    )
    apron = shapely.Polygon(outline)
    for _ in range(rng.integers(0, 40)):
        stain(canvas, rng, *within(apron, rng), rng.uniform(0.6, 7), rng.uniform(0.05, 0.4))
    for _ in range(rng.integers(0, 9)):
        u, v = within(apron, rng)
        patch = rectangle(u, v, rng.uniform(4, 45), rng.uniform(4, 45), rng.choice([0.0, 90.0]))
        canvas.paint([patch], colour(np.array(concrete) * rng.uniform(0.75, 1.2)), 0.6)
    for _ in range(rng.integers(0, 14)):
        _mark(canvas, rng, apron)
    return apron


def within(area: shapely.Polygon, rng: np.random.Generator) -> tuple[float, float]:
    """Return a place (u, v) in a rectangle."""
    corner, along, _, across = np.asarray(area.exterior.coords)[:4]
    u, v = (corner + rng.random() * (along - corner) + rng.random() * (across - corner)).tolist()
    return u, v


def _mark(canvas: Canvas, rng: np.random.Generator, apron: shapely.Polygon) -> None:
    """Draw a painted line, an arc, a cross or a row of bars: what looks most like an aircraft and is none."""
    place, turn = within(apron, rng), rng.uniform(0, 360)
    paint: Colour = (215, 212, 204) if rng.random() < 0.5 else (205, 170, 80)
    kind = rng.integers(4)
    if kind == 0:
        reach = rng.uniform(20, 160)
        bend, t = rng.normal(0, 0.004), np.linspace(-reach, reach, 24)
        a = radians(turn)
        line = place + np.stack(
            [t * cos(a) - bend * t**2 * sin(a), t * sin(a) + bend * t**2 * cos(a)], axis=1
        )
        canvas.stroke([line], rng.uniform(0.2, 0.9), paint, rng.uniform(0.4, 0.9))
    elif kind == 1:
        arms = [rectangle(*place, rng.uniform(8, 34), rng.uniform(0.5, 3), turn + arm) for arm in (0, 90)]
        canvas.paint(arms, paint, rng.uniform(0.4, 0.9), grain=0.1)
    elif kind == 2:
        t = np.linspace(0, 2 * pi, 40)
        ring = place + rng.uniform(4, 16) * np.stack([np.cos(t), np.sin(t)], axis=1)
        canvas.stroke([ring], rng.uniform(0.3, 1), paint, 0.7)
    else:
        a, pitch = radians(turn), rng.uniform(2, 5)
        along = np.array([cos(a), sin(a)])
        bars = [
            rectangle(0, 0, 8, 1.2, turn + 90) + place + step * pitch * along
            for step in range(rng.integers(3, 12))
        ]
        canvas.paint(bars, paint, 0.8)


def paint_strips(canvas: Canvas, rng: np.random.Generator) -> None:
    """Paint roads, taxiways and a runway's piece, straight or bent."""
    for _ in range(rng.integers(0, 5)):
        v, width = rng.uniform(-HALF_M, HALF_M), rng.choice([3.5, 6.0, 15.0, 23.0, 45.0])
        points = [(float(u), float(v + rng.normal(0, 12))) for u in (-300, -100, 100, 300)]
        line = rounded(points)
        if rng.random() < 0.5:
            line = line[:, ::-1]
        strip = shapely.LineString(line)
        canvas.paint(strip.buffer(width / 2, cap_style="flat"), tone(rng, 55, 200), 1.0, mottle=0.05)
        if rng.random() < 0.6:
            canvas.stroke([line], 0.4, (210, 200, 160), 0.7)
        if width >= 15 and rng.random() < _CLOSED:
            _close(canvas, rng, strip, width)


def _close(canvas: Canvas, rng: np.random.Generator, strip: shapely.LineString, width: float) -> None:
    """Paint the crosses of a closed runway or taxiway along it."""
    paint: Colour = (225, 222, 214) if rng.random() < 0.6 else (212, 176, 70)
    arm, bar, pitch = width * rng.uniform(0.5, 0.95), rng.uniform(0.9, 3.2), rng.uniform(45, 130)
    turn, wear = 45 + rng.normal(0, 4), rng.uniform(0.4, 0.95)
    for along in np.arange(rng.uniform(0, pitch), strip.length, pitch):
        u, v = shapely.get_coordinates(shapely.line_interpolate_point(strip, along))[0]
        for lean in (0, 90):
            canvas.paint([rectangle(u, v, arm * 1.3, bar, turn + lean)], paint, wear, grain=0.1)


def colour(values: NDArray[np.float64]) -> Colour:
    """Return three values as a colour, clipped to what can be displayed."""
    red, green, blue = np.clip(values, 0, 255).tolist()
    return red, green, blue


def tone(rng: np.random.Generator, low: float, high: float, spread: float = 0.04) -> Colour:
    """Return a grey of any warmth."""
    warm = rng.normal(0, spread)
    return colour(rng.uniform(low, high) * np.array([1 + warm, 1.0, 1 - warm]))
