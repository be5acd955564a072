"""The ground of the rendered airfield: soil and grass, pavement, paint, stains and tyre marks."""

from math import pi

import cv2
import numpy as np
import shapely

from imagery.synthetic.canvas import Array, Canvas, Colour, Points, Texture, rectangle
from imagery.synthetic.layout import (
    CAR_PARK,
    CIVIL_APRON,
    FAR,
    MILITARY_APRON,
    RUNWAY_V,
    RUNWAY_WIDTH,
    SMALL_APRON,
    STANDS,
    TAXIWAY_V,
    TAXIWAY_WIDTH,
    THRESHOLD_U,
    Area,
)

LATERITE: Colour = (167.0, 144.0, 121.0)
_DRY_GRASS: Colour = (144.0, 135.0, 112.0)
_GREEN_GRASS: Colour = (121.0, 120.0, 97.0)
_ASPHALT: Colour = (121.0, 117.0, 110.0)
_OLD_ASPHALT: Colour = (146.0, 139.0, 127.0)
_CONCRETE: Colour = (181.0, 171.0, 154.0)
_WHITE: Colour = (222.0, 219.0, 209.0)
_YELLOW: Colour = (202.0, 168.0, 78.0)
_BLACK: Colour = (62.0, 60.0, 58.0)

_TERMINAL_SURROUNDS = Area(-245, 300, -128, -46)

# Where connectors leave the parallel taxiway, and which apron or runway they reach.
_TO_RUNWAY = (-445.0, 40.0, 430.0)
_TO_APRON = (-470.0, -180.0, 45.0, 285.0, 500.0)
_DIGITS = {
    "0": ((0, 0, 3, 1), (0, 8, 3, 9), (0, 0, 1, 9), (2, 0, 3, 9)),
    "6": ((0, 0, 3, 1), (0, 4, 3, 5), (0, 8, 3, 9), (0, 0, 1, 9), (2, 0, 3, 5)),
}


def paint_ground(canvas: Canvas, rng: np.random.Generator) -> None:
    """Paint everything that lies flat."""
    _soil(canvas)
    _fields_and_tracks(canvas, rng)
    _drains(canvas)
    _pavement(canvas, rng)
    _runway(canvas, rng)
    _taxi_lines(canvas)
    _apron_marks(canvas, rng)
    _stains(canvas, rng)


def _soil(canvas: Canvas) -> None:
    """Mix laterite, dry and greener grass by two fields of noise: the end of the rains leaves all three."""
    # The same noise turned serves as further, unrelated fields.
    turned, opposite = np.rot90(canvas.mottle), np.rot90(canvas.mottle, 2)
    clumps = cv2.GaussianBlur(canvas.grain, (0, 0), 2.2) * 3.5
    dryness = np.clip(0.5 + 0.34 * canvas.mottle + 0.09 * clumps + 0.06 * canvas.grain, 0, 1)
    green = np.clip(0.35 + 0.36 * turned + 0.1 * clumps + 0.05 * canvas.grain, 0, 1)
    tone = 1 + 0.032 * canvas.grain + 0.02 * np.rot90(clumps, 2) + 0.04 * opposite
    for channel in range(3):
        grass = _DRY_GRASS[channel] + (_GREEN_GRASS[channel] - _DRY_GRASS[channel]) * green
        canvas.pixels[..., channel] = (grass + (LATERITE[channel] - grass) * dryness) * tone


