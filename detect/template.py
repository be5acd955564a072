"""Candidates from planforms matched on the orientation of edges.

An aircraft is found by its outline: along it, the image's gradient lies across the edge. Only the
gradient's orientation counts, with its angle doubled so that bright on dark and dark on bright are the same
(Fitch et al., "Orientation correlation", BMVC 2002), and with its magnitude normalised by its surroundings,
so that a shaded apron counts like a bright one (Steger, "Occlusion, clutter, and illumination invariant
object recognition", 2002). Where the squared gradient is z = (g_x + i g_y)², its energy |z| and the
outline's normals n_k, points p_k, the response is

    R = 1/K Σ_k Re(conj(n_k)² z(p_k)) / (|z(p_k)| + mean |z| around + noise²)        -1 <= R < 1

First every span of a geometric series is searched over the whole tile with a few planforms, coarse angles,
few points and responses spread over 3 x 3 pixels as in LINE-MOD (Hinterstoisser et al., "Gradient response
maps for real-time detection of textureless objects", TPAMI 2012). Only the best places are then refined in
angle, kind, span and position.

Sizes are made comparable by construction. Each span is searched on an image of which a pixel is 1/24 of
that span (1/40 when refining), with the same number of points. With orientations at random R has mean 0 and
standard deviation sqrt(mean of squared weights / 2K), the same for every span; measured on airports without
their aircraft, the best responses of all spans from 11 to 75 m have mean 0.24, deviation 0.07 and the same
99th percentile (0.39) within 0.02. What remains is that a tile has room for 1 / span² small ones. Counting
false alarms as Desolneux, Moisan and Morel do ("Meaningful alignments", IJCV 2000), NFA = tests x P(R >= r)
with a Gaussian tail: equal NFA means dr / d ln(span) = -2 x 0.07² / (r - 0.24), about -0.05 where it
matters (r = 0.42). So the evidence carries +0.05 ln(span); what was measured agrees (0.03 to 0.06 serve
best).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from detect.box import Extent, OrientedBox
from detect.detector import DetectorInfo, Hit
from detect.planform import COARSE_KINDS, KINDS, edges
from imagery.grid import Floats, PixelPoint
from imagery.tiling import TileImage

Grey = NDArray[np.uint8]
Plane = NDArray[np.float32]
Complexes = NDArray[np.complex64]
Ints = NDArray[np.int_]

SPANS_M = tuple(
    11.0 * 1.19**step for step in range(12)
)  # 11 m (Cessna 172) to 74.5 m (A380: 79.8, within a step)
COARSE_PX, FINE_PX = 24, 40  # pixels a span
COARSE_POINTS, QUICK_POINTS, FINE_POINTS = 36, 48, 120  # along the outline
ANGLES = 24
BINS = 12  # orientations that responses are prepared for, 15° apart
SPREAD = 3  # responses are spread over, and places searched in steps of, so many coarse pixels
UNIT = 127 // COARSE_POINTS  # what a perfect edge counts in 8-bit sums
KEEP = 110  # proposals a tile that are refined: 420 a km²
LEAST_COARSE = 0.25
NOISE = 3.0  # grey values a pixel: weaker gradients are the sensor's
PATCH_PX = 96  # around a proposal: the planform, what refinement moves it by, and its surroundings
BESIDE = 0.1  # of the span: how far beside the outline its surroundings are probed
HEADING_MARGIN = 0.06
SIZE_EVIDENCE = 0.05
ONE = np.ones(1)
FIRST_SIZES = np.array([0.93, 1.0, 1.07, 1.14, 1.21])  # a coarse match without the tail is too small


class Proposal(NamedTuple):
    """Where a span was found coarsely; place in metres from the tile's corner."""

    span_m: float
    kind: int
    angle_deg: float
    x_m: float
    y_m: float
    response: float

    @property
    def evidence(self) -> float:
        """Its response, comparable across sizes."""
        return self.response + SIZE_EVIDENCE * math.log(self.span_m / 35)


