"""contour detector (draft)."""

from __future__ import annotations

import math
from functools import cache

import cv2
import numpy as np

from detect.box import Extent, OrientedBox
from detect.detector import DetectorInfo, Hit
from imagery.grid import PixelPoint
from imagery.planform import planform_from_dimensions

FORMS = [
    (37.6, 35.0, "swept", 2, "jet"),
    (36.0, 26.0, "swept", 2, "jet"),
    (29.8, 38.0, "straight", 4, "turboprop"),
    (27.2, 27.0, "straight", 2, "turboprop"),
    (8.3, 11.0, "straight", 1, "piston"),
    (21.9, 14.7, "swept", 2, "jet"),
    (15.0, 9.1, "delta", 1, "jet"),
]
G = 32
ASPECT = np.repeat([f[0] / f[1] for f in FORMS], 2)
WIDTHS_M = (15.0, 30.0, 60.0)
LEVELS = (8, 12, 18, 27, 40, 60)


@cache
def bank():
    out = []
    for l, s, wing, n, eng in FORMS:
        ring = np.array(planform_from_dimensions(l, s, wing, n, engine=eng).silhouette().exterior.coords)
        lo, hi = ring.min(0), ring.max(0)
        u = (ring - lo) / (hi - lo)
        im = np.zeros((G * 8, G * 8), np.uint8)
        cv2.fillPoly(im, [np.round(np.stack([u[:, 0], 1 - u[:, 1]], 1) * G * 8).astype(np.int32)], 1)
        small = cv2.resize(im.astype(np.float32), (G, G), interpolation=cv2.INTER_AREA)
        out += [small, small[::-1]]
    b = np.array(out).reshape(len(out), -1)
    b -= b.mean(1, keepdims=True)
    return b / np.linalg.norm(b, axis=1, keepdims=True)


class ContourDetector:
    @property
    def info(self) -> DetectorInfo:
        return DetectorInfo("contour", "0", {})

    @property
    def min_score(self) -> float:
        return 0.0

    def working_gsd_m(self, scene_gsd_m: float) -> float:
        return max(scene_gsd_m, 0.5)

    def hits(self, image) -> list[Hit]:
        px = image.pixels
        grey = px[..., 0] if px.shape[2] == 1 else cv2.cvtColor(px, cv2.COLOR_RGB2GRAY)
        out = []
        self.extra = []
        for width in WIDTHS_M:
            f = min(1.0, image.gsd_m / (width / 45))
            small = grey if f == 1 else cv2.resize(grey, None, fx=f, fy=f, interpolation=cv2.INTER_AREA)
            g = cv2.GaussianBlur(small, (0, 0), 0.6)
            gsd = image.gsd_m / f
            d = g.astype(np.int16) - background(g, width / gsd)
            for sign in (1, -1):
                for lev in LEVELS:
                    for h, e in shapes((d * sign > lev).astype(np.uint8), gsd, width):
                        b, x = h.box, h.extent
                        h = Hit(OrientedBox(PixelPoint(b.center[0] / f, b.center[1] / f), b.length / f, b.width / f, b.angle_deg), Extent(*(v / f for v in x)), h.score, h.heading_sure)
                        out.append(h)
                        self.extra.append(e + [width, sign, lev])
        return out


def background(g, width_px):
    f = max(1, width_px / 15)
    small = cv2.resize(g, (max(1, round(g.shape[1] / f)), max(1, round(g.shape[0] / f))), interpolation=cv2.INTER_AREA)
    m = cv2.medianBlur(small, 2 * int(width_px / f / 2) + 1)
    return cv2.resize(m, g.shape[::-1], interpolation=cv2.INTER_LINEAR)


def shapes(mask, gsd, width):
    n, lab, st, cen = cv2.connectedComponentsWithStats(mask, connectivity=4)
    out = []
    for i in range(1, n):
        x, y, w, h, a = st[i].tolist()
        d = max(w, h) * gsd
        if d < 8 or min(w, h) * gsd < 6 or max(w, h) * gsd > 90 or max(w, h) * gsd > 2.6 * width or max(w, h) * gsd < 0.5 * width or a * gsd * gsd < 0.1 * min(w, h) * max(w,h) * gsd * gsd:
            continue
        m = (lab[y : y + h, x : x + w] == i).astype(np.uint8)
        cs, _ = cv2.findContours(cv2.copyMakeBorder(m, 1, 1, 1, 1, 0), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        c = max(cs, key=len)[:, 0, :].astype(np.float64) - 0.5  # +0.5 center -1 border
        hull = cv2.contourArea(cv2.convexHull(c.astype(np.float32))) + 1e-6
        sol = a / hull
        if not 0.25 <= sol <= 0.62:
            continue
        f = fit(m, c, gsd)
        if f is None:
            continue
        iou, ang, length, span, cx, cy, k, margin = f
        if iou < 0.45:
            continue
        box = OrientedBox(PixelPoint(x + cx, y + cy), length, span, ang)
        out.append((Hit(box, Extent(float(x), float(y), float(x + w), float(y + h)), iou, margin > 0.06), [iou, sol, span * gsd, length * gsd, k, margin]))
    return out


def fit(m, c, gsd):
    cv2.drawContours
    BN = bank()
    best = None
    fm = m.astype(np.float32)

    def at(angs):
        nonlocal best
        grids, geo = [], []
        for ang in angs:
            a = math.radians(ang)
            fx, fy = math.sin(a), -math.cos(a)  # forward
            wx, wy = -fy, fx
            pf = c @ (fx, fy)
            pw = c @ (wx, wy)
            f0, f1, w0, w1 = pf.min() - 0.5, pf.max() + 0.5, pw.min() - 0.5, pw.max() + 0.5
            L, S = f1 - f0, w1 - w0
            if not (0.6 < L / S < 1.9):
                continue
            # grid (u right, v down from nose) -> image
            M = np.array([[wx * S / G, -fx * L / G, 0], [wy * S / G, -fy * L / G, 0]])
            cx = fx * (f0 + f1) / 2 + wx * (w0 + w1) / 2
            cy = fy * (f0 + f1) / 2 + wy * (w0 + w1) / 2
            half = (G - 1) / 2
            M[0, 2] = cx - 0.5 - M[0, 0] * half - M[0, 1] * half
            M[1, 2] = cy - 0.5 - M[1, 0] * half - M[1, 1] * half
            grids.append(cv2.warpAffine(fm, M, (G, G), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP).ravel())
            geo.append((ang, L, S, cx, cy))
        if not grids:
            return
        X = np.array(grids)
        Xc = X - X.mean(1, keepdims=True)
        Xc /= np.linalg.norm(Xc, axis=1, keepdims=True) + 1e-6
        iou = Xc @ BN.T
        asp = np.log(np.array([g[1] / g[2] for g in geo])[:, None] / ASPECT[None])
        iou = iou - 0.5 * np.maximum(0, np.abs(asp) - 0.1)
        r, k = np.unravel_index(np.argmax(iou), iou.shape)
        other = iou[r, (1 - k % 2) :: 2].max()
        if best is None or iou[r, k] > best[0]:
            ang, L, S, cx, cy = geo[r]
            best = (float(iou[r, k]), (ang + 180 * (k % 2)) % 360, L, S, cx, cy, int(k), float(iou[r, k] - other))

    at(range(0, 180, 6))
    if best and best[0] > 0.35:
        b = best[1]
        at([b % 180 - 3, b % 180 + 3])
    return best
