"""Drawing one parked aircraft: its shadow on the ground, then its parts from the lowest to the highest."""

from dataclasses import dataclass, replace
from math import ceil, cos, pi, radians, sin
from typing import NamedTuple, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from imagery.aircraft.parts import Part, PartKind, Planform
from imagery.aircraft.types import AircraftType
from imagery.synthetic.canvas import SHADOW, Array, Colour, Points, Sun, noise

_SUPERSAMPLING = 4
_ROUND = (PartKind.FUSELAGE, PartKind.NACELLE)
_FLAT = (PartKind.WING, PartKind.TAILPLANE, PartKind.BODY)
_BLADE_OF_RADIUS = 0.025  # half a rotor blade's chord: Mi-8 0.025, H-60 0.032, CH-47 0.044
_TURNING, _FOLDED = 0.12, 0.1  # shares of the helicopters whose rotor turns or is folded back
_BLOTCH_M = 4.0
_DISC_COVER = 0.12  # how much a turning rotor hides


@dataclass(frozen=True)
class Livery:
    """Colours of an aircraft, red, green, blue, 0 to 255.

    Attributes:
        body: of the fuselage.
        wing: of wings and tailplane.
        fin: of the fins.
        nacelle: of the engines.
        camouflage: a second colour, in blotches.
        third: a third colour, in blotches between the others.
        covers: of tarpaulins over the canopy and the engines' intakes; None where there are none.
    """

    body: Colour
    wing: Colour
    fin: Colour
    nacelle: Colour
    camouflage: Colour | None = None
    third: Colour | None = None
    covers: Colour | None = None


WHITE, SILVER = (250.0, 248.0, 241.0), (208.0, 208.0, 204.0)
AIRLINE_LIVERIES = tuple(
    Livery(body=body, wing=(222, 221, 215), fin=fin, nacelle=nacelle)
    for body, fin, nacelle in (
        (WHITE, (168, 52, 48), WHITE),
        (WHITE, (38, 62, 116), (62, 84, 128)),
        (WHITE, (42, 104, 66), WHITE),
        (WHITE, (196, 140, 48), SILVER),
        ((226, 222, 208), (150, 110, 60), SILVER),
        (SILVER, (58, 60, 66), SILVER),
        ((186, 198, 210), (48, 80, 132), (170, 184, 200)),
    )
)
MILITARY_LIVERIES = (
    Livery((164, 167, 166), (158, 161, 160), (150, 154, 154), (138, 142, 142)),
    Livery((112, 117, 116), (104, 109, 108), (104, 109, 108), (90, 94, 94)),
    Livery((96, 98, 80), (92, 94, 76), (92, 94, 76), (78, 80, 68), camouflage=(136, 120, 92)),
    Livery((176, 178, 174), (168, 170, 167), (166, 168, 165), (150, 152, 150)),
)
FIGHTER_LIVERIES = (
    Livery((124, 130, 134), (118, 124, 128), (114, 120, 124), (100, 104, 108)),
    Livery((92, 98, 84), (90, 96, 82), (88, 94, 80), (80, 84, 74), camouflage=(142, 124, 94)),
    Livery((104, 108, 110), (98, 102, 104), (96, 100, 102), (86, 90, 92)),
)
HELICOPTER_LIVERIES = (
    Livery((92, 96, 78), (86, 90, 74), (86, 90, 74), (74, 76, 66), camouflage=(122, 112, 86)),
    Livery((88, 91, 88), (80, 83, 80), (80, 83, 80), (68, 70, 68)),
    Livery((222, 222, 217), (206, 206, 202), (200, 200, 196), (170, 170, 166)),
)


def livery_of(aircraft: AircraftType, rng: np.random.Generator) -> Livery:
    """Return colours that an aircraft of this type may wear."""
    choice: tuple[Livery, ...]
    match aircraft.category:
        case "Military transport" | "Tanker" | "Surveillance" | "Bomber" | "Drone":
            choice = MILITARY_LIVERIES
        case "Fighter" | "Attack" | "Trainer":
            choice = FIGHTER_LIVERIES
        case "Helicopter":
            choice = HELICOPTER_LIVERIES
        case _:
            choice = AIRLINE_LIVERIES
    return choice[rng.integers(len(choice))]


class Backdrop(Protocol):
    """What an aircraft can be drawn on: a canvas, or a photograph."""

    @property
    def sun(self) -> Sun:
        """Where the light comes from."""

    @property
    def pixels(self) -> Array:
        """(H, W, 3) float32, display values 0 to 255."""


class Photograph(NamedTuple):
    """A backdrop that was not painted."""

    sun: Sun
    pixels: Array