def _fields_and_tracks(canvas: Canvas, rng: np.random.Generator) -> None:
    for _ in range(26):
        far_side = rng.random() < 0.4
        u, v = rng.uniform(-800, 800), rng.uniform(600, 1000) if far_side else rng.uniform(-1000, -420)
        plot = rectangle(u, v, rng.uniform(40, 130), rng.uniform(30, 90), rng.normal(0, 14))
        colour = [(126, 118, 84), (150, 122, 94), (108, 110, 76), (160, 138, 108)][rng.integers(4)]
        pitch, turn = rng.uniform(2.2, 4.0), rng.uniform(0, pi)

        def furrows(u: Array, v: Array, pitch: float = pitch, turn: float = turn) -> Array:
            wave = np.sin((u * np.cos(turn) + v * np.sin(turn)) * (2 * pi / pitch))
            return np.asarray(1 + 0.035 * wave, np.float32)

        canvas.paint([plot], colour, 0.55, furrows, mottle=0.07, grain=0.05, soften_px=2)
    tracks: list[list[tuple[float, float]]] = [
        [(-FAR, -262), (-500, -258), (0, -264), (500, -258), (FAR, -262)],
        [(-420, -262), (-400, -420), (-455, -600), (-430, -900)],
        [(300, -262), (330, -430), (290, -640), (340, -950)],
        [(-FAR, 575), (-300, 568), (200, 580), (FAR, 570)],
        [(60, 580), (90, 700), (40, 1000)],
        [(-FAR, -560), (-300, -520), (200, -580), (FAR, -540)],
    ]
    for track in tracks:
        line = shapely.LineString(rounded(track))
        canvas.paint(line.buffer(4.5), LATERITE, 0.45, grain=0.05, soften_px=4)
        canvas.paint(line.buffer(2.6), (178, 152, 126), 0.75, grain=0.05, mottle=0.05, soften_px=1.2)


def _drains(canvas: Canvas) -> None:
    for v, start in ((298.0, -430.0), (470.0, -540.0)):
        ditch = np.array([(start, v), (FAR, v)])
        canvas.paint(shapely.LineString(ditch).buffer(5), _GREEN_GRASS, 0.45, grain=0.06, soften_px=3)
        canvas.paint(shapely.LineString(ditch).buffer(0.9), (84, 80, 68), 0.75, grain=0.1, soften_px=0.6)
    wadi = rounded(
        [(-900, -700), (-600, -640), (-380, -720), (-100, -660), (120, -760), (480, -700), (900, -780)]
    )
    canvas.paint(
        shapely.LineString(wadi).buffer(13), _GREEN_GRASS, 0.55, mottle=0.08, grain=0.08, soften_px=9
    )
    canvas.paint(
        shapely.LineString(wadi).buffer(4), (172, 146, 116), 0.6, mottle=0.08, grain=0.05, soften_px=3
    )


