// Types by keys: those that fit the chosen boxes best come first, then those usual at the airfield. They are
// listed beside the box, and the outline of one lies over it, to scale.

import { aircraft, groundOf, idOf, nameType, onCanvas, placed, scaleOf, selected, shown, typeOf, value } from "./page_store.js";

const [MOST_SUGGESTED, MOST_KEYS] = [5, 9];
const BESIDE_PX = 14; // between a box and the list
const DECIMETRES = 10;

const named = new Map(); // the type of a box when it was last looked at
let pointed = null; // the type in the list that the mouse is over

// What the keys from 1 on name for boxes: [{icao, share, usual}], of one box with what its fit says.
export function offers({ data }, regions) {
  const keys = data.keys;
  if (!keys || !regions.length) return [];
  const votes = new Map();
  for (const region of regions) {
    (keys.boxes[idOf(region)] ?? []).forEach(([icao], rank) => {
      votes.set(icao, (votes.get(icao) ?? 0) + 1 / (rank + 1));
    });
  }
  const best = [...votes.keys()].sort((one, other) => votes.get(other) - votes.get(one));
  const suggested = best.slice(0, MOST_SUGGESTED).map((icao) => {
    const own = regions.length === 1 ? keys.boxes[idOf(regions[0])].find(([name]) => name === icao) : null;
    return { icao, share: own?.[1] };
  });
  const usual = keys.usual.filter((icao) => !suggested.some((offer) => offer.icao === icao));
  return [...suggested, ...usual.map((icao) => ({ icao, usual: true }))].slice(0, MOST_KEYS);
}

// Name the type of a key for all chosen boxes; the same key again takes it back, and 0 does.
export function press(page, digit) {
  const regions = selected(page);
  if (!regions.length || !page.data.keys) return false;
  const offer = offers(page, regions)[digit - 1];
  if (digit && !offer) return true;
  const taken = digit === 0 || regions.every((region) => typeOf(region) === offer.icao);
  nameType(page, regions, taken ? null : page.data.keys.types[offer.icao].path);
  return true;
}

// An aircraft has one type: what is chosen in the list takes the place of what was there.
export function keepOneType(page) {
  for (const region of selected(page)) {
    const paths = value(region, "type");
    if (paths.length > 1) {
      nameType(page, [region], paths.find((path) => path.at(-1) !== named.get(region.id)) ?? paths[0]);
    }
    named.set(region.id, typeOf(region));
  }
}

// The outlines of the chosen boxes' types on the canvas: of the one named, pointed to, or else the best.
export function outlines(page) {
  const { data, image } = page;
  const ground = groundOf(page);
  const regions = selected(page);
  if (!data.keys || !ground) return [];
  return regions.flatMap((region) => {
    const icao = pointed ?? typeOf(region) ?? data.keys.boxes[idOf(region)]?.[0]?.[0];
    const outline = data.keys.types[icao]?.outline;
    if (!outline) return [];
    const { middle, across, ahead } = placed(region, image);
    const unit = 1 / (DECIMETRES * ground.metres);
    const points = [];
    for (let at = 0; at < outline.length; at += 2) {
      const [x, y] = [outline[at] * unit, outline[at + 1] * unit];
      points.push(onCanvas(image, [0, 1].map((axis) => middle[axis] + across[axis] * x + ahead[axis] * y)));
    }
    return [{ points, certain: icao === typeOf(region) }];
  });
}

// What the list beside the chosen boxes says; empty without any.
function listed(page, regions) {
  const types = regions.map(typeOf);
  return offers(page, regions).map(({ icao, share, usual }, index) => {
    const { name, reason } = page.data.keys.types[icao];
    const part = share === undefined ? "" : ` ${Math.round(100 * share)} %`;
    return {
      icao,
      name,
      words: `${index + 1} ${icao}${reason}${part}`,
      look: [usual ? "hs-usually" : "", types.includes(icao) ? "hs-named" : ""].join(" "),
    };
  });
}

// Draw the list beside the box that was chosen last, within the canvas.
export function drawList(page) {
  const regions = selected(page);
  const rows = listed(page, regions);
  const words = JSON.stringify([rows, regions.map(idOf)]);
  let element = page.canvas.querySelector(".hs-types");
  if (element?.dataset.words !== words) {
    element?.remove();
    pointed = null;
    if (!rows.length) return;
    element = list(page, rows);
    element.dataset.words = words;
    page.canvas.append(element);
  }
  if (rows.length) placeBeside(page, element, regions.at(-1), outlines(page).at(-1)?.points ?? []);
}

function list(page, rows) {
  const element = document.createElement("ol");
  element.className = "hs-types";
  rows.forEach(({ icao, name, words, look }, index) => {
    const row = document.createElement("li");
    Object.assign(row, { title: name, className: look, textContent: words });
    row.addEventListener("mouseenter", () => { pointed = icao; });
    row.addEventListener("mouseleave", () => { pointed = null; });
    row.addEventListener("click", () => press(shown(), index + 1));
    element.append(row);
  });
  for (const kind of ["mousedown", "mouseup", "click", "dblclick", "pointerdown", "pointerup", "touchstart", "touchend"]) {
    element.addEventListener(kind, (event) => event.stopPropagation()); // it is not the picture that is meant
  }
  return element;
}

function placeBeside({ canvas, image }, element, region, outlinePoints) {
  const { middle, across, ahead, width: span, length } = placed(region, image);
  const [x, y] = onCanvas(image, middle);
  const half = ((Math.abs(across[0]) * span + Math.abs(ahead[0]) * length) * scaleOf(image)) / 2;
  const reach = BESIDE_PX + Math.max(half, ...outlinePoints.map(([column]) => Math.abs(column - x)));
  const { offsetWidth: width, offsetHeight: height } = element;
  const left = x + reach + width <= canvas.clientWidth ? x + reach : x - reach - width;
  element.style.left = `${Math.max(0, Math.min(left, canvas.clientWidth - width))}px`;
  element.style.top = `${Math.max(0, Math.min(y - height / 2, canvas.clientHeight - height))}px`;
}

export function pointedTo() {
  return pointed;
}

export function selectAll(page) {
  page.annotation.selectAreas(aircraft(page));
}
