// Types by keys: those that fit the chosen boxes best come first, then those usual at the airfield. They are
// listed beside the box, and the outline of one lies over it, to scale.

import { aircraft, groundOf, idOf, nameType, onCanvas, placed, scaleOf, selected, typeOf } from "./page_store.js";

const [MOST_SUGGESTED, MOST_KEYS] = [5, 9];
const BESIDE_PX = 14; // between a box and the list
const DECIMETRES = 10;

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
  const named = digit === 0 || regions.every((region) => typeOf(region) === offer.icao);
  nameType(page, regions, named ? null : page.data.keys.types[offer.icao].path);
  return true;
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

// The list beside the box that was chosen last, within the canvas.
export function list(page) {
  const { canvas, image } = page;
  const regions = selected(page);
  const shownNow = offers(page, regions);
  if (!shownNow.length) {
    pointed = null;
    return [];
  }
  const element = document.createElement("ol");
  element.className = "hs-types";
  const named = regions.map(typeOf);
  shownNow.forEach(({ icao, share, usual }, index) => {
    const { name, reason } = page.data.keys.types[icao];
    const row = document.createElement("li");
    row.title = name;
    row.className = [usual ? "hs-usually" : "", named.includes(icao) ? "hs-named" : ""].join(" ");
    const part = share === undefined ? "" : ` ${Math.round(100 * share)} %`;
    row.textContent = `${index + 1} ${icao}${reason}${part}`;
    row.addEventListener("mouseenter", () => { pointed = icao; });
    row.addEventListener("mouseleave", () => { pointed = null; });
    row.addEventListener("click", () => press(page, index + 1));
    element.append(row);
  });
  for (const kind of ["mousedown", "mouseup", "click", "dblclick", "pointerdown", "pointerup", "touchstart", "touchend"]) {
    element.addEventListener(kind, (event) => event.stopPropagation()); // it is not the picture that is meant
  }
  const box = placed(regions.at(-1), image);
  const scale = scaleOf(image);
  const reach = (Math.abs(box.across[0]) * box.width + Math.abs(box.ahead[0]) * box.length) / 2;
  const [x, y] = onCanvas(image, box.middle);
  const right = x + reach * scale + BESIDE_PX;
  return [{
    element,
    place: () => {
      const { offsetWidth: width, offsetHeight: height } = element;
      const left = right + width <= canvas.clientWidth ? right : x - reach * scale - BESIDE_PX - width;
      element.style.left = `${Math.max(0, Math.min(left, canvas.clientWidth - width))}px`;
      element.style.top = `${Math.max(0, Math.min(y - height / 2, canvas.clientHeight - height))}px`;
    },
  }];
}

export function pointedTo() {
  return pointed;
}

export function selectAll(page) {
  page.annotation.selectAreas(aircraft(page));
}