def _pavement(canvas: Canvas, rng: np.random.Generator) -> None:
    taxiways = _taxiways()
    aprons = shapely.union_all(
        [shapely.Polygon(a.outline) for a in (CIVIL_APRON, MILITARY_APRON, SMALL_APRON)]
    )
    paved = shapely.union_all([taxiways, aprons, _runway_outline()])
    # The grass at the edge of pavement is worn, dusty and mown.
    canvas.paint(paved.buffer(12), (151, 135, 109), 0.4, mottle=0.05, grain=0.05, soften_px=8)
    canvas.paint(paved.buffer(4.5), (128, 121, 108), 0.8, mottle=0.08, grain=0.04, soften_px=1)
    roads: list[list[tuple[float, float]]] = [
        [(-FAR, -228), (FAR, -228)],
        [(20, -228), (20, -430), (60, -FAR)],
        [(-240, -135), (250, -135)],
        [(-240, -135), (-240, -228)],
        [(250, -135), (330, -120), (420, -100), (680, -95)],
        [(330, -120), (335, -228)],
        [(-660, -120), (-300, -118), (-240, -135)],
        [(-660, -205), (-300, -205)],
        [(-250, -52), (345, -52), (400, -15)],
    ]
    road = shapely.union_all([shapely.LineString(rounded(line)).buffer(3.8) for line in roads])
    canvas.paint(road.buffer(3), LATERITE, 0.5, grain=0.05, soften_px=2)
    canvas.paint(road, (118, 112, 104), 1.0, mottle=0.05)
    canvas.stroke([np.array([(-FAR, -228), (FAR, -228)])], 0.25, _WHITE, 0.5)
    canvas.paint([CAR_PARK.outline], (126, 120, 112), 1.0, mottle=0.05)
    canvas.paint([rectangle(276, -164, 76, 62)], (158, 146, 126), 0.9, grain=0.04)
    canvas.paint([rectangle(-279, -19, 54, 44)], (160, 148, 130), 0.9, mottle=0.06, soften_px=1.5)
    canvas.paint(shapely.Polygon(_TERMINAL_SURROUNDS.outline), (152, 145, 132), 0.9, mottle=0.04)
    for u_min, u_max in ((-625, -320), (425, 655)):
        canvas.paint([Area(u_min, u_max, -96, -10).outline], (150, 140, 122), 0.8, mottle=0.06, soften_px=1)

    canvas.paint(taxiways, _OLD_ASPHALT, 1.0, _lengthwise_wear(rng), mottle=0.05, grain=0.03)
    canvas.paint([MILITARY_APRON.outline], (156, 148, 134), 1.0, slabs(rng, 6.0, 0.026), mottle=0.06)
    canvas.paint([CIVIL_APRON.outline], _CONCRETE, 1.0, slabs(rng, 7.5, 0.02), mottle=0.045)
    canvas.paint([SMALL_APRON.outline], (138, 132, 121), 1.0, slabs(rng, 5.0, 0.03), mottle=0.07)
    for apron in (CIVIL_APRON, MILITARY_APRON, SMALL_APRON):
        _patches(canvas, rng, apron)


def _taxiways() -> shapely.Geometry:
    half = TAXIWAY_WIDTH / 2
    pieces = [shapely.box(-560, TAXIWAY_V - half, FAR, TAXIWAY_V + half)]
    pieces += [shapely.box(u - half, TAXIWAY_V, u + half, RUNWAY_V) for u in _TO_RUNWAY]
    pieces += [shapely.box(u - half, 100, u + half, TAXIWAY_V) for u in _TO_APRON]
    pieces += [_runway_outline()]
    # Closing the union rounds the inner corners, as the fillets of real taxiways do.
    return shapely.union_all(pieces).buffer(22).buffer(-22)


def _runway_outline() -> shapely.Polygon:
    half = RUNWAY_WIDTH / 2
    return shapely.box(THRESHOLD_U - 60, RUNWAY_V - half, FAR, RUNWAY_V + half)


def slabs(rng: np.random.Generator, side_m: float, spread: float) -> Texture:
    """Return a texture of square slabs, each of its own tone, with joints, in lanes cast by the day."""
    tones = rng.normal(0, spread, (512, 512)).astype(np.float32)
    tones += rng.normal(0, spread * 0.8, (1, 512)).astype(np.float32)
    tones[rng.random((512, 512)) < 0.012] += 0.09

    def texture(u: Array, v: Array) -> Array:
        column, row = (u + FAR) / side_m, (v + FAR) / side_m
        tone = tones[column.astype(int) % 512, row.astype(int) % 512]
        near = np.minimum(np.abs(column - np.round(column)), np.abs(row - np.round(row))) * side_m
        return np.asarray(1 + tone - 0.1 * np.clip(1 - near / 0.32, 0, 1), np.float32)

    return texture


def _lengthwise_wear(rng: np.random.Generator) -> Texture:
    across = rng.normal(0, 1, 4096).astype(np.float32)
    across = np.convolve(across, np.hanning(9) / 4.5, mode="same").astype(np.float32)

    def texture(u: Array, v: Array) -> Array:
        streak = np.interp(v, np.linspace(-FAR, FAR, 4096), across).astype(np.float32)
        worn = np.exp(-(((v - TAXIWAY_V) / 5) ** 2))
        return np.asarray(1 + 0.02 * streak - 0.07 * worn + 0.0 * u, np.float32)

    return texture