class Poses(NamedTuple):
    """Planforms laid on patches: arrays of shape (patches,) or (patches, variants), in patch pixels.

    `stretch` is the length over that of the kind at this span.
    """

    kind: Ints
    angle_deg: Floats
    span: Floats
    stretch: Floats
    col: Floats
    row: Floats

    def pick(self, choice: Ints) -> Poses:
        """One variant of each patch."""
        rows = np.arange(len(choice))
        return Poses(*(member[rows, choice] for member in self))

    def variants(
        self, kinds: Sequence[int], turns: Floats, sizes: Floats, shifts: Floats, stretches: Floats = ONE
    ) -> Poses:
        """Each pose in all combinations, (patches, variants); no kinds: each keeps its own."""
        axes = np.meshgrid(np.asarray(kinds or [0]), turns, sizes, stretches, shifts, shifts, indexing="ij")
        kind, turn, size, stretch, right, down = (axis.reshape(1, -1) for axis in axes)
        return Poses(
            np.broadcast_to(kind, (len(self.kind), kind.size)) if kinds else self.kind[:, None] + 0 * kind,
            self.angle_deg[:, None] + turn,
            self.span[:, None] * size,
            self.stretch[:, None] * stretch,
            self.col[:, None] + right,
            self.row[:, None] + down,
        )


class TemplateDetector:
    """Proposes places whose edges run as a planform's do; implements `detect.detector.Detector`."""

    @property
    def info(self) -> DetectorInfo:
        """Name, version and settings."""
        params: dict[str, Any] = {
            "spans_m": [round(span, 2) for span in SPANS_M],
            "keep": KEEP,
            "noise": NOISE,
        }
        return DetectorInfo("template", "1", params)

    @property
    def min_score(self) -> float:
        """Leaves about 35 candidates a km² of a busy airport; of those just above it one in 50 is right."""
        return 0.25

    def working_gsd_m(self, scene_gsd_m: float) -> float:
        """Half a metre, 1/22 of the smallest span, or the scene's own where that is coarser."""
        return max(scene_gsd_m, 0.5)

    def hits(self, image: TileImage) -> list[Hit]:
        """Everything in the tile that could be an aircraft, at most 110 hits, several of one maybe."""
        pixels = image.pixels
        grey = pixels[..., 0] if pixels.shape[2] == 1 else cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
        grey = np.ascontiguousarray(grey, dtype=np.uint8)
        # The edge of what is valid is no edge of anything on the ground.
        valid = cv2.erode(image.valid.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(np.uint8)
        spans = [span for span in SPANS_M if span / image.gsd_m >= COARSE_PX / 2]
        with ThreadPoolExecutor(2) as pool:  # map keeps the order, so the outcome is the same on any machine
            found = list(pool.map(lambda span: _propose(grey, valid, image.gsd_m, span), spans))
        proposals = _strongest([proposal for part in found for proposal in part])
        return _refine(grey, valid, image.gsd_m, proposals) if proposals else []


def _scaled(image: Grey, factor: float) -> Grey:
    size = (max(8, round(image.shape[1] * factor)), max(8, round(image.shape[0] * factor)))
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    return cv2.resize(image, size, interpolation=how).astype(np.uint8)


def _orientation(grey: Grey, valid: Grey, window: int) -> tuple[Plane, Plane]:
    """The squared gradient over its surroundings: real and imaginary part, (rows, cols) float32 each."""
    smooth = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), 0.7)
    right, down = (
        cv2.Sobel(smooth, cv2.CV_32F, *order, scale=1 / 8, borderType=cv2.BORDER_REPLICATE).astype(np.float32)
        for order in ((1, 0), (0, 1))
    )
    energy = right * right + down * down
    around = cv2.blur(energy, (window | 1, window | 1)).astype(np.float32)
    weight = (valid / (energy + around + NOISE**2)).astype(np.float32)
    return (right * right - down * down) * weight, 2 * right * down * weight


@cache
def _outlines(count: int) -> tuple[Complexes, Complexes]:
    """Points and normals of all kinds, (kinds, count) complex64, nose up: right + i down, in spans."""
    parts = [edges(kind, count) for kind in KINDS]
    points, normals = (
        np.array(arrays)[..., 0] - 1j * np.array(arrays)[..., 1] for arrays in zip(*parts, strict=True)
    )
    return points.astype(np.complex64), normals.astype(np.complex64)


