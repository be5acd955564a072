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
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from detect.box import Extent, OrientedBox
from detect.coarse import KEEP, SIZE_EVIDENCE, SPANS_M, Proposal, proposals
from detect.detector import DetectorInfo, Hit
from detect.orientation import NOISE, Complexes, Grey, Plane, orientation, outlines, scaled
from detect.planform import KINDS
from imagery.grid import Floats, PixelPoint
from imagery.tiling import TileImage

Ints = NDArray[np.int_]

FINE_PX = 40  # pixels a span
QUICK_POINTS, FINE_POINTS = 48, 120  # along the outline
PATCH_PX = 96  # around a proposal: the planform, what refinement moves it by, and its surroundings
BESIDE = 0.1  # of the span: how far beside the outline its surroundings are probed
HEADING_MARGIN = 0.06
ONE = np.ones(1)
FIRST_SIZES = np.array([0.93, 1.0, 1.07, 1.14, 1.21])  # a coarse match without the tail is too small


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
        found = proposals(grey, valid, image.gsd_m)
        return _refine(grey, valid, image.gsd_m, found) if found else []


def _patches(grey: Grey, valid: Grey, gsd_m: float, found: list[Proposal]) -> tuple[Complexes, Floats]:
    """The orientations around each proposal at its own fine resolution.

    Returns:
        (N, PATCH_PX, PATCH_PX) complex64; and the patches' corners, (N, 2) of (col, row) in fine pixels.
    """
    half = PATCH_PX // 2
    patches = np.empty((len(found), PATCH_PX, PATCH_PX), np.complex64)
    corners = np.empty((len(found), 2))
    # In the order of spans, so that only one fine image is held at a time.
    for span_m in sorted({proposal.span_m for proposal in found}):
        factor = gsd_m * FINE_PX / span_m
        border = (half, half, half, half)
        fine = cv2.copyMakeBorder(scaled(grey, factor), *border, cv2.BORDER_REPLICATE).astype(np.uint8)
        shown = cv2.copyMakeBorder(scaled(valid, factor), *border, cv2.BORDER_CONSTANT).astype(np.uint8)
        for index, proposal in enumerate(found):
            if proposal.span_m == span_m:
                col = min(round(proposal.x_m / span_m * FINE_PX), fine.shape[1] - PATCH_PX)
                row = min(round(proposal.y_m / span_m * FINE_PX), fine.shape[0] - PATCH_PX)
                window = np.s_[row : row + PATCH_PX, col : col + PATCH_PX]
                patches[index].real, patches[index].imag = orientation(fine[window], shown[window], FINE_PX)
                corners[index] = col - half, row - half
    return patches, corners


def _sampled(
    patches: Complexes, poses: Poses, points: int, beside: float = 0.0
) -> tuple[Complexes, Complexes]:
    """What lies along the outlines and the doubled normals there, (patches, variants, points) complex64."""
    shapes, normals = outlines(points)
    turn = np.exp(1j * np.radians(poses.angle_deg))[..., None].astype(np.complex64)
    place = shapes[poses.kind] + np.float32(beside) * normals[poses.kind]
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


def _refine(grey: Grey, valid: Grey, gsd_m: float, found: list[Proposal]) -> list[Hit]:
    """Hits: the proposals with kind, angle, span and place made exact, and scored; in their order."""
    patches, corners = _patches(grey, valid, gsd_m, found)
    fine_m = np.array([proposal.span_m for proposal in found]) / FINE_PX
    poses = Poses(
        np.array([proposal.kind for proposal in found]),
        np.array([proposal.angle_deg for proposal in found]),
        np.full(len(found), float(FINE_PX)),
        np.ones(len(found)),
        np.array([proposal.x_m for proposal in found]) / fine_m - corners[:, 0],
        np.array([proposal.y_m for proposal in found]) / fine_m - corners[:, 1],
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
    coarse = np.array([proposal.response for proposal in found])
    # Weights were set on Pléiades scenes of other airports than those that the numbers were reported on. They
    # matter little: 0.6 to 1 for the coarse response and 0.25 to 0.75 for the energy move AP by about 0.015.
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
        for index in range(len(found))
    ]


def _hit(poses: Poses, index: int, scale: float, corner: Floats, evidence: float, heading_sure: bool) -> Hit:
    """One pose as a hit; ``scale`` is tile pixels a fine pixel."""
    kind = int(poses.kind[index])
    span = float(poses.span[index] * scale)
    angle = float(poses.angle_deg[index] % 360)
    center = complex(poses.col[index] + corner[0], poses.row[index] + corner[1]) * float(scale)
    outline = outlines(FINE_POINTS)[0][kind].astype(np.complex128)
    outline.imag *= float(poses.stretch[index])
    outline = outline * span * np.exp(1j * math.radians(angle)) + center
    cols, rows = outline.real, outline.imag
    extent = Extent(*(float(edge) for edge in (cols.min(), rows.min(), cols.max(), rows.max())))
    stretch = float(poses.stretch[index])
    length = span * stretch * KINDS[kind].length_m / KINDS[kind].wingspan_m
    score = 1 / (1 + math.exp(-(evidence - 1.15) / 0.1))
    return Hit(
        OrientedBox(PixelPoint(center.real, center.imag), length, span, angle), extent, score, heading_sure
    )