def _patches(canvas: Canvas, rng: np.random.Generator, apron: Area) -> None:
    for _ in range(14):
        u = rng.uniform(apron.u_min + 20, apron.u_max - 20)
        v = rng.uniform(apron.v_min + 12, apron.v_max - 12)
        tone = rng.choice([0.86, 0.93, 1.06, 1.1])
        length, width = rng.integers(1, 4, 2) * 7.5
        patch = rectangle(u, v, length, width)
        canvas.paint([patch], (152 * tone, 145 * tone, 132 * tone), 0.55, grain=0.03)
    for _ in range(9):
        u, v = rng.uniform(apron.u_min, apron.u_max), rng.uniform(apron.v_min, apron.v_max)
        steps = rng.normal(0, 3.0, (14, 2)) + rng.normal(0, 2.2, 2)
        crack = np.array([u, v]) + np.cumsum(steps, axis=0)
        inside = np.clip(crack, [apron.u_min, apron.v_min], [apron.u_max, apron.v_max])
        canvas.stroke([inside], 0.25, (96, 90, 80), 0.55, worn=0.8)


def _runway(canvas: Canvas, rng: np.random.Generator) -> None:
    half = RUNWAY_WIDTH / 2
    canvas.paint(_runway_outline(), _ASPHALT, 1.0, mottle=0.05, grain=0.03)
    across = np.convolve(rng.normal(0, 1, 900), np.hanning(7) / 3.5, mode="same")

    def rubber(u: Array, v: Array) -> Array:
        from_centre = v - RUNWAY_V
        streaks = np.interp(from_centre, np.linspace(-30, 30, 900), across)
        wheels = np.exp(-(((np.abs(from_centre) - 4.5) / 4.0) ** 2))
        along = np.clip((u - THRESHOLD_U - 120) / 150, 0, 1) * np.clip((THRESHOLD_U + 820 - u) / 420, 0, 1)
        return np.asarray(1 - along * wheels * np.clip(0.24 + 0.13 * streaks, 0, 0.6), np.float32)

    canvas.tint(rubber, rectangle(THRESHOLD_U + 450, RUNWAY_V, 780, 30))
    joints = [np.array([(THRESHOLD_U - 60, RUNWAY_V + v), (FAR, RUNWAY_V + v)]) for v in (-15, -7.5, 7.5, 15)]
    canvas.stroke(joints, 0.2, (100, 96, 90), 0.5)
    for side in (-1, 1):
        edge = RUNWAY_V + side * (half - 1.2)
        canvas.stroke([np.array([(THRESHOLD_U, edge), (FAR, edge)])], 0.9, _WHITE, 0.7)
        piano = [rectangle(THRESHOLD_U + 21, RUNWAY_V + side * v, 30, 1.8) for v in np.arange(2.7, 21, 3.6)]
        canvas.paint(piano, _WHITE, 0.82, grain=0.1)
        canvas.paint([rectangle(THRESHOLD_U + 330, RUNWAY_V + side * 11, 45, 6)], _WHITE, 0.8, grain=0.1)
        for distance, bars in ((180, 3), (480, 2), (630, 1)):
            zone = [
                rectangle(THRESHOLD_U + distance, RUNWAY_V + side * (9 + 3 * bar), 22.5, 1.8)
                for bar in range(bars)
            ]
            canvas.paint(zone, _WHITE, 0.7, grain=0.1)
    dashes = [rectangle(u, RUNWAY_V, 30, 0.9) for u in np.arange(THRESHOLD_U + 110, FAR, 50.0)]
    canvas.paint(dashes, _WHITE, 0.8, grain=0.12)
    # The digits stand upright for a pilot who lands in the direction of u.
    for digit, left in (("0", -7.0), ("6", 1.0)):
        for x0, y0, x1, y1 in _DIGITS[digit]:
            u, v = THRESHOLD_U + 58, RUNWAY_V + left
            corners = np.array(
                [(u + y0, v + x0 * 2), (u + y1, v + x0 * 2), (u + y1, v + x1 * 2), (u + y0, v + x1 * 2)]
            )
            canvas.paint([corners], _WHITE, 0.82)