@cache
def _bank() -> tuple[tuple[int, float, tuple[tuple[int, int, int], ...]], ...]:
    """The coarse templates: kind, angle in degrees, and row, column and orientation bin of each point."""
    templates = []
    points, normals = _outlines(COARSE_POINTS)
    for kind in range(COARSE_KINDS):
        for step in range(ANGLES):
            turn = np.exp(2j * np.pi * step / ANGLES)
            place = np.round(points[kind] * turn * COARSE_PX)
            bins = np.round(np.angle(normals[kind] * turn) / np.pi * BINS) % BINS
            marks = zip(place.imag.tolist(), place.real.tolist(), bins.tolist(), strict=True)
            templates.append(
                (kind, step * 360 / ANGLES, tuple((int(r), int(c), int(b)) for r, c, b in marks))
            )
    return tuple(templates)


def _responses(grey: Grey, valid: Grey, pad: int) -> NDArray[np.int8]:
    """What an edge of each orientation would count at each coarse pixel.

    Returns:
        (BINS, SPREAD, SPREAD, rows, cols) int8: every SPREAD-th pixel lies side by side, with ``pad`` pixels
        of nothing around the image, so that a template's sum is a sum of shifted arrays.
    """
    real, imaginary = _orientation(grey, valid, COARSE_PX)
    rows, cols = (-(-side // SPREAD) * SPREAD for side in real.shape)
    padded = np.zeros((rows + 2 * pad, cols + 2 * pad), np.int8)
    shape = (padded.shape[0] // SPREAD, SPREAD, padded.shape[1] // SPREAD, SPREAD)
    kernel = np.ones((SPREAD, SPREAD), np.uint8)
    responses = np.empty((BINS, SPREAD, SPREAD, shape[0], shape[2]), np.int8)
    for index in range(BINS):
        angle = 2 * math.pi * index / BINS
        shifted = cv2.addWeighted(real, math.cos(angle) * UNIT, imaginary, math.sin(angle) * UNIT, 128.0)
        spread = cv2.dilate(cv2.convertScaleAbs(shifted), kernel).astype(np.uint8)
        padded[pad : pad + real.shape[0], pad : pad + real.shape[1]] = (spread ^ 128).view(np.int8)
        responses[index] = padded.reshape(shape).transpose(1, 3, 0, 2)
    return responses


def _propose(grey: Grey, valid: Grey, gsd_m: float, span_m: float) -> list[Proposal]:
    """Places where one span's coarse templates respond best, the best first."""
    factor = gsd_m * COARSE_PX / span_m
    pad = SPREAD * math.ceil(0.85 * COARSE_PX / SPREAD)
    responses = _responses(_scaled(grey, factor), _scaled(valid, factor), pad)
    height, width = (side - 2 * pad // SPREAD for side in responses.shape[3:])
    stride = responses.shape[4]
    flat = responses.reshape(BINS, SPREAD, SPREAD, -1)
    length = (height - 1) * stride + width
    best = np.full(height * stride, np.iinfo(np.int16).min, np.int16)
    total, packed = np.empty(length, np.int8), np.empty(length, np.int16)
    for index, (_, _, marks) in enumerate(_bank()):
        total[:] = 0
        for row, col, orientation in marks:
            down, row_phase = divmod(row + pad + SPREAD // 2, SPREAD)
            right, col_phase = divmod(col + pad + SPREAD // 2, SPREAD)
            start = down * stride + right
            np.add(total, flat[orientation, row_phase, col_phase, start : start + length], out=total)
        # Sum and template share 16 bits, so that one maximum keeps both.
        np.multiply(total, 128, out=packed, dtype=np.int16)
        packed += index
        np.maximum(best[:length], packed, out=best[:length])
    grid = best.reshape(height, stride)[:, :width]
    sums = (grid >> 7).astype(np.float32) / (UNIT * COARSE_POINTS)
    peaks = (sums == cv2.dilate(sums, np.ones((5, 5), np.uint8))) & (sums > LEAST_COARSE)
    rows, cols = np.nonzero(peaks)
    order = np.argsort(-sums[rows, cols], kind="stable")[: 2 * KEEP]
    step_m = SPREAD * span_m / COARSE_PX
    proposals = []
    for row, col in zip(rows[order].tolist(), cols[order].tolist(), strict=True):
        kind, angle, _ = _bank()[int(grid[row, col]) & 127]
        place = ((col + 0.5) * step_m, (row + 0.5) * step_m)
        proposals.append(Proposal(span_m, kind, angle, *place, float(sums[row, col])))
    return proposals


def _strongest(proposals: list[Proposal]) -> list[Proposal]:
    """The proposals worth refining, the strongest first, none that would end in another's place."""
    order = sorted(proposals, key=lambda proposal: (-proposal.evidence, proposal))
    places = np.array([(p.x_m, p.y_m) for p in order]).reshape(-1, 2)
    spans = np.array([p.span_m for p in order])
    alive = np.ones(len(order), dtype=np.bool_)
    kept: list[Proposal] = []
    for index, proposal in enumerate(order):
        if alive[index] and len(kept) < KEEP:
            kept.append(proposal)
            apart = np.hypot(*(places - places[index]).T)
            near = apart < 0.2 * np.minimum(spans, proposal.span_m)
            alive[near & (np.abs(np.log(spans / proposal.span_m)) < 0.3)] = False
    return kept


def _patches(grey: Grey, valid: Grey, gsd_m: float, proposals: list[Proposal]) -> tuple[Complexes, Floats]:
    """The orientations around each proposal at its own fine resolution.

    Returns:
        (N, PATCH_PX, PATCH_PX) complex64; and the patches' corners, (N, 2) of (col, row) in fine pixels.
    """
    half = PATCH_PX // 2
    patches = np.empty((len(proposals), PATCH_PX, PATCH_PX), np.complex64)
    corners = np.empty((len(proposals), 2))
    # In the order of spans, so that only one fine image is held at a time.
    for span_m in sorted({proposal.span_m for proposal in proposals}):
        factor = gsd_m * FINE_PX / span_m
        border = (half, half, half, half)
        fine = cv2.copyMakeBorder(_scaled(grey, factor), *border, cv2.BORDER_REPLICATE).astype(np.uint8)
        shown = cv2.copyMakeBorder(_scaled(valid, factor), *border, cv2.BORDER_CONSTANT).astype(np.uint8)
        for index, proposal in enumerate(proposals):
            if proposal.span_m == span_m:
                col = min(round(proposal.x_m / span_m * FINE_PX), fine.shape[1] - PATCH_PX)
                row = min(round(proposal.y_m / span_m * FINE_PX), fine.shape[0] - PATCH_PX)
                window = np.s_[row : row + PATCH_PX, col : col + PATCH_PX]
                patches[index].real, patches[index].imag = _orientation(fine[window], shown[window], FINE_PX)
                corners[index] = col - half, row - half
    return patches, corners


def _sampled(
    patches: Complexes, poses: Poses, points: int, beside: float = 0.0
) -> tuple[Complexes, Complexes]:
    """What lies along the outlines and the doubled normals there, (patches, variants, points) complex64."""
    outlines, normals = _outlines(points)
    turn = np.exp(1j * np.radians(poses.angle_deg))[..., None].astype(np.complex64)
    place = outlines[poses.kind] + np.float32(beside) * normals[poses.kind]
    place.imag *= poses.stretch[..., None]
    place *= (turn * poses.span[..., None]).astype(np.complex64)
    place += (poses.col + 1j * poses.row)[..., None].astype(np.complex64)
    rows, cols = (part.astype(np.int32).clip(0, PATCH_PX - 1) for part in (place.imag, place.real))
    first = np.arange(len(patches), dtype=np.int32)[:, None, None] * PATCH_PX**2
    return patches.ravel()[first + rows * PATCH_PX + cols], (normals[poses.kind] * turn) ** 2


def _response(patches: Complexes, poses: Poses, points: int) -> Plane:
    """The response R of each variant, (patches, variants) float32."""
    values, normals = _sampled(patches, poses, points)
    return np.asarray((values * normals.conj()).real.mean(axis=-1), dtype=np.float32)


def _best(patches: Complexes, variants: Poses, points: int) -> tuple[Poses, Plane]:
    responses = _response(patches, variants, points)
    choice = responses.argmax(axis=1)
    return variants.pick(choice), responses[np.arange(len(choice)), choice]


def _refine(grey: Grey, valid: Grey, gsd_m: float, proposals: list[Proposal]) -> list[Hit]:
    """Hits: the proposals with kind, angle, span and place made exact, and scored; in their order."""
    patches, corners = _patches(grey, valid, gsd_m, proposals)
    fine_m = np.array([proposal.span_m for proposal in proposals]) / FINE_PX
    poses = Poses(
        np.array([proposal.kind for proposal in proposals]),
        np.array([proposal.angle_deg for proposal in proposals]),
        np.full(len(proposals), float(FINE_PX)),
        np.ones(len(proposals)),
        np.array([proposal.x_m for proposal in proposals]) / fine_m - corners[:, 0],
        np.array([proposal.y_m for proposal in proposals]) / fine_m - corners[:, 1],
    )

    def around(step: float, count: int = 1) -> Floats:
        return step * np.arange(-count, count + 1, dtype=np.float64)

    poses, _ = _best(patches, poses.variants((), around(7.5), FIRST_SIZES, around(2.5)), QUICK_POINTS)
    poses, _ = _best(patches, poses.variants(range(len(KINDS)), around(4), ONE, around(1.5)), QUICK_POINTS)
    poses, _ = _best(patches, poses.variants((), around(3), 1 + around(0.04), around(1)), FINE_POINTS)
    # A kind may fit only at another size: once more, now that place and angle are known.
    again = poses.variants(range(len(KINDS)), 0 * ONE, 1 + around(0.1), 0 * ONE, 1 + around(0.07))
    poses, _ = _best(patches, again, FINE_POINTS)
    # Length and span apart, since no two types have the same proportions.
    sizes = 1 + around(0.04)
    poses, _ = _best(patches, poses.variants((), 0 * ONE, sizes, around(1), sizes), FINE_POINTS)
    sizes = 1 + around(0.02)
    poses, fine = _best(patches, poses.variants((), 0 * ONE, sizes, around(0.5), sizes), FINE_POINTS)
    # Nose for tail the wings lie elsewhere, so that the whole planform has to move along its axis.
    swapped = poses._replace(angle_deg=poses.angle_deg + 180)
    _, other = _best(patches, swapped.variants((), around(4), ONE, around(2, 2)), FINE_POINTS)
    beside = [
        _sampled(patches, poses.variants((), 0 * ONE, ONE, 0 * ONE), QUICK_POINTS, off)[0]
        for off in (-BESIDE, BESIDE)
    ]
    energy = np.abs(np.concatenate(beside, axis=-1)).mean(axis=(1, 2))
    coarse = np.array([proposal.response for proposal in proposals])
    # Weights were set on Pléiades scenes of other airports than those that the numbers were reported on. They
    # matter little: 0.6 to 1 for the coarse response and 0.25 to 0.75 for the energy move AP by 0.01.
    evidence = coarse + fine + 0.5 * energy + SIZE_EVIDENCE * np.log(poses.span * fine_m / 35)
    return [
        _hit(
            poses,
            index,
            fine_m[index] / gsd_m,
            corners[index],
            float(evidence[index]),
            bool(fine[index] - other[index] > HEADING_MARGIN),
        )
        for index in range(len(proposals))
    ]


def _hit(poses: Poses, index: int, scale: float, corner: Floats, evidence: float, heading_sure: bool) -> Hit:
    """One pose as a hit; ``scale`` is tile pixels a fine pixel."""
    kind = int(poses.kind[index])
    span = float(poses.span[index] * scale)
    angle = float(poses.angle_deg[index] % 360)
    center = complex(poses.col[index] + corner[0], poses.row[index] + corner[1]) * float(scale)
    outline = _outlines(FINE_POINTS)[0][kind].astype(np.complex128)
    outline.imag *= float(poses.stretch[index])
    outline = outline * span * np.exp(1j * math.radians(angle)) + center
    cols, rows = outline.real, outline.imag
    extent = Extent(*(float(edge) for edge in (cols.min(), rows.min(), cols.max(), rows.max())))
    stretch = float(poses.stretch[index])
    length = span * stretch * KINDS[kind].length_m / KINDS[kind].wingspan_m
    score = 1 / (1 + math.exp(-(evidence - 1.1) / 0.1))
    return Hit(
        OrientedBox(PixelPoint(center.real, center.imag), length, span, angle), extent, score, heading_sure
    )
