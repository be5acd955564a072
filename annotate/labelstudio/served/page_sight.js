// How the picture is seen: fitted to the window, zoomed to a box, brighter, or stretched to what is in sight.

import { fitted, placed, scaleOf, selected } from "./page_store.js";

const SIDE_SHARE = 0.35; // of the canvas, of a box that is zoomed to
const LEVELS = 64;
const [DARKEST, BRIGHTEST] = [0.005, 0.995]; // of the values in sight: what lies outside is cut off
const SAMPLE_PX = 256;
const CONTROLS = [
  ["brightness", "Brightness", -0.5, 0.5, 0],
  ["contrast", "Contrast", 0.3, 3, 1],
  ["gamma", "Gamma", 0.3, 3, 1],
];
const PLAIN = { brightness: 0, contrast: 1, gamma: 1, stretch: false };

let follows = false; // whether the box that is chosen is zoomed to
let followed = null;
let size = "";
let whole = true;
let light = { ...PLAIN };
let lit = "";

// Zoom to the box that is chosen, and from then on to each that is; or back to the whole picture.
export function toggleZoom(page) {
  follows = !follows;
  followed = null;
  if (!follows) page.image.sizeToFit();
}

export function keepInSight(page) {
  const { image } = page;
  // Label Studio makes a picture smaller with its window, and never larger again.
  const now = `${image.containerWidth} ${image.containerHeight}`;
  if (now !== size && whole && !follows) image.sizeToFit();
  size = now;
  whole = fitted(image);
  if (!follows) return;
  const region = selected(page).at(-1) ?? null;
  if (region === followed) return;
  followed = region;
  if (region) zoomTo(image, region);
  else image.sizeToFit();
}

function zoomTo(image, region) {
  const { middle, width, length } = placed(region, image);
  const wanted = (SIDE_SHARE * Math.min(image.containerWidth, image.containerHeight)) / Math.max(width, length);
  image.setZoom(image.maxScale > 1 ? wanted : wanted / image.maxScale);
  image.updateImageAfterZoom();
  const scale = scaleOf(image);
  image.setZoomPosition(image.containerWidth / 2 - middle[0] * scale, image.containerHeight / 2 - middle[1] * scale);
}

export function toggleStretch() {
  light.stretch = !light.stretch;
}

// The part of the picture that is in sight and shows the scene, in its pixels: left, top, width, height.
function inSight({ image, data, canvas }) {
  const [, , left, top, zoom] = data.hardstand.frame;
  const [columns, rows] = data.hardstand.tile.slice(4).map((count) => count * zoom);
  const scale = scaleOf(image);
  const near = [image.zoomingPositionX ?? 0, image.zoomingPositionY ?? 0].map((shift) => -shift / scale);
  const low = [Math.max(left, near[0]), Math.max(top, near[1])];
  const high = [
    Math.min(left + columns, near[0] + canvas.clientWidth / scale),
    Math.min(top + rows, near[1] + canvas.clientHeight / scale),
  ];
  return [...low, ...low.map((from, axis) => Math.max(1, high[axis] - from))];
}

// The values between which almost all pixels in sight lie, 0 to 1.
function limits(page) {
  const picture = document.querySelector(".hs-picture img[alt=image]");
  const sample = document.createElement("canvas");
  sample.width = sample.height = SAMPLE_PX;
  const drawing = sample.getContext("2d", { willReadFrequently: true });
  drawing.drawImage(picture, ...inSight(page), 0, 0, SAMPLE_PX, SAMPLE_PX);
  const values = drawing.getImageData(0, 0, SAMPLE_PX, SAMPLE_PX).data.filter((_, index) => index % 4 < 3).sort();
  const [low, high] = [DARKEST, BRIGHTEST].map((share) => values[Math.floor(share * (values.length - 1))] / 255);
  return high > low ? [low, high] : [0, 1];
}

// Show the picture in another light: a filter over Label Studio's own drawing of it, and nothing else's.
export function keepLit(page) {
  const { image, canvas, data } = page;
  panel();
  const state = JSON.stringify([
    light, window.Htx.task?.id,
    light.stretch && [image.stageWidth, image.zoomScale, image.zoomingPositionX, image.zoomingPositionY, canvas.clientWidth],
  ]);
  if (state === lit) return;
  lit = state;
  const [low, high] = light.stretch && data.hardstand ? limits(page) : [0, 1];
  const table = Array.from({ length: LEVELS + 1 }, (_, level) => {
    const stretched = Math.min(1, Math.max(0, (level / LEVELS - low) / (high - low)));
    const value = Math.min(1, Math.max(0, (stretched - 0.5) * light.contrast + 0.5 + light.brightness));
    return (value ** (1 / light.gamma)).toFixed(4);
  }).join(" ");
  const plain = JSON.stringify(light) === JSON.stringify(PLAIN);
  document.body.classList.toggle("hs-lit", !plain);
  for (const channel of filter()) channel.setAttribute("tableValues", table);
}

function filter() {
  let element = document.getElementById("hs-light");
  if (!element) {
    const channels = ["R", "G", "B"].map((channel) => `<feFunc${channel} type="table"/>`).join("");
    document.body.insertAdjacentHTML(
      "beforeend",
      `<svg width="0" height="0" style="position:absolute"><filter id="hs-light" color-interpolation-filters="sRGB">
        <feComponentTransfer>${channels}</feComponentTransfer></filter></svg>`,
    );
    element = document.getElementById("hs-light");
  }
  return element.firstElementChild.children;
}

// The controls below the words.
function panel() {
  const words = document.querySelector(".hs-words");
  if (!words) return;
  let element = words.querySelector(".hs-light");
  if (!element) {
    element = document.createElement("div");
    element.className = "hs-light";
    for (const [name, title, least, most] of CONTROLS) {
      const label = document.createElement("label");
      label.textContent = title;
      const slider = document.createElement("input");
      Object.assign(slider, { type: "range", name, min: least, max: most, step: 0.01 });
      slider.addEventListener("input", () => { light[name] = Number(slider.value); });
      label.append(slider);
      element.append(label);
    }
    const stretch = document.createElement("button");
    stretch.className = "hs-stretch";
    stretch.textContent = "Stretch (e)";
    stretch.addEventListener("click", toggleStretch);
    const reset = document.createElement("button");
    reset.textContent = "As it is";
    reset.addEventListener("click", () => { light = { ...PLAIN }; });
    element.append(stretch, reset);
    words.append(element);
  }
  for (const slider of element.querySelectorAll("input")) {
    if (Number(slider.value) !== light[slider.name]) slider.value = light[slider.name];
  }
  element.querySelector(".hs-stretch").classList.toggle("hs-on", light.stretch);
}
