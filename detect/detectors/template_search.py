"""The template detector's first step: every span over the whole tile, with few points and coarse angles.

Each span is searched on an image of which a pixel is 1/24 of it. The responses to the edges' orientations are
spread over 3 x 3 pixels and searched in steps of as many, as LINE-MOD does (Hinterstoisser et al., "Gradient
response maps for real-time detection of textureless objects", TPAMI 2012).
"""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from detect.arrays import Pixels
from detect.gradients import orientation, scaled
from detect.kinds import COARSE_KINDS, kind_outlines
from imagery.grid import Floats

# From 11 m (Cessna 172) to 74.5 m (A380: 79.8, within a step).
SPANS_M = tuple(11.0 * 1.19**step for step in range(12))
SEARCH_PX = 24  # pixels per span
SEARCH_POINTS = 36  # along the outline
SEARCH_ANGLES = 24
BINS = 12  # orientations that responses are prepared for, 15° apart
REACH = 1.2  # spans from the middle to the furthest point of an outline
SPREAD = 3  # responses are spread over, and places searched in steps of, so many coarse pixels
UNIT = 127 // SEARCH_POINTS  # what a perfect edge counts in 8-bit sums
PROPOSED = 250  # proposals per tile whose place and angle are made exact: 950 per km²
LEAST_SEARCH_RESPONSE = 0.25
SIZE_EVIDENCE = 0.05


def size_evidence(span_m: Floats | float) -> Floats:
    """Return what makes the responses of spans comparable, see `detect.detectors.template`."""
    return np.asarray(SIZE_EVIDENCE * np.log(np.divide(span_m, 35)))


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
        return self.response + float(size_evidence(self.span_m))


def proposals(grey: Pixels, valid: Pixels, gsd_m: float) -> list[Proposal]:
    """Find places where an aircraft of any span could be, the strongest first, at most `PROPOSED`.

    Args:
        grey: (rows, cols) uint8.
        valid: (rows, cols) uint8, 1 where there is data.
        gsd_m: Metres per pixel.
    """
    spans = [span for span in SPANS_M if span / gsd_m >= SEARCH_PX / 2]
    with ThreadPoolExecutor(2) as pool:  # map keeps the order, so the outcome is the same on any machine
        parts = list(pool.map(lambda span: _propose(grey, valid, gsd_m, span), spans))
    return _strongest([proposal for part in parts for proposal in part])


@cache
def _coarse_templates() -> tuple[tuple[int, float, tuple[tuple[int, int, int], ...]], ...]:
    """Return the coarse templates: kind, angle in degrees, and each point's row, column, orientation bin."""
    templates = []
    points, normals = kind_outlines(SEARCH_POINTS)
    for kind in range(COARSE_KINDS):
        for step in range(SEARCH_ANGLES):
            turn = np.exp(2j * np.pi * step / SEARCH_ANGLES)
            place = np.round(points[kind] * turn * SEARCH_PX)
            bins = np.round(np.angle(normals[kind] * turn) / np.pi * BINS) % BINS
            marks = zip(place.imag.tolist(), place.real.tolist(), bins.tolist(), strict=True)
            templates.append(
                (kind, step * 360 / SEARCH_ANGLES, tuple((int(r), int(c), int(b)) for r, c, b in marks))
            )
    return tuple(templates)


def _responses(grey: Pixels, valid: Pixels, pad: int) -> NDArray[np.int8]:
    """Return what an edge of each orientation would count at each coarse pixel.

    Returns:
        (BINS, SPREAD, SPREAD, rows, cols) int8: every SPREAD-th pixel lies side by side, with ``pad`` pixels
        of nothing around the image, so that a template's sum is a sum of shifted arrays.
    """
    real, imaginary = orientation(grey, valid, SEARCH_PX)
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


def _propose(grey: Pixels, valid: Pixels, gsd_m: float, span_m: float) -> list[Proposal]:
    """Find places where one span's coarse templates respond best, the best first."""
    factor = gsd_m * SEARCH_PX / span_m
    pad = SPREAD * math.ceil(REACH * SEARCH_PX / SPREAD)
    responses = _responses(scaled(grey, factor), scaled(valid, factor), pad)
    height, width = (side - 2 * pad // SPREAD for side in responses.shape[3:])
    stride = responses.shape[4]
    flat = responses.reshape(BINS, SPREAD, SPREAD, -1)
    length = (height - 1) * stride + width
    best = np.full(height * stride, np.iinfo(np.int16).min, np.int16)
    total, packed = np.empty(length, np.int8), np.empty(length, np.int16)
    for index, (_, _, marks) in enumerate(_coarse_templates()):
        total[:] = 0
        for row, col, bin_ in marks:
            down, row_phase = divmod(row + pad + SPREAD // 2, SPREAD)
            right, col_phase = divmod(col + pad + SPREAD // 2, SPREAD)
            start = down * stride + right
            np.add(total, flat[bin_, row_phase, col_phase, start : start + length], out=total)
        # Sum and template share 16 bits, so that one maximum keeps both.
        np.multiply(total, 128, out=packed, dtype=np.int16)
        packed += index
        np.maximum(best[:length], packed, out=best[:length])
    grid = best.reshape(height, stride)[:, :width]
    sums = (grid >> 7).astype(np.float32) / (UNIT * SEARCH_POINTS)
    peaks = (sums == cv2.dilate(sums, np.ones((5, 5), np.uint8))) & (sums > LEAST_SEARCH_RESPONSE)
    rows, cols = np.nonzero(peaks)
    order = np.argsort(-sums[rows, cols], kind="stable")[:PROPOSED]
    step_m = SPREAD * span_m / SEARCH_PX
    proposals = []
    for row, col in zip(rows[order].tolist(), cols[order].tolist(), strict=True):
        kind, angle, _ = _coarse_templates()[int(grid[row, col]) & 127]
        place = ((col + 0.5) * step_m, (row + 0.5) * step_m)
        proposals.append(Proposal(span_m, kind, angle, *place, float(sums[row, col])))
    return proposals


def _strongest(proposals: list[Proposal]) -> list[Proposal]:
    """Return the proposals worth refining, the strongest first, none that would end in another's place."""
    order = sorted(proposals, key=lambda proposal: (-proposal.evidence, proposal))
    places = np.array([(p.x_m, p.y_m) for p in order]).reshape(-1, 2)
    spans = np.array([p.span_m for p in order])
    alive = np.ones(len(order), dtype=np.bool_)
    kept: list[Proposal] = []
    for index, proposal in enumerate(order):
        if alive[index] and len(kept) < PROPOSED:
            kept.append(proposal)
            apart = np.hypot(*(places - places[index]).T)
            near = apart < 0.2 * np.minimum(spans, proposal.span_m)
            alive[near & (np.abs(np.log(spans / proposal.span_m)) < 0.3)] = False
    return kept