@dataclass(frozen=True)
class Pose:
    """Where an aircraft stands: centre (column, row), nose clockwise from image up, pixels per metre."""

    center_px: tuple[float, float]
    angle_deg: float
    px_per_m: float

    @property
    def axes(self) -> Points:
        """(2, 2) array: the directions of the right wing and of the nose, each as (columns, rows)."""
        a = radians(self.angle_deg)
        return np.array([[cos(a), sin(a)], [sin(a), -cos(a)]])

    def to_px(self, local: Points) -> Points:
        """Return the pixel coordinates (N, 2) of points (N, 2) in the planform's frame, metres."""
        return np.asarray(local @ self.axes * self.px_per_m + np.array(self.center_px))


def draw_aircraft(
    canvas: Backdrop, planform: Planform, pose: Pose, livery: Livery, rng: np.random.Generator
) -> None:
    """Draw an aircraft and its shadow."""
    parts = _drawable(planform, rng)
    patch = _Patch(canvas, parts, pose)
    patch.cast_shadow(parts)
    for part in parts:
        patch.draw(part, parts, livery, rng)
    patch.draw_details(planform, livery)
    patch.compose()


def _drawable(planform: Planform, rng: np.random.Generator) -> list[Part]:
    """Return the parts, propellers and rotors as they happened to stop; a rotor may turn or be folded."""
    state = rng.random()
    parts: list[Part] = []
    for part in planform.parts:
        if part.kind is PartKind.PROPELLER:
            parts.append(_stopped_propeller(part, rng))
        elif part.kind is PartKind.ROTOR and state >= _TURNING:
            parts += _blades(part, rng, folded=state > 1 - _FOLDED)
        else:
            parts.append(part)
    return parts


def _stopped_propeller(part: Part, rng: np.random.Generator) -> Part:
    """Return the strip that the blades of a propeller show from above: as wide as the levellest reaches."""
    turns = rng.uniform(0, 2 * pi) + 2 * pi * np.arange(part.blades) / part.blades
    reach = max(0.3, float(np.abs(np.cos(turns)).max()))
    middle = part.outline.mean(0)
    return replace(part, outline=middle + (part.outline - middle) * [reach, 1])


def _blades(part: Part, rng: np.random.Generator, *, folded: bool) -> list[Part]:
    hub, radius = part.outline.mean(0), np.ptp(part.outline[:, 0]) / 2
    if folded:
        turns = pi + np.linspace(-0.3, 0.3, part.blades)
    else:
        turns = rng.uniform(0, 2 * pi) + 2 * pi * np.arange(part.blades) / part.blades
    blades = []
    for turn in turns:
        along = np.array([sin(turn), cos(turn)]) * radius
        across = np.array([cos(turn), -sin(turn)]) * radius * _BLADE_OF_RADIUS
        blade = hub + np.array([across, along + across, along - across, -across])
        blades.append(replace(part, outline=blade, blades=0))
    return blades