def _taxi_lines(canvas: Canvas) -> None:
    lines = [np.array([(-550, TAXIWAY_V), (FAR, TAXIWAY_V)])]
    for u in _TO_RUNWAY:
        lines += [np.array([(u, TAXIWAY_V), (u, RUNWAY_V)])]
        lines += [_turn(u, TAXIWAY_V, sign, 1, 32) for sign in (-1, 1)]
        lines += [_turn(u, RUNWAY_V, sign, -1, 40) for sign in (-1, 1)]
        bars = [rectangle(u, RUNWAY_V - 88 + step, TAXIWAY_WIDTH, 0.3) for step in (0, 1.2, 2.4)]
        canvas.paint(bars, _YELLOW, 0.8)
    for u, v in zip(_TO_APRON, (88, 100, 100, 100, 72), strict=True):
        lines += [np.array([(u, TAXIWAY_V), (u, v)])]
        lines += [_turn(u, TAXIWAY_V, sign, -1, 32) for sign in (-1, 1)]
        lines += [_turn(u, v, sign, 1, 24) for sign in (-1, 1)]
    lines += [
        np.array([(CIVIL_APRON.u_min + 8, 100), (CIVIL_APRON.u_max - 8, 100)]),
        np.array([(MILITARY_APRON.u_min + 8, 88), (MILITARY_APRON.u_max - 8, 88)]),
        np.array([(SMALL_APRON.u_min + 8, 72), (SMALL_APRON.u_max - 8, 72)]),
    ]
    worn = shapely.union_all([shapely.LineString(line).buffer(3.2) for line in lines])
    canvas.paint(worn, (112, 107, 99), 0.3, mottle=0.1, soften_px=3.5)
    canvas.stroke(lines, 0.35, _YELLOW, 0.85)
    edges = [TAXIWAY_V - TAXIWAY_WIDTH / 2 + 0.8, TAXIWAY_V + TAXIWAY_WIDTH / 2 - 0.8]
    canvas.stroke([np.array([(-550, v), (FAR, v)]) for v in edges], 0.25, _YELLOW, 0.5)


def _turn(u: float, v: float, along: int, across: int, radius: float) -> Points:
    """Return the quarter circle that joins a line along u with one along v that meets it at (u, v)."""
    t = np.linspace(0, pi / 2, 16)
    return np.stack([u + along * radius * (1 - np.sin(t)), v + across * radius * (1 - np.cos(t))], axis=1)


def _apron_marks(canvas: Canvas, rng: np.random.Generator) -> None:
    for stand in STANDS:
        a = np.radians(stand.turn_deg)
        ahead = np.array([np.cos(a), np.sin(a)])
        nose = np.array([stand.u, stand.v])
        if stand.nose_in:
            middle = nose - 40 * ahead
            canvas.paint(
                [rectangle(middle[0], middle[1], 84, 7, stand.turn_deg)],
                (120, 113, 103),
                0.28,
                mottle=0.1,
                soften_px=5,
            )
            canvas.stroke([np.stack([nose + 2 * ahead, [nose[0] - 128 * ahead[0], 100]])], 0.3, _YELLOW, 0.75)
            canvas.stroke([rectangle(stand.u, stand.v, 0.01, 5)[:2]], 0.4, _YELLOW, 0.7)
        elif stand.v < 60:
            canvas.stroke([np.stack([nose - 22 * ahead, nose + 14 * ahead])], 0.3, _YELLOW, 0.6)
    outline = Area(CIVIL_APRON.u_min + 6, CIVIL_APRON.u_max - 6, -34, 72).outline
    canvas.stroke([np.concatenate([outline, outline[:1]])], 0.3, (176, 92, 80), 0.5)
    for v in (-43.0, -36.5):
        canvas.stroke([np.array([(CIVIL_APRON.u_min, v), (CIVIL_APRON.u_max, v)])], 0.3, _WHITE, 0.6)
    for u in (512.0, 545.0):
        bars = [rectangle(u - 2.5, 34, 1, 9), rectangle(u + 2.5, 34, 1, 9), rectangle(u, 34, 5, 1)]
        canvas.paint(bars, _WHITE, 0.55, grain=0.1)
        turn = np.linspace(0, 2 * pi, 60)
        canvas.stroke([np.stack([u + 11 * np.cos(turn), 34 + 11 * np.sin(turn)], axis=1)], 0.5, _WHITE, 0.5)
    # Closed stands are crossed out: from above, a cross is not unlike an aircraft.
    for u, v, turn_deg in ((-290.0, 185.0, 45.0), (-632.0, 105.0, 20.0), (420.0, 110.0, 45.0)):
        for arm in (0.0, 90.0):
            cross = rectangle(u, v, rng.uniform(20, 28), 2.2, turn_deg + arm)
            canvas.paint([cross], (194, 184, 150), 0.6, grain=0.15)


