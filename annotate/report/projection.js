"use strict";
// Where places in degrees come to lie on a plane, and which part of a line is in view.

const EARTH_M = 6371008.8;

// An equal-area projection of the sphere around a place (Lambert, azimuthal).
function lambert(center) {
  const rad = Math.PI / 180;
  const lon0 = center[0] * rad, sin0 = Math.sin(center[1] * rad), cos0 = Math.cos(center[1] * rad);
  return {
    // Metres right and down; null for what lies on the other side of the Earth.
    forward([lon, lat]) {
      const turn = lon * rad - lon0, sin = Math.sin(lat * rad), cos = Math.cos(lat * rad);
      const along = sin0 * sin + cos0 * cos * Math.cos(turn);
      if (along < -0.95) return null;
      const k = EARTH_M * Math.sqrt(2 / (1 + along));
      return [k * cos * Math.sin(turn), -k * (cos0 * sin - sin0 * cos * Math.cos(turn))];
    },
    inverse([x, y]) {
      const rho = Math.hypot(x, y);
      if (rho < 1e-9) return center;
      const c = 2 * Math.asin(Math.min(1, rho / (2 * EARTH_M)));
      const lat = Math.asin(Math.cos(c) * sin0 - (y * Math.sin(c) * cos0) / rho);
      const lon = lon0 + Math.atan2(x * Math.sin(c), rho * cos0 * Math.cos(c) + y * sin0 * Math.sin(c));
      return [lon / rad, lat / rad];
    },
  };
}

function boundsOf(points) {
  const xs = points.map((p) => p[0]), ys = points.map((p) => p[1]);
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

// A line's path on a screen as far as it is in view: at the scale of an apron a route is a million dashes long.
function clippedPath(points, [width, height]) {
  const room = 60;
  let text = "", last = null;
  for (let i = 1; i < points.length; i++) {
    const [a, b] = [points[i - 1], points[i]];
    if (!a || !b) continue;
    const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
    let [from, to] = [0, 1];
    // Liang and Barsky: what is left of the segment at each edge.
    for (const [step, distance] of [[-dx, a[0] + room], [dx, width + room - a[0]], [-dy, a[1] + room], [dy, height + room - a[1]]]) {
      if (step === 0) { if (distance < 0) from = 2; } else if (step < 0) from = Math.max(from, distance / step); else to = Math.min(to, distance / step);
    }
    if (from > to) continue;
    const at = (share) => `${(a[0] + dx * share).toFixed(1)} ${(a[1] + dy * share).toFixed(1)}`;
    text += `${last === i - 1 && from === 0 ? "" : `M${at(from)}`}L${at(to)}`;
    last = to === 1 ? i : null;
  }
  return text;
}
