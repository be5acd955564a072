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
angle, kind, span and position: all of them roughly, and the better ones among a few planforms more, those of
fighters for one, which are too like what lies around to be searched for everywhere.

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
from typing import Any, NamedTuple

import cv2
import numpy as np

from detect.arrays import Complexes, Ints, Pixels, Singles
from detect.box import Extent, OrientedBox
from detect.detector import DetectorInfo, Hit
from detect.detectors.template_search import PROPOSED, SPANS_M, Proposal, proposals, size_evidence
from detect.gradients import NOISE, grey_of, orientation
from detect.kinds import SEARCHED_KINDS, kind_outlines
from imagery.grid import Floats, PixelPoint
from imagery.tiling import TileImage

FINE_PX = 40  # pixels per span
QUICK_POINTS, FINE_POINTS = 48, 90  # along the outline
PATCH_PX = 96  # around a proposal: the planform, what refinement moves it by, and its surroundings
KEPT = 70  # of a tile's proposals, those whose kind and size are made exact: 270 per km²
TOGETHER = 12  # proposals placed at once: what they take fits a core's cache
BESIDE = 0.1  # of the span: how far beside the outline its surroundings are probed
ONE = np.ones(1)
FIRST_SIZES = np.array([0.93, 1.0, 1.07, 1.14, 1.21])  # a coarse match without the tail is too small