def _stains(canvas: Canvas, rng: np.random.Generator) -> None:
    for stand in STANDS:
        a = np.radians(stand.turn_deg)
        for _ in range(7):
            back, aside = rng.uniform(2, 30), rng.normal(0, 5)
            u = stand.u - np.cos(a) * back + np.sin(a) * aside
            v = stand.v - np.sin(a) * back - np.cos(a) * aside
            stain(canvas, rng, u, v, rng.uniform(0.5, 3.2), rng.uniform(0.15, 0.5))
    for apron in (CIVIL_APRON, MILITARY_APRON, SMALL_APRON):
        for _ in range(26):
            u = rng.uniform(apron.u_min, apron.u_max)
            v = rng.uniform(apron.v_min, apron.v_max)
            stain(canvas, rng, u, v, rng.uniform(0.8, 7), rng.uniform(0.06, 0.22))
        for _ in range(10):
            u, v = rng.uniform(apron.u_min + 30, apron.u_max - 30), rng.uniform(60, apron.v_max - 5)
            bend, t = rng.normal(0, 0.002), np.linspace(-45, 45, 20)
            for gap in (0.0, rng.uniform(4, 9)):
                canvas.stroke([np.stack([u + t, v + gap + bend * t**2], axis=1)], 0.5, _BLACK, 0.2, worn=0.9)
    # Where something once burnt: two crossed smears.
    for turn_deg, length in ((20.0, 30.0), (105.0, 24.0)):
        canvas.paint(
            [rectangle(-340, 96, length, 5, turn_deg)], _BLACK, 0.5, mottle=0.2, grain=0.2, soften_px=3.5
        )


def stain(
    canvas: Canvas, rng: np.random.Generator, u: float, v: float, radius: float, opacity: float
) -> None:
    """Paint a blot of oil, of a radius in metres."""
    t = np.linspace(0, 2 * pi, 14, endpoint=False)
    reach = radius * rng.uniform(0.5, 1.3, 14)
    blot = np.stack([u + reach * np.cos(t), v + 0.7 * reach * np.sin(t)], axis=1)
    canvas.paint([blot], _BLACK, opacity, soften_px=max(0.8, radius * 0.6), grain=0.1)


def rounded(points: list[tuple[float, float]]) -> Points:
    """Return a line with its corners cut three times (Chaikin), so that roads bend."""
    line = np.array(points, dtype=np.float64)
    for _ in range(3):
        cut = np.empty((2 * len(line) - 2, 2))
        cut[0::2], cut[1::2] = 0.75 * line[:-1] + 0.25 * line[1:], 0.25 * line[:-1] + 0.75 * line[1:]
        line = np.concatenate([line[:1], cut, line[-1:]])
    return line
