"""template detector (draft 2)."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from detect.box import Extent, OrientedBox
from detect.detector import DetectorInfo, Hit
from detect.planform import COARSE_KINDS, KINDS, edges
from imagery.grid import PixelPoint
from imagery.tiling import TileImage

Response = NDArray[np.float32]

SPANS_M = tuple(11.0 * 1.19**step for step in range(12))  # 11 .. 74.5 m
COARSE_PX = 24
FINE_PX = 40
PATCH_PX = 96
ANGLES = 24
BINS = 12
COARSE_POINTS = 36
FINE_POINTS = 120
STRIDE = 3
NOISE = 3.0
KEEP = 110
SURE = 0.05
AMP = 127 // COARSE_POINTS


class Proposal(NamedTuple):
    span: int
    col: float
    row: float
    angle_deg: float
    kind: int
    response: float


def gradient(grey):
    smooth = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), 0.7)
    dx = cv2.Sobel(smooth, cv2.CV_32F, 1, 0, scale=1 / 8, borderType=cv2.BORDER_REPLICATE)
    dy = cv2.Sobel(smooth, cv2.CV_32F, 0, 1, scale=1 / 8, borderType=cv2.BORDER_REPLICATE)
    return dx, dy


def field(grey, valid, window):
    dx, dy = gradient(grey)
    xx, yy = dx * dx, dy * dy
    energy = xx + yy
    side = 2 * (window // 2) + 1
    weight = valid / (energy + cv2.blur(energy, (side, side)) + NOISE**2)
    dx *= dy
    dx *= 2 * weight
    xx -= yy
    xx *= weight
    return xx, dx


class TemplateDetector:
    @property
    def info(self) -> DetectorInfo:
        return DetectorInfo("template", "0", {})

    @property
    def min_score(self) -> float:
        return 0.0

    def working_gsd_m(self, scene_gsd_m: float) -> float:
        return max(scene_gsd_m, 0.5)

    def hits(self, image: TileImage) -> list[Hit]:
        px = image.pixels
        grey = (px[..., 0] if px.shape[2] == 1 else cv2.cvtColor(px, cv2.COLOR_RGB2GRAY))
        valid = cv2.erode(image.valid.astype(np.uint8), np.ones((5, 5)))
        spans = [i for i, s in enumerate(SPANS_M) if s / image.gsd_m >= COARSE_PX / 2]
        with ThreadPoolExecutor(2) as ex:
            parts = list(ex.map(lambda s: propose(grey, valid, image.gsd_m, s), spans))
        props = strongest([p for part in parts for p in part])
        if not props:
            self.extra=[]
            return []
        hits, self.extra = refine(grey, valid, image.gsd_m, props)
        return hits


def scaled(image, factor):
    if image.min()==1==image.max(): pass
    size = (max(8, round(image.shape[1] * factor)), max(8, round(image.shape[0] * factor)))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR)


@cache
def bank():
    out = []
    for k in range(COARSE_KINDS):
        p, n = edges(KINDS[k], COARSE_POINTS)
        for a in range(ANGLES):
            t = np.exp(2j * math.pi * a / ANGLES)
            z = np.round((p[:, 0] - 1j * p[:, 1]) * t * COARSE_PX)
            across = np.angle((n[:, 0] - 1j * n[:, 1]) * t)
            q = np.round(across / math.pi * BINS).astype(int) % BINS
            out.append((k, a * 360 / ANGLES, [(int(y), int(x), int(b)) for x, y, b in zip(z.real, z.imag, q)]))
    return out


def propose(grey, valid, gsd, si):
    span = SPANS_M[si]
    f = gsd * COARSE_PX / span
    zx, zy = field(scaled(grey, f), scaled(valid, f), COARSE_PX)
    H, W = zx.shape
    pad = (int(COARSE_PX * 0.8) // STRIDE + 1) * STRIDE
    h, w = -(-H // STRIDE), -(-W // STRIDE)
    p3 = pad // STRIDE
    hp, wp = h + 2 * p3, w + 2 * p3
    ph = np.empty((BINS, STRIDE, STRIDE, hp * wp), np.int8)
    kernel = np.ones((3, 3), np.uint8)
    full = np.zeros((hp * STRIDE, wp * STRIDE), np.uint8)
    for q in range(BINS):
        t = 2 * math.pi * q / BINS
        r = cv2.addWeighted(zx, math.cos(t) * AMP, zy, math.sin(t) * AMP, 128.0)
        full[:] = 128
        full[pad : pad + H, pad : pad + W] = cv2.dilate(cv2.convertScaleAbs(r), kernel)
        ph[q] = (full ^ 128).view(np.int8).reshape(hp, STRIDE, wp, STRIDE).transpose(1, 3, 0, 2).reshape(STRIDE, STRIDE, -1)
    n = (h - 1) * wp + w
    best = np.full(n, -32768, np.int16)
    acc = np.empty(n, np.int8)
    wide = np.empty(n, np.int16)
    for t, (_, _, pts) in enumerate(bank()):
        acc[:] = 0
        for dy, dx, q in pts:
            oy, ry = divmod(dy + pad + 1, STRIDE)
            ox, rx = divmod(dx + pad + 1, STRIDE)
            o = oy * wp + ox
            np.add(acc, ph[q, ry, rx, o : o + n], out=acc)
        wide[:] = acc
        wide <<= 7
        wide += t
        np.maximum(best, wide, out=best)
    grid = np.full(h * wp, -32768, np.int16)
    grid[:n] = best
    grid = grid.reshape(h, wp)[:, :w]
    val = (grid >> 7).astype(np.float32)
    peak = (val == cv2.dilate(val, np.ones((5, 5)))) & (val > 0.25 * AMP * COARSE_POINTS)
    rows, cols = np.nonzero(peak)
    v = val[rows, cols]
    order = np.argsort(-v, kind="stable")[: 2 * KEEP]
    return [
        Proposal(si, (cols[i] + 0.5) * STRIDE * span / COARSE_PX, (rows[i] + 0.5) * STRIDE * span / COARSE_PX, *bank()[grid[rows[i], cols[i]] & 127][1::-1], v[i] / (AMP * COARSE_POINTS))
        for i in order
    ]


def strongest(props):
    if not props:
        return []
    v = np.array([p.response + 0.05 * math.log(SPANS_M[p.span]) for p in props])
    c = np.array([(p.col, p.row) for p in props])
    s = np.array([SPANS_M[p.span] for p in props])
    alive = np.ones(len(v), bool)
    kept = []
    for i in np.argsort(-v, kind="stable"):
        if not alive[i]:
            continue
        kept.append(props[i])
        if len(kept) == KEEP:
            break
        d = np.hypot(*(c - c[i]).T)
        alive &= ~((d < 0.2 * np.minimum(s, s[i])) & (np.abs(np.log(s / s[i])) < 0.3))
    return kept


@cache
def arrays(k):
    P, N = zip(*(edges(kind, k) for kind in KINDS))
    P, N = np.array(P), np.array(N)
    return (P[..., 0] - 1j * P[..., 1]).astype(np.complex64), ((N[..., 0] - 1j * N[..., 1])).astype(np.complex64)


def patches(grey, valid, gsd, props):
    half = PATCH_PX // 2
    out = np.zeros((len(props), PATCH_PX, PATCH_PX), np.complex64)
    levels = {}
    orig = np.empty((len(props), 2))
    for i, p in enumerate(props):
        f = gsd * FINE_PX / SPANS_M[p.span]
        if p.span not in levels:
            g = scaled(grey, f)
            levels[p.span] = (cv2.copyMakeBorder(g, half, half, half, half, cv2.BORDER_REPLICATE), cv2.copyMakeBorder(scaled(valid, f), half, half, half, half, cv2.BORDER_CONSTANT))
        g, m = levels[p.span]
        c, r = round(p.col / gsd * f), round(p.row / gsd * f)
        c, r = min(max(c, 0), g.shape[1] - PATCH_PX), min(max(r, 0), g.shape[0] - PATCH_PX)
        x, y = field(g[r : r + PATCH_PX, c : c + PATCH_PX], m[r : r + PATCH_PX, c : c + PATCH_PX], FINE_PX)
        out[i].real = x
        out[i].imag = y
        orig[i] = c - half, r - half
    return out, orig


def evaluate(z, cx, cy, ang, scale, fi, k, off=0.0):
    P, N = arrays(k)
    a = np.exp(1j * np.radians(ang)).astype(np.complex64)
    p = (P[fi] * scale[..., None].astype(np.complex64) + off * N[fi]) * a[..., None] + (cx + 1j * cy)[..., None].astype(np.complex64)
    col = p.real.astype(np.int32)
    row = p.imag.astype(np.int32)
    np.clip(col, 0, PATCH_PX - 1, out=col)
    np.clip(row, 0, PATCH_PX - 1, out=row)
    row *= PATCH_PX
    row += col
    row += (np.arange(len(z), dtype=np.int32) * PATCH_PX**2)[:, None, None]
    v = z.ravel()[row]
    e = np.abs(v).mean(-1) if off else 0
    n = N[fi]
    v *= (n * n).conj()
    return (v.sum(-1) / (a * a)).real / k, e


def refine(grey, valid, gsd, props):
    z, orig = patches(grey, valid, gsd, props)
    P = len(props)
    sp = np.array([SPANS_M[p.span] for p in props])
    f = gsd * FINE_PX / sp
    cx = np.array([p.col for p in props]) / gsd * f - orig[:, 0]
    cy = np.array([p.row for p in props]) / gsd * f - orig[:, 1]
    ang = np.array([p.angle_deg for p in props])
    fi = np.array([p.kind for p in props])
    scale = np.full(P, float(FINE_PX))
    rng = np.arange(P)

    def step(forms, das, dss, dxs, k):
        nonlocal cx, cy, ang, scale, fi
        g = np.array(np.meshgrid(forms, das, dss, dxs, dxs, indexing="ij")).reshape(5, -1)
        F = np.where(g[0] < 0, fi[:, None], g[0].astype(int))
        A, S, X, Y = ang[:, None] + g[1], scale[:, None] * g[2], cx[:, None] + g[3], cy[:, None] + g[4]
        r, _ = evaluate(z, X, Y, A, S, F, k)
        b = r.argmax(1)
        fi, ang, scale, cx, cy = F[rng, b], A[rng, b] % 360, S[rng, b], X[rng, b], Y[rng, b]
        return r[rng, b]

    step([-1], [-7.5, 0, 7.5], [0.94, 1, 1.06], [-2.5, 0, 2.5], 48)
    step(range(len(KINDS)), [-4, 0, 4], [1.0], [-1.5, 0, 1.5], 48)
    r = step([-1], [-3, 0, 3], [0.96, 1, 1.04], [-1, 0, 1], FINE_POINTS)
    keep = (cx, cy, ang, scale, fi)
    ang = ang + 180
    r2 = step([-1], [-4, 0, 4], [1.0], [-4, -2, 0, 2, 4], 60)
    cx, cy, ang, scale, fi = keep
    sl = np.s_[:, None]
    rs, _ = evaluate(z, cx[sl], cy[sl], ang[sl], scale[sl], fi[sl], 60)
    ms = [evaluate(z, cx[sl], cy[sl], ang[sl], scale[sl], fi[sl], 60, off)[1][:, 0] for off in (-4, -2.5, 2.5, 4, 7)]
    span_m = scale / f * gsd
    ex = np.stack([r, rs[:, 0] - r2, [p.response for p in props], span_m, fi, np.mean(ms, 0), *ms], 1)
    total = r + 0.6 * ex[:, 2] + 0.5 * ex[:, 5] + 0.06 * np.log(span_m / 35)
    out = []
    Pk, _ = arrays(FINE_POINTS)
    for i in range(P):
        q = Pk[fi[i]] * (scale[i] / f[i]) * np.exp(1j * math.radians(ang[i])) + (cx[i] + orig[i, 0] + 1j * (cy[i] + orig[i, 1])) / f[i]
        box = OrientedBox(PixelPoint(float(cx[i] + orig[i, 0]) / f[i], float(cy[i] + orig[i, 1]) / f[i]), float(scale[i] / f[i] * KINDS[fi[i]].length_m / KINDS[fi[i]].wingspan_m), float(scale[i] / f[i]), float(ang[i]))
        e = Extent(*(float(x) for x in (q.real.min(), q.imag.min(), q.real.max(), q.imag.max())))
        out.append(Hit(box, e, float(total[i]), bool(ex[i, 1] > SURE)))
    return out, ex.tolist()