class PatchPoses(NamedTuple):
    """Planforms laid on patches: arrays of shape (patches,) or (patches, variants), in patch pixels.

    `stretch` is the length over that of the kind at this span.
    """

    kind: Ints
    angle_deg: Floats
    span: Floats
    stretch: Floats
    col: Floats
    row: Floats

    def pick(self, choice: Ints) -> PatchPoses:
        """Return one variant of each patch."""
        rows = np.arange(len(choice))
        return PatchPoses(*(member[rows, choice] for member in self))

    def variants(
        self, kinds: Sequence[int], turns: Floats, sizes: Floats, shifts: Floats, stretches: Floats = ONE
    ) -> PatchPoses:
        """Return each pose in all combinations, (patches, variants); without kinds each keeps its own."""
        axes = np.meshgrid(np.asarray(kinds or [0]), turns, sizes, stretches, shifts, shifts, indexing="ij")
        kind, turn, size, stretch, right, down = (axis.reshape(1, -1) for axis in axes)
        return PatchPoses(
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
            "proposed": PROPOSED,
            "kept": KEPT,
            "noise": NOISE,
        }
        return DetectorInfo("template", "3", params)

    @property
    def min_score(self) -> float:
        """Leaves about 35 candidates per km² of a busy airport; of those just above it one in 50 is right."""
        return 0.25

    @property
    def response_weight(self) -> float:
        """Its scores are responses of planforms already."""
        return 0.0

    def working_gsd_m(self, scene_gsd_m: float) -> float:
        """Return half a metre, 1/22 of the smallest span, or the scene's own GSD where that is coarser."""
        return max(scene_gsd_m, 0.5)

    def hits(self, image: TileImage) -> list[Hit]:
        """Return what in the tile could be an aircraft: at most 70 hits, maybe several of one aircraft."""
        grey = grey_of(image.pixels)
        # The edge of valid data is not an edge on the ground.
        valid = cv2.erode(image.valid.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(np.uint8)
        places = proposals(grey, valid, image.gsd_m)
        surroundings = _widened(grey, valid, image.gsd_m)
        parts = [places[start : start + TOGETHER] for start in range(0, len(places), TOGETHER)]
        with ThreadPoolExecutor(2) as pool:  # map keeps the order, so the outcome is the same on any machine
            placed = list(pool.map(lambda part: _placed(surroundings, part), parts))
            return [hit for part in pool.map(_refined, _leading(placed)) for hit in part] if placed else []


class WidenedTile(NamedTuple):
    """A tile with as much around it as a patch may reach beyond.

    Attributes:
        grey: (rows, cols) uint8.
        valid: (rows, cols) uint8, 1 where there is data.
        gsd_m: Metres per pixel.
        margin: Pixels that were put around.
    """

    grey: Pixels
    valid: Pixels
    gsd_m: float
    margin: int


def _widened(grey: Pixels, valid: Pixels, gsd_m: float) -> WidenedTile:
    margin = math.ceil(PATCH_PX * SPANS_M[-1] / FINE_PX / gsd_m)
    border = (margin, margin, margin, margin)
    return WidenedTile(
        cv2.copyMakeBorder(grey, *border, cv2.BORDER_REPLICATE).astype(np.uint8, copy=False),
        cv2.copyMakeBorder(valid, *border, cv2.BORDER_CONSTANT).astype(np.uint8, copy=False),
        gsd_m,
        margin,
    )


class Patches(NamedTuple):
    """The surroundings of proposals, each at its own fine resolution.

    Attributes:
        fields: (N, PATCH_PX, PATCH_PX) complex64, orientations.
        corners: (N, 2), column and row of their corners in tile pixels.
        scales: (N,), patch pixels per tile pixel.
    """

    fields: Complexes
    corners: Floats
    scales: Floats


def _patches(surroundings: WidenedTile, found: list[Proposal]) -> Patches:
    grey, valid, gsd_m, margin = surroundings
    sides = np.array([max(4, round(PATCH_PX * place.span_m / FINE_PX / gsd_m)) for place in found])
    corners = np.array([(place.x_m / gsd_m, place.y_m / gsd_m) for place in found]) - sides[:, None] / 2
    corners = np.round(corners).astype(int)
    fields = np.empty((len(found), PATCH_PX, PATCH_PX), np.complex64)
    for field, side, (col, row) in zip(fields, sides.tolist(), (corners + margin).tolist(), strict=True):
        window = np.s_[row : row + side, col : col + side]
        how = cv2.INTER_AREA if side > PATCH_PX else cv2.INTER_LINEAR
        size = (PATCH_PX, PATCH_PX)
        fine = cv2.resize(grey[window], size, interpolation=how).astype(np.uint8, copy=False)
        mask = cv2.resize(valid[window], size, interpolation=cv2.INTER_NEAREST).astype(np.uint8, copy=False)
        field.real, field.imag = orientation(fine, mask, FINE_PX)
    return Patches(fields, corners.astype(np.float64), PATCH_PX / sides)


def _sampled(
    patches: Complexes, poses: PatchPoses, points: int, beside: float = 0.0
) -> tuple[Complexes, Complexes]:
    """Sample patches along outlines; also return the doubled normals there: (patches, variants, points)."""
    shapes, normals = kind_outlines(points)
    turn = np.exp(1j * np.radians(poses.angle_deg))[..., None].astype(np.complex64)
    place = shapes[poses.kind] + np.float32(beside) * normals[poses.kind]
    place.imag *= poses.stretch[..., None]
    place *= (turn * poses.span[..., None]).astype(np.complex64)
    place += (poses.col + 1j * poses.row)[..., None].astype(np.complex64)
    rows, cols = (part.astype(np.int32).clip(0, PATCH_PX - 1) for part in (place.imag, place.real))
    first = np.arange(len(patches), dtype=np.int32)[:, None, None] * PATCH_PX**2
    return patches.ravel()[first + rows * PATCH_PX + cols], (normals[poses.kind] * turn) ** 2


def _response(patches: Complexes, poses: PatchPoses, points: int) -> Singles:
    """Return the response R of each variant, (patches, variants) float32."""
    values, normals = _sampled(patches, poses, points)
    return np.asarray((values * normals.conj()).real.mean(axis=-1), dtype=np.float32)


def _best(patches: Complexes, variants: PatchPoses, points: int) -> tuple[PatchPoses, Singles]:
    responses = _response(patches, variants, points)
    choice = responses.argmax(axis=1)
    return variants.pick(choice), responses[np.arange(len(choice)), choice]


class PlacedProposals(NamedTuple):
    """Proposals laid on the image, the first arrays' axis being theirs.

    Attributes:
        patches: Their surroundings.
        poses: Where each lies best, in its patch.
        coarse: (N,) float64, responses when they were proposed.
        response: (N,) float32, those at their poses.
        gsd_m: Metres per pixel of the tile.
    """

    patches: Patches
    poses: PatchPoses
    coarse: Floats
    response: Singles
    gsd_m: float

    @property
    def evidence(self) -> Floats:
        """How much both responses say, comparable across sizes: (N,) float64."""
        spans_m: Floats = self.poses.span / self.patches.scales * self.gsd_m
        return self.coarse + self.response + size_evidence(spans_m)

    def pick(self, which: Ints) -> PlacedProposals:
        """Return some of the proposals."""
        (fields, corners, scales), (kind, *places) = self.patches, self.poses
        return PlacedProposals(
            Patches(fields[which], corners[which], scales[which]),
            PatchPoses(kind[which], *(place[which] for place in places)),
            self.coarse[which],
            self.response[which],
            self.gsd_m,
        )


def _around(step: float, count: int = 1) -> Floats:
    return step * np.arange(-count, count + 1, dtype=np.float64)


def _placed(surroundings: WidenedTile, found: list[Proposal]) -> PlacedProposals:
    """Lay proposals on the image where they fit best, in their order."""
    gsd_m, patches = surroundings.gsd_m, _patches(surroundings, found)
    spans_m = np.array([proposal.span_m for proposal in found])
    places = np.array([(proposal.x_m, proposal.y_m) for proposal in found]) / gsd_m
    poses = PatchPoses(
        np.array([proposal.kind for proposal in found]),
        np.array([proposal.angle_deg for proposal in found]),
        spans_m / gsd_m * patches.scales,
        np.ones(len(found)),
        *((places - patches.corners) * patches.scales[:, None]).T,
    )
    every = poses.variants((), _around(7.5), FIRST_SIZES, _around(2.5))
    poses, response = _best(patches.fields, every, QUICK_POINTS)
    coarse = np.array([proposal.response for proposal in found])
    return PlacedProposals(patches, poses, coarse, response, gsd_m)


def _leading(parts: list[PlacedProposals]) -> list[PlacedProposals]:
    """Return the `KEPT` proposals that fit best, in their order, again in parts."""
    evidence = np.concatenate([part.evidence for part in parts])
    kept = np.zeros(len(evidence), np.bool_)
    kept[np.argsort(-evidence, kind="stable")[:KEPT]] = True
    ends = np.cumsum([len(part.coarse) for part in parts])[:-1]
    chosen = [part.pick(np.flatnonzero(own)) for part, own in zip(parts, np.split(kept, ends), strict=True)]
    return [part for part in chosen if len(part.coarse)]


def _refined(proposals: PlacedProposals) -> list[Hit]:
    """Return proposals, in their order, as hits: with kind, angle, span and place made exact, and scored."""
    (fields, corners, scales), poses = proposals.patches, proposals.poses
    every_kind = range(len(SEARCHED_KINDS))
    poses, _ = _best(fields, poses.variants(every_kind, _around(4), ONE, _around(1.5)), QUICK_POINTS)
    poses, _ = _best(fields, poses.variants((), _around(3), 1 + _around(0.04), _around(1)), FINE_POINTS)
    # A kind may fit only at another size: once more, now that place and angle are known.
    again = poses.variants(every_kind, 0 * ONE, 1 + _around(0.1), 0 * ONE, 1 + _around(0.07))
    poses, _ = _best(fields, again, FINE_POINTS)
    # Length and span apart, since no two types have the same proportions.
    sizes = 1 + _around(0.04)
    poses, fine = _best(fields, poses.variants((), 0 * ONE, sizes, _around(1), sizes), FINE_POINTS)
    beside = [
        _sampled(fields, poses.variants((), 0 * ONE, ONE, 0 * ONE), QUICK_POINTS, off)[0]
        for off in (-BESIDE, BESIDE)
    ]
    energy = np.abs(np.concatenate(beside, axis=-1)).mean(axis=(1, 2))
    # Weights were set on Pléiades scenes of other airports than those that the numbers were reported on. They
    # matter little: 0.6 to 1 for the coarse response and 0.25 to 0.75 for the energy move AP by about 0.015.
    evidence = proposals._replace(poses=poses, response=fine).evidence + 0.5 * energy
    return [
        _hit(poses, index, float(scales[index]), corners[index], float(evidence[index]))
        for index in range(len(evidence))
    ]


def _hit(poses: PatchPoses, index: int, scale: float, corner: Floats, evidence: float) -> Hit:
    """Return one pose as a hit; ``scale`` is patch pixels per tile pixel, ``corner`` the patch's."""
    kind = int(poses.kind[index])
    span = float(poses.span[index] / scale)
    angle = float(poses.angle_deg[index] % 360)
    center = complex(poses.col[index], poses.row[index]) / scale + complex(*corner)
    outline = kind_outlines(FINE_POINTS)[0][kind].astype(np.complex128)
    outline.imag *= float(poses.stretch[index])
    outline = outline * span * np.exp(1j * math.radians(angle)) + center
    cols, rows = outline.real, outline.imag
    extent = Extent(*(float(edge) for edge in (cols.min(), rows.min(), cols.max(), rows.max())))
    stretch = float(poses.stretch[index])
    length = span * stretch * SEARCHED_KINDS[kind].length_m / SEARCHED_KINDS[kind].wingspan_m
    score = 1 / (1 + math.exp(-(evidence - 1.15) / 0.1))
    return Hit(
        OrientedBox(PixelPoint(center.real, center.imag), length, span, angle),
        extent,
        score,
        heading_sure=False,
    )
