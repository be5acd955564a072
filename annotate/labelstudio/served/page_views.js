// The task's other pictures, such as its surroundings: opened over the tile by a key, zoomed by the wheel,
// moved by dragging. The task's boxes are drawn into them where they are now.

import { aircraft, placed } from "./page_store.js";

const SVG = "http://www.w3.org/2000/svg";
const STEP = 1.25;
const [LEAST, MOST] = [1, 12];

let seen = { scale: 1, left: 0, top: 0 };
let drawn = "";

// Open or close the picture of a key; whether there is one.
export function toggleView(key) {
  const view = document.querySelector(`.hs-view.hs-key-${key}`);
  if (!view) return false;
  for (const other of document.querySelectorAll(".hs-view[open]")) if (other !== view) other.open = false;
  view.open = !view.open;
  seen = { scale: 1, left: 0, top: 0 };
  return true;
}

export function closeViews() {
  const open = document.querySelectorAll(".hs-view[open]");
  for (const view of open) view.open = false;
  return open.length > 0;
}

function zoom(event) {
  event.preventDefault();
  const frame = event.currentTarget.getBoundingClientRect();
  const [x, y] = [event.clientX - frame.left, event.clientY - frame.top];
  const scale = Math.min(MOST, Math.max(LEAST, seen.scale * (event.deltaY < 0 ? STEP : 1 / STEP)));
  const by = scale / seen.scale;
  seen = { scale, left: x - (x - seen.left) * by, top: y - (y - seen.top) * by };
  if (scale === LEAST) seen = { scale, left: 0, top: 0 };
}

function drag(event) {
  if (event.buttons & 1) {
    event.preventDefault();
    seen = { ...seen, left: seen.left + event.movementX, top: seen.top + event.movementY };
  }
}

export function drawViews(page) {
  const view = document.querySelector(".hs-view[open]");
  const picture = view?.querySelector("img");
  const into = view?.classList.contains("hs-key-s") ? page.data.in_surroundings : null;
  if (!picture?.naturalWidth || !into) return;
  const sheet = picture.parentElement;
  if (!sheet.dataset.moves) {
    sheet.dataset.moves = "true";
    sheet.addEventListener("wheel", zoom, { passive: false });
    sheet.addEventListener("pointermove", drag);
    sheet.addEventListener("dragstart", (event) => event.preventDefault());
  }
  const regions = aircraft(page);
  const state = JSON.stringify([
    seen, picture.src, picture.offsetWidth,
    regions.map((region) => [region.x, region.y, region.width, region.height, region.rotation]),
  ]);
  if (state === drawn && sheet.querySelector(".hs-boxes-around")) return;
  drawn = state;
  let layer = sheet.querySelector(".hs-boxes-around");
  if (!layer) {
    layer = document.createElementNS(SVG, "svg");
    layer.setAttribute("class", "hs-boxes-around");
    sheet.append(layer);
  }
  layer.setAttribute("viewBox", `0 0 ${into.width} ${into.height}`);
  const transform = `translate(${seen.left}px, ${seen.top}px) scale(${seen.scale})`;
  for (const part of [picture, layer]) Object.assign(part.style, { transform, transformOrigin: "0 0" });
  Object.assign(layer.style, { width: `${picture.offsetWidth}px`, height: `${picture.offsetHeight}px` });
  layer.replaceChildren(...regions.map((region) => outline(placed(region, page.image), into)));
}

function outline({ middle, across, ahead, width, length }, into) {
  const corners = [[1, 1], [1, -1], [-1, -1], [-1, 1]].map(([forward, side]) =>
    [0, 1].map((axis) => {
      const at = middle[axis] + (ahead[axis] * length * forward + across[axis] * width * side) / 2;
      return at * into.scale + (axis ? into.top : into.left);
    }),
  );
  const box = document.createElementNS(SVG, "polygon");
  box.setAttribute("points", corners.map((corner) => corner.join(",")).join(" "));
  return box;
}
