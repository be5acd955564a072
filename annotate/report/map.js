// The map: places in degrees onto an equal-area projection of the sphere (Lambert, azimuthal), drawn anew as
// SVG whenever the view changes. Marks that would overlap are drawn as one, so that what is drawn depends on
// the size of the map and not on how much the log holds.

const NEAR_PX = 24;
const GLYPH_PX = 22;
const MOST_NAMES = 12; // places in view; of more, only codes and short names are written
const LEAST_GROUND_PX = 40; // a smaller picture shows nothing
const BULGE = 0.1; // of a leg's length: there and back are two lines
const SVG = "http://www.w3.org/2000/svg";

function element(name, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

// The room on a drawing that nothing has taken yet: a text is written where it covers nothing, or not at all.
class LabelRoom {
  static FONTS = { name: ["600 12px", 0, 16], degrees: ["11px", 0, 13], country: ["11px", 1.4, 13] };
  static pen = document.createElement("canvas").getContext("2d");

  constructor(svg, width, height) {
    Object.assign(this, { family: getComputedStyle(svg).fontFamily, width, height, taken: [] });
  }

  take(left, top, width, height) {
    this.taken.push([left, top, left + width, top + height]);
  }

  long(kind, text) {
    const [font, spacing] = LabelRoom.FONTS[kind];
    LabelRoom.pen.font = `${font} ${this.family}`;
    return LabelRoom.pen.measureText(kind === "country" ? text.toUpperCase() : text).width + spacing * text.length + 4;
  }

  // Write a text at the first of some places, [x, baseline], at which there is room for it.
  write(kind, text, places, anchor = "start") {
    const long = this.long(kind, text), high = LabelRoom.FONTS[kind][2];
    for (const [x, y] of places) {
      const left = anchor === "middle" ? x - long / 2 : x, top = y - high + 3;
      const free = left > 2 && top > 0 && left + long < this.width - 2 && y < this.height - 2
        && this.taken.every(([l, t, r, b]) => left > r || left + long < l || top > b || top + high < t);
      if (!free) continue;
      this.take(left, top, long, high);
      return element("text", { class: kind, x: x.toFixed(1), y: y.toFixed(1) }, text);
    }
    return null;
  }
}

class EvidenceMap {
  constructor(svg, tools, data, pick) {
    this.svg = svg;
    this.pick = pick;
    this.projection = lambert(data.center);
    const line = (points) => points.map((p) => this.projection.forward(p));
    this.borders = data.borders.map(line);
    this.countries = data.countries.map(([name, lon, lat]) => ({ name, at: this.projection.forward([lon, lat]) }));
    this.footprints = data.footprints.map(line).filter((ring) => !ring.includes(null));
    this.grounds = data.grounds.map(({ href, corners }) => ({ href, corners: corners.map((p) => this.projection.forward(p)) }));
    this.places = data.places.map((one) => {
      const mark = one.rendered ? " (RENDERED)" : "";
      return { place: one.place, name: one.name, code: one.name + mark, words: one.words + mark, at: this.projection.forward([one.lon, one.lat]) };
    });
    this.sightings = data.sightings.map(([number, lon, lat, heading, sure, length, span, evidence, words, rendered]) => ({
      number, heading: heading === null ? null : heading - this.turnAt(lon, lat), sure, length, span, evidence, words,
      kind: rendered ? `${evidence} rendered` : evidence,
      at: this.projection.forward([lon, lat]),
    }));
    const at = new Map(this.places.map((one) => [one.place, one.at]));
    this.movements = data.movements.map((one) => ({ ...one, at: one.places.map((place) => at.get(place)) }));
    this.shown = new Set(this.sightings.map((one) => one.number));
    this.marked = [...this.places.map((one) => one.at), ...this.sightings.map((one) => one.at), ...this.footprints.flat()]
      .filter(Boolean);
    this.addTools(tools);
    this.listen();
    this.fit(this.marked);
  }

  // How far north is turned from straight up, clockwise in degrees.
  turnAt(lon, lat) {
    const [a, b] = [this.projection.forward([lon, lat]), this.projection.forward([lon, Math.min(lat + 0.01, 90)])];
    return a && b ? -(Math.atan2(b[0] - a[0], a[1] - b[1]) * 180) / Math.PI : 0;
  }

  get size() {
    if (this.paper) return this.paper;
    const box = this.svg.getBoundingClientRect();
    return [box.width || 900, box.height || 480];
  }

  // Show some points with room around them, at least a kilometre across.
  fit(points) {
    const [width, height] = this.size;
    const [left, top, right, bottom] = boundsOf(points);
    const across = Math.max((right - left) * 1.35, 1000), down = Math.max((bottom - top) * 1.45, 1000);
    this.x = (left + right) / 2;
    this.y = (top + bottom) / 2;
    this.k = Math.min(width / across, height / down);
    this.least = Math.min(this.least ?? Infinity, this.k / 3);
    this.drawSoon();
  }

  zoom(factor, [px, py] = this.size.map((side) => side / 2)) {
    const [width, height] = this.size;
    const [x, y] = [this.x + (px - width / 2) / this.k, this.y + (py - height / 2) / this.k];
    this.k = Math.min(12, Math.max(this.least, this.k * factor));
    this.x = x - (px - width / 2) / this.k;
    this.y = y - (py - height / 2) / this.k;
    this.drawSoon();
  }

  pan(dx, dy) {
    this.x -= dx / this.k;
    this.y -= dy / this.k;
    this.drawSoon();
  }

  // Only these sightings are drawn: those that the table shows.
  show(numbers) {
    this.shown = new Set(numbers);
    this.drawSoon();
  }

  // On paper the same stretch of land is drawn in the size of a page, so that letters stay readable.
  onPaper(size) {
    const before = this.size;
    this.paper = size;
    const [width, height] = this.size;
    this.k *= Math.min(width / before[0], height / before[1]);
    this.draw();
  }

  drawSoon() {
    this.waiting ??= requestAnimationFrame(() => {
      this.waiting = undefined;
      this.draw();
    });
  }

  addTools(tools) {
    const add = (text, title, act) => {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: text, title });
      button.addEventListener("click", act);
      tools.append(button);
    };
    add("+", "Zoom in (Ctrl and wheel, or double click)", () => this.zoom(1.6));
    add("−", "Zoom out", () => this.zoom(1 / 1.6));
    add("All", "Show everything", () => this.fit(this.marked));
    for (const one of this.places.filter((each) => each.at).slice(0, 12)) {
      const near = (at) => at && Math.hypot(at[0] - one.at[0], at[1] - one.at[1]) < 10000;
      add(one.name, one.words, () => {
        const around = [...this.sightings.map((each) => each.at), ...this.footprints.flat()].filter(near);
        this.fit(around.length ? around : [one.at]);
      });
    }
  }

  listen() {
    const { svg } = this;
    let start = null;
    svg.addEventListener("pointerdown", (event) => {
      if (event.button === 0 && !event.target.closest(".pick")) {
        start = [event.clientX, event.clientY];
        svg.setPointerCapture(event.pointerId);
      }
    });
    svg.addEventListener("pointermove", (event) => {
      if (!start) return;
      this.pan(event.clientX - start[0], event.clientY - start[1]);
      start = [event.clientX, event.clientY];
    });
    for (const end of ["pointerup", "pointercancel"]) svg.addEventListener(end, () => (start = null));
    const under = (event) => {
      const box = svg.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };
    svg.addEventListener("dblclick", (event) => this.zoom(2, under(event)));
    svg.addEventListener("wheel", (event) => {
      // Without Ctrl the wheel scrolls the page.
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      this.zoom(Math.exp(-event.deltaY / 300), under(event));
    }, { passive: false });
    const keys = {
      "+": () => this.zoom(1.6), "=": () => this.zoom(1.6), "-": () => this.zoom(1 / 1.6), 0: () => this.fit(this.marked),
      ArrowLeft: () => this.pan(60, 0), ArrowRight: () => this.pan(-60, 0), ArrowUp: () => this.pan(0, 60), ArrowDown: () => this.pan(0, -60),
    };
    svg.addEventListener("keydown", (event) => {
      if (event.target !== svg || !(event.key in keys)) return;
      event.preventDefault();
      keys[event.key]();
    });
    new ResizeObserver(() => this.drawSoon()).observe(svg);
  }

  draw() {
    const [width, height] = this.size;
    this.screen = ([x, y]) => [(x - this.x) * this.k + width / 2, (y - this.y) * this.k + height / 2];
    this.inView = ([x, y], room = 40) => x > -room && y > -room && x < width + room && y < height + room;
    // With a view box the drawing fits on paper, too.
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    // In the order of what may cover what; texts take the room that is left in the order of their worth.
    this.labels = new LabelRoom(this.svg, width, height);
    const scale = this.drawScale(height), movements = this.drawMovements(), sightings = this.drawSightings();
    const names = this.drawNames(), countries = this.drawCountries();
    this.svg.replaceChildren(
      ...this.drawGrounds(), ...this.drawGraticule(width, height),
      element("path", { class: "borders", d: this.borders.map((line) => this.path(line)).join("") }),
      ...countries, ...this.drawFootprints(), ...this.drawPlaces(), ...movements, ...sightings, ...names, scale);
  }

  path(points) {
    return clippedPath(points.map((point) => point && this.screen(point)), this.size);
  }

  drawGraticule(width, height) {
    const corners = [];
    for (const fx of [0, 0.25, 0.5, 0.75, 1]) for (const fy of [0, 0.25, 0.5, 0.75, 1]) {
      corners.push(this.projection.inverse([this.x + (fx - 0.5) * width / this.k, this.y + (fy - 0.5) * height / this.k]));
    }
    const middle = this.projection.inverse([this.x, this.y])[0];
    const around = corners.map(([lon, lat]) => [((lon - middle + 540) % 360) - 180 + middle, lat]);
    let [west, south, east, north] = boundsOf(around);
    const steps = [30, 15, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001];
    const step = steps.findLast((each) => (north - south) / each <= 7) ?? 30;
    const digits = Math.max(0, -Math.floor(Math.log10(step)));
    const lines = [], labels = [];
    const run = (from, to, point) => Array.from({ length: 33 }, (_, i) => this.projection.forward(point(from + ((to - from) * i) / 32)));
    const words = (value, letters) => `${Math.abs(value).toFixed(digits)}° ${Math.abs(value) < step / 9 ? "" : letters[value < 0 ? 1 : 0]}`.trim();
    [south, north] = [Math.max(-89.9, south - step), Math.min(89.9, north + step)];
    [west, east] = [west - step, east + step];
    for (let lat = Math.ceil(south / step) * step; lat <= north; lat += step) {
      const line = run(west, east, (lon) => [lon, lat]);
      lines.push(this.path(line));
      const at = line.filter(Boolean).map(this.screen).find(([x]) => x >= 0);
      if (at && at[1] > 60 && at[1] < height - 40) labels.push([6, at[1] - 4, words(lat, "NS")]);
    }
    for (let lon = Math.ceil(west / step) * step; lon <= east; lon += step) {
      const line = run(south, north, (lat) => [lon, lat]);
      lines.push(this.path(line));
      const at = line.filter(Boolean).map(this.screen).find(([, y]) => y <= height);
      if (at && at[0] > 150 && at[0] < width - 50) labels.push([at[0] + 4, height - 7, words(((lon + 540) % 360) - 180, "EW")]);
    }
    return [
      element("path", { class: "graticule", d: lines.join("") }),
      ...labels.map(([x, y, text]) => this.labels.write("degrees", text, [[x, y]]) ?? ""),
    ];
  }

  drawCountries() {
    return this.countries.filter((one) => one.at).map((one) => {
      const [x, y] = this.screen(one.at);
      return (this.inView([x, y], -50) && this.labels.write("country", one.name, [[x, y]], "middle")) || "";
    });
  }

  // A picture of each airfield's latest scene: three corners say how it lies, as all is flat at this scale.
  drawGrounds() {
    return this.grounds.filter(({ corners }) => !corners.includes(null)).map(({ href, corners }) => {
      const [[x, y], right, down] = corners.map((corner) => this.screen(corner));
      if (Math.hypot(right[0] - x, right[1] - y) < LEAST_GROUND_PX || !this.inView([(right[0] + down[0]) / 2, (right[1] + down[1]) / 2], 4000)) return "";
      return element("image", { class: "ground", href, width: 1, height: 1, preserveAspectRatio: "none",
        transform: `matrix(${right[0] - x} ${right[1] - y} ${down[0] - x} ${down[1] - y} ${x} ${y})` });
    });
  }

  drawFootprints() {
    return this.footprints.map((ring) => element("path", { class: "footprint", d: `M${ring.map((point) => this.screen(point).map((value) => value.toFixed(1))).join("L")}Z` }));
  }

  drawPlaces() {
    return this.places.filter((one) => one.at).map((one) => {
      const [x, y] = this.screen(one.at);
      return element("path", { class: "airfield", d: `M${x - 6} ${y}h12M${x} ${y - 6}v12` }, element("title", {}, one.words));
    });
  }

  drawMovements() {
    const drawn = [], used = new Map();
    for (const movement of this.movements) {
      movement.at.forEach((end, i) => {
        const start = movement.at[i - 1];
        if (!i || !start || !end) return;
        const [a, b] = [this.screen(start), this.screen(end)];
        const leg = `${start}>${end}`, before = used.get(leg) ?? 0;
        used.set(leg, before + 1);
        const [dx, dy] = [b[0] - a[0], b[1] - a[1]], bulge = BULGE * (1 + 0.7 * before);
        if (Math.hypot(dx, dy) < 16) return;
        const bend = [(a[0] + b[0]) / 2 - dy * bulge * 2, (a[1] + b[1]) / 2 + dx * bulge * 2];
        const middle = [(a[0] + b[0]) / 2 - dy * bulge, (a[1] + b[1]) / 2 + dx * bulge];
        const curve = Array.from({ length: 41 }, (_, n) => n / 40).map((t) => [0, 1].map((axis) =>
          (1 - t) ** 2 * a[axis] + 2 * t * (1 - t) * bend[axis] + t ** 2 * b[axis]));
        const title = () => element("title", {}, `${i}. ${movement.words}`);
        const label = [middle[0] - (dy / Math.hypot(dx, dy)) * 14, middle[1] + (dx / Math.hypot(dx, dy)) * 14 + 4];
        this.labels.take(label[0] - 8, label[1] - 12, 16, 15);
        const turn = (Math.atan2(dy, dx) * 180) / Math.PI;
        drawn.push(
          element("path", { class: `route ${movement.evidence}`, d: clippedPath(curve, this.size) }, title()),
          element("path", { class: `head ${movement.evidence}`, d: "M9 0-6 6-6-6z", transform: `translate(${middle}) rotate(${turn})` }, title()),
          element("text", { class: "leg", x: label[0], y: label[1] }, String(i)));
      });
    }
    return drawn;
  }

  // Sightings of one kind that would overlap, together: what is rendered is never counted among what is real.
  groups() {
    const cells = new Map(), groups = [];
    for (const one of this.sightings) {
      if (!this.shown.has(one.number) || !one.at) continue;
      const at = this.screen(one.at);
      if (!this.inView(at)) continue;
      const [col, row] = at.map((value) => Math.floor(value / NEAR_PX));
      let found;
      for (let c = col - 1; c <= col + 1 && !found; c++) for (let r = row - 1; r <= row + 1 && !found; r++) {
        found = (cells.get(`${one.kind} ${c} ${r}`) ?? []).find((each) => Math.hypot(each.at[0] - at[0], each.at[1] - at[1]) < NEAR_PX);
      }
      if (found) { found.members.push(one); continue; }
      const group = { at, kind: one.kind, members: [one] };
      const cell = `${one.kind} ${col} ${row}`;
      cells.set(cell, [...(cells.get(cell) ?? []), group]);
      groups.push(group);
    }
    return groups;
  }

  drawSightings() {
    const groups = this.groups();
    for (const { at: [x, y], members } of groups) {
      const reach = members.length > 1 ? 16 : GLYPH_PX / 2 + 2;
      this.labels.take(x - reach, y - reach, 2 * reach, 2 * reach);
    }
    return groups.map((group) => {
      const crowded = groups.some((other) => other.kind !== group.kind && Math.hypot(other.at[0] - group.at[0], other.at[1] - group.at[1]) < NEAR_PX);
      const [x, y] = [group.at[0] + (crowded ? (group.kind === "seen" ? -13 : 13) : 0), group.at[1]];
      const { members } = group, [one] = members;
      const words = members.length === 1 ? one.words : `${members.length} ${group.kind}: ` + [...new Set(members.map((each) => each.words.replace(`${each.evidence}: `, "")))].slice(0, 5).join("; ");
      const mark = element("g", { class: "pick", transform: `translate(${x} ${y})`, tabindex: 0, role: "button", "aria-label": words },
        ...(members.length === 1 ? this.drawOne(one) : this.drawMany(group)), element("title", {}, words));
      const act = () => this.chosen(members);
      mark.addEventListener("click", act);
      mark.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); act(); } });
      return mark;
    });
  }

  drawOne(one) {
    if (one.heading === null) return [element("circle", { class: `spot ${one.kind}`, r: 6 })];
    const length = Math.max(GLYPH_PX, (one.length ?? 0) * this.k), span = Math.max(GLYPH_PX, (one.span ?? 0) * this.k);
    if (!one.sure) {
      return [element("path", { class: `unsure ${one.kind}`, d: `M0 ${-length / 2}V${length / 2}M${-span / 2} 0H${span / 2}`, transform: `rotate(${one.heading})` }),
        element("circle", { class: `spot ${one.kind}`, r: 4 })];
    }
    return [element("use", { class: one.kind, href: "#aircraft", transform: `rotate(${one.heading}) scale(${span} ${length})` })];
  }

  drawMany(group) {
    return [element("circle", { class: `many ${group.kind}`, r: group.members.length > 99 ? 15 : 12 }),
      element("text", { y: 4 }, String(group.members.length))];
  }

  chosen(members) {
    const [left, top, right, bottom] = boundsOf(members.map((one) => one.at));
    // Zooming cannot separate sightings on one spot.
    if (members.length > 1 && Math.max(right - left, bottom - top) > 40 && this.k < 4) this.fit(members.map((one) => one.at));
    else this.pick(members.map((one) => one.number));
  }

  drawNames() {
    const drawn = [];
    const inView = this.places.filter((each) => each.at && this.inView(this.screen(each.at), 0));
    for (const one of inView) {
      const [x, y] = this.screen(one.at);
      for (const words of inView.length > MOST_NAMES ? [one.code] : [one.words, one.code]) {
        const long = this.labels.long("name", words);
        const spots = [];
        for (const away of [0, 24, 56, 96, 150]) {
          spots.push([x + 16 + away, y - 11 - away], [x + 16 + away, y + 22 + away], [x - 16 - away - long, y - 11 - away],
            [x - 16 - away - long, y + 22 + away], [x - long / 2, y - 20 - away], [x - long / 2, y + 32 + away]);
        }
        const name = this.labels.write("name", words, spots);
        if (!name) continue;
        drawn.push(name);
        break;
      }
    }
    return drawn;
  }

  drawScale(height) {
    this.labels.take(0, height - 40, 160, 40);
    const metres = 140 / this.k, power = 10 ** Math.floor(Math.log10(metres));
    const nice = [5, 2, 1].map((n) => n * power).find((n) => n <= metres), px = nice * this.k;
    return element("g", { class: "scale", transform: `translate(12 ${height - 14})` },
      element("path", { d: `M0-6V0H${px}V-6` }),
      element("text", { x: 4, y: -6 }, nice >= 1000 ? `${nice / 1000} km` : `${nice} m`));
  }
}