class _Patch:
    """The window of the canvas around one aircraft, painted at several samples a pixel."""

    def __init__(self, canvas: Backdrop, parts: list[Part], pose: Pose) -> None:
        self.canvas, self.pose, self.sun = canvas, pose, canvas.sun
        self.shadow_px: Points = canvas.sun.shadow_of_metre * pose.px_per_m
        reach = [
            self.pose.to_px(part.outline) + part.top_m * shift
            for part in parts
            for shift in (np.zeros(2), self.shadow_px)
        ]
        corners = np.concatenate(reach)
        self.low = np.maximum(np.floor(corners.min(0)).astype(int) - 2, 0)
        high = np.minimum(np.ceil(corners.max(0)).astype(int) + 2, canvas.pixels.shape[1::-1])
        self.shape = (int(high[1] - self.low[1]), int(high[0] - self.low[0]))
        fine = tuple(n * _SUPERSAMPLING for n in self.shape)
        self.colour: Array = np.zeros((*fine, 3), np.float32)
        self.cover: Array = np.zeros(fine, np.float32)
        self.blotches: Array | None = None
        self.x, self.y = self._local_coordinates(fine)

    def _local_coordinates(self, fine: tuple[int, ...]) -> tuple[Array, Array]:
        cols = (
            (np.arange(fine[1], dtype=np.float32) + 0.5) / _SUPERSAMPLING
            + self.low[0]
            - self.pose.center_px[0]
        )
        rows = (
            (np.arange(fine[0], dtype=np.float32) + 0.5) / _SUPERSAMPLING
            + self.low[1]
            - self.pose.center_px[1]
        )
        right, ahead = (self.pose.axes / self.pose.px_per_m).astype(np.float32)
        return (
            cols[None] * right[0] + rows[:, None] * right[1],
            cols[None] * ahead[0] + rows[:, None] * ahead[1],
        )

    def _fill(self, px: list[Points]) -> NDArray[np.bool_]:
        mask = np.zeros(self.cover.shape, np.uint8)
        for outline in px:
            fixed = np.round(((outline - self.low) * _SUPERSAMPLING - 0.5) * 16).astype(np.int32)
            cv2.fillPoly(mask, [fixed], 1, cv2.LINE_8, 4)
        return mask.astype(bool)

    def _shadows(self, part: Part, onto_m: float) -> list[Points]:
        """Return where a part's shadow falls on a level surface at a height, as overlapping outlines."""
        base = max(part.base_m, onto_m)
        crown = part.outline if part.crown is None else part.crown
        # A fin is too thin for steps: its shadow is the hull of those of its two ends.
        steps = 2 if part.crown is not None else max(2, ceil((part.top_m - base) / 0.4) + 1)
        tall = part.top_m - part.base_m
        shadows = [
            self.pose.to_px(part.outline + (crown - part.outline) * (height - part.base_m) / tall)
            + (height - onto_m) * self.shadow_px
            for height in np.linspace(base, part.top_m, steps)
        ]
        if part.crown is None:
            return shadows
        return [cv2.convexHull(np.concatenate(shadows).astype(np.float32))[:, 0].astype(np.float64)]

    def cast_shadow(self, parts: list[Part]) -> None:
        """Darken the ground where the aircraft keeps the sun off it."""
        outlines = [outline for part in parts if not part.blades for outline in self._shadows(part, 0.0)]
        shade = _reduced(self._fill(outlines).astype(np.float32))
        window = self._window()
        window *= 1 - shade[..., None] * (1 - SHADOW)

    def draw(self, part: Part, parts: list[Part], livery: Livery, rng: np.random.Generator) -> None:
        """Paint one part over what is below it."""
        mask = self._fill([self.pose.to_px(part.outline)])
        light = self._light(part, mask)
        above = [
            outline
            for other in parts
            if other.top_m > part.top_m + 0.3 and not other.blades
            for outline in self._shadows(other, part.top_m)
        ]
        # Only where one part overhangs another is it in its shadow; a fuselage's own roundness is in `light`.
        if above:
            light = np.where(self._fill(above)[mask], light * 0.6, light)
        colour = np.broadcast_to(np.array(_colour(part.kind, livery), np.float32), (light.size, 3))
        if livery.camouflage is not None and part.kind in (*_ROUND, *_FLAT):
            blotch = self._blotches(rng)[mask][:, None]
            colour = np.where(blotch > 0.15, np.array(livery.camouflage, np.float32), colour)
            if livery.third is not None:
                colour = np.where(blotch < -0.55, np.array(livery.third, np.float32), colour)
        painted = colour * light[:, None]
        if part.blades:
            # Blades fill little of the strip that a propeller shows from above, or of a turning rotor's disc.
            share = 0.4 if part.kind is PartKind.PROPELLER else _DISC_COVER
            below = (self.cover[mask] * (1 - share))[:, None]
            self.cover[mask] = below[:, 0] + share
            self.colour[mask] = (self.colour[mask] * below + painted * share) / (below + share)
            return
        self.colour[mask] = painted
        self.cover[mask] = 1
        if part.kind in (PartKind.WING, PartKind.TAILPLANE):
            self._mark_wing(part)

    def _blotches(self, rng: np.random.Generator) -> Array:
        """Return noise whose features are a few metres large, the same for every part."""
        if self.blotches is None:
            side = ceil(max(self.cover.shape) / _SUPERSAMPLING)
            coarse = noise(rng, side, max(2.0, _BLOTCH_M * self.pose.px_per_m), octaves=2)
            fine = coarse.repeat(_SUPERSAMPLING, 0).repeat(_SUPERSAMPLING, 1)
            self.blotches = fine[: self.cover.shape[0], : self.cover.shape[1]]
        return self.blotches

    def _light(self, part: Part, mask: NDArray[np.bool_]) -> Array:
        """Return how bright each sample is, 1 for a level surface: Lambert, skylight and a highlight."""
        x, y = self.x[mask], self.y[mask]
        sun = self.sun.direction
        if part.kind not in _ROUND:
            # A wing's upper side curves down towards its trailing edge.
            span = float(np.ptp(part.outline[:, 1])) or 1.0
            return np.asarray(0.97 + 0.06 * (y - part.outline[:, 1].mean()) / span, np.float32)
        right = part.outline[: len(part.outline) // 2]
        axis = float(part.outline[:, 0].mean())
        half = np.interp(-y, -right[:, 1], right[:, 0] - axis)
        lean = np.clip((x - axis) / np.maximum(half, 0.05), -0.98, 0.98)
        up = np.sqrt(1 - lean**2)
        across = sun[:2] @ self.pose.axes[0]
        facing = np.clip(lean * across + up * sun[2], 0, None)
        halfway = np.array([across, sun[2] + 1]) / np.hypot(across, sun[2] + 1)
        glint = np.clip(lean * halfway[0] + up * halfway[1], 0, 1) ** 60
        return np.asarray(0.46 + 0.54 * facing / sun[2] + 0.1 * glint, np.float32)

    def _mark_wing(self, part: Part) -> None:
        """Draw the bare leading edge and the line of the flaps."""
        outline = part.outline if part.outline[0, 1] > part.outline[-1, 1] else part.outline[::-1]
        if outline[0, 1] - outline[-1, 1] < 1.2:
            return
        tip = int(np.abs(outline[:, 0]).argmax())
        across = np.linspace(outline[0, 0], 0.96 * outline[tip, 0], 6)
        front, rear = (
            np.interp(np.abs(across), np.abs(chain[:, 0]), chain[:, 1])
            for chain in (outline[: tip + 1], outline[:tip:-1])
        )
        chord = front - rear

        def strip(upper: Points, lower: Points) -> list[Points]:
            both = [np.column_stack([across, upper]), np.column_stack([across, lower])[::-1]]
            return [self.pose.to_px(np.concatenate(both))]

        within = self.cover > 0
        self.colour[self._fill(strip(front, front - 0.06 * chord)) & within] *= 1.07
        hinge = rear + 0.24 * chord
        self.colour[self._fill(strip(hinge, hinge - 0.14)) & within] *= 0.8

    def draw_details(self, planform: Planform, livery: Livery) -> None:
        """Draw cockpit windows or the canopy, and the dark intakes of jets."""
        nose = planform.length_m / 2
        fuselages = [part for part in planform.parts if part.kind is PartKind.FUSELAGE]
        if not fuselages:
            return
        fuselage = max(fuselages, key=lambda part: np.ptp(part.outline[:, 1]))
        half = float(np.ptp(fuselage.outline[:, 0])) / 2
        if planform.wingspan_m < 18 and planform.length_m < 25:
            front, rear, reach = 0.15, 0.27, 0.34
        else:
            front, rear, reach = 0.03, 0.045, 0.62
        y = nose - planform.length_m * np.array([front, rear])
        glass = np.array([[-0.6 * reach, y[0]], [0.6 * reach, y[0]], [reach, y[1]], [-reach, y[1]]]) * [
            half,
            1,
        ]
        self._patch(glass, (34, 38, 44) if livery.covers is None else livery.covers, 0.7)
        for part in planform.parts:
            if part.kind is PartKind.NACELLE and (livery.camouflage is None or livery.covers is not None):
                (left, _), (right, top) = part.outline.min(0), part.outline.max(0)
                deep, colour, share = (
                    (0.35, (0.0, 0.0, 0.0), 0.25) if livery.covers is None else (1.2, livery.covers, 0.9)
                )
                intake = np.array([[left, top], [right, top], [right, top - deep], [left, top - deep]])
                self._patch(intake, colour, share)

    def _patch(self, outline: Points, colour: Colour, share: float) -> None:
        """Lay a colour over what of the aircraft lies within an outline in its frame."""
        mask = self._fill([self.pose.to_px(outline)]) & (self.cover > 0)
        self.colour[mask] = self.colour[mask] * (1 - share) + np.array(colour, np.float32) * share

    def compose(self) -> None:
        """Lay the aircraft over the canvas."""
        cover = _reduced(self.cover)[..., None]
        colour = _reduced(self.colour * self.cover[..., None])
        window = self._window()
        window *= 1 - cover
        window += colour

    def _window(self) -> Array:
        (col, row), (height, width) = self.low, self.shape
        return self.canvas.pixels[row : row + height, col : col + width]


def _reduced(fine: Array) -> Array:
    size = (fine.shape[1] // _SUPERSAMPLING, fine.shape[0] // _SUPERSAMPLING)
    return np.asarray(cv2.resize(fine, size, interpolation=cv2.INTER_AREA), np.float32)


def _colour(kind: PartKind, livery: Livery) -> Colour:
    match kind:
        case PartKind.FUSELAGE | PartKind.BODY:
            return livery.body
        case PartKind.WING | PartKind.TAILPLANE:
            return livery.wing
        case PartKind.FIN:
            return livery.fin
        case PartKind.NACELLE:
            return livery.nacelle
        case PartKind.PROPELLER | PartKind.ROTOR:
            return (112.0, 111.0, 107.0)
