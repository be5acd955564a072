// What hardstand adds to Label Studio's page on the server that it starts. Marks are drawn over the picture
// from the boxes themselves, at every change, so none is left where its box no longer is.

import { sayWhatWasSkipped } from "./page_end.js";

const SVG = "http://www.w3.org/2000/svg";
const [GAP_PX, MARK_PX, MARK_WIDTH_PX] = [4, 13, 8]; // on the screen, whatever the zoom

function shown() {
  const annotation = window.Htx?.annotationStore?.selected;
  const image = annotation?.names.get("image");
  const canvas = document.querySelector(".hs-picture .konvajs-content");
  return canvas && image?.currentImageEntity?.imageLoaded ? { annotation, image, canvas } : null;
}

function candidatesOf(annotation) {
  const data = annotation.store?.task?.dataObj ?? window.Htx.task?.dataObj;
  return data?.hardstand?.candidates ?? [];
}

// A box on the canvas: middle, the way to its nose and to its right wing tip, in pixels of the screen.
function placed(region, image) {
  const zoom = image.zoomScale ?? 1;
  const width = (region.width / 100) * image.stageWidth * zoom;
  const length = (region.height / 100) * image.stageHeight * zoom;
  const corner = [
    (region.x / 100) * image.stageWidth * zoom + (image.zoomingPositionX ?? 0),
    (region.y / 100) * image.stageHeight * zoom + (image.zoomingPositionY ?? 0),
  ];
  const turn = (region.rotation * Math.PI) / 180;
  const [across, ahead] = [[Math.cos(turn), Math.sin(turn)], [Math.sin(turn), -Math.cos(turn)]];
  const nose = [corner[0] + (across[0] * width) / 2, corner[1] + (across[1] * width) / 2];
  return { nose, across, ahead, width, length };
}

function mark({ nose, across, ahead }, number, sure) {
  const at = (forward, side) =>
    [0, 1].map((axis) => nose[axis] + ahead[axis] * forward + across[axis] * side);
  const half = MARK_WIDTH_PX / 2;
  const corners = [at(GAP_PX + MARK_PX, 0), at(GAP_PX, half), at(GAP_PX, -half)];
  const group = document.createElementNS(SVG, "g");
  const triangle = document.createElementNS(SVG, "polygon");
  triangle.setAttribute("points", corners.map((corner) => corner.join(",")).join(" "));
  triangle.setAttribute("class", sure ? "hs-nose" : "hs-nose hs-unsure");
  group.append(triangle);
  if (number) {
    const label = document.createElementNS(SVG, "text");
    const [x, y] = at(GAP_PX + MARK_PX + 10, 0);
    label.setAttribute("x", x);
    label.setAttribute("y", y);
    label.textContent = number;
    group.append(label);
  }
  return group;
}

let drawn = "";

function drawMarks() {
  const page = shown();
  if (!page) return;
  const { annotation, image, canvas } = page;
  const candidates = candidatesOf(annotation);
  const numbers = new Map(candidates.map((candidate, index) => [candidate.id, index + 1]));
  const labels = (region) => region.results.find((result) => result.type === "rectanglelabels")?.mainValue ?? [];
  const regions = annotation.regions.filter((region) => !region.hidden && labels(region).includes("Aircraft"));
  const said = (region) =>
    region.results.find((result) => result.from_name.name === "nose")?.mainValue?.[0] ?? "";
  const state = JSON.stringify([
    image.stageWidth, image.stageHeight, image.zoomScale, image.zoomingPositionX, image.zoomingPositionY,
    regions.map((region) => [region.cleanId ?? region.id, region.x, region.y, region.width, region.height, region.rotation, said(region)]),
  ]);
  let layer = canvas.querySelector(".hs-marks");
  if (layer && state === drawn) return;
  drawn = state;
  if (!layer) {
    layer = document.createElementNS(SVG, "svg");
    layer.setAttribute("class", "hs-marks");
    canvas.append(layer);
  }
  layer.replaceChildren(
    ...regions.map((region) => {
      const id = region.cleanId ?? region.id;
      const box = placed(region, image);
      const nose = said(region);
      if (nose === "swapped") {
        // The nose is at the other end, and the mark shows what will be logged.
        box.nose = [0, 1].map((axis) => box.nose[axis] - box.ahead[axis] * box.length);
        box.ahead = box.ahead.map((value) => -value);
      }
      const candidate = candidates[numbers.get(id) - 1];
      const sure = nose !== "" || candidate?.properties.heading_sure === true;
      return mark(box, numbers.get(id), sure);
    }),
  );
}

// An aircraft has one type: who names it by a key clears the list, and the other way round.
const before = new Map();

function keepOneType() {
  const annotation = window.Htx?.annotationStore?.selected;
  if (!annotation) return;
  for (const region of annotation.regions) {
    const value = (tag) =>
      region.results.find((result) => result.from_name.name === tag)?.mainValue ?? [];
    const [key, list] = [JSON.stringify(value("usual")), JSON.stringify(value("type"))];
    const last = before.get(region.id) ?? ["[]", "[]"];
    if (key !== "[]" && list !== "[]" && region.selected) {
      if (list !== last[1]) clear(annotation.names.get("usual"));
      else clear(annotation.names.get("type"));
    }
    before.set(region.id, [key, list]);
  }
}

function clear(tag) {
  if (tag.type === "taxonomy") tag.onChange(null, []);
  else {
    tag.resetSelected();
    tag.updateResult();
  }
}

// Keys belong to the picture; a field or list that has the focus takes them until Escape gives them back.
document.addEventListener(
  "keydown",
  (event) => {
    const field = event.target.closest?.("input, textarea, select, [contenteditable], .ant-select");
    if (event.key === "Escape" && field && field.closest(".hs-words, .ant-select-dropdown, .lsf-taxonomy-dropdown")) {
      setTimeout(() => document.activeElement?.blur());
    }
  },
  true,
);

const style = document.createElement("style");
style.textContent = `
.hs-marks { position: absolute; inset: 0; width: 100%; height: 100%; overflow: hidden; pointer-events: none; }
.hs-nose { fill: #00e5ff; stroke: #000; stroke-width: 1; }
.hs-nose.hs-unsure { fill: none; stroke: #00e5ff; stroke-width: 1.5; }
.hs-marks text { fill: #00e5ff; stroke: #000; stroke-width: 3; paint-order: stroke;
  font: 600 13px sans-serif; text-anchor: middle; dominant-baseline: central; }
`;
document.head.append(style);

function everyFrame() {
  drawMarks();
  keepOneType();
  sayWhatWasSkipped();
  requestAnimationFrame(everyFrame);
}

requestAnimationFrame(everyFrame);
