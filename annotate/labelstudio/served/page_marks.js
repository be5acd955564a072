// What lies over the picture: a mark at each nose, the outline of a type, and scale and north where the strip
// below the picture is out of sight. All is drawn from the boxes, at every change, so none is left behind.

import { aircraft, candidatesOf, fitted, groundOf, idOf, onCanvas, placed, scaleOf, typeOf, value } from "./page_store.js";
import { drawList, outlines, pointedTo } from "./page_types.js";

const SVG = "http://www.w3.org/2000/svg";
const [GAP_PX, MARK_PX, MARK_WIDTH_PX, LABEL_PX] = [4, 13, 8, 10]; // on the screen, whatever the zoom
const [EDGE_PX, ARROW_PX, BAR_SHARE] = [14, 16, 0.25];

let drawn = "";

export function drawMarks(page) {
  const { image, canvas, annotation, data } = page;
  const regions = aircraft(page);
  const state = JSON.stringify([
    image.stageWidth, image.stageHeight, image.zoomScale, image.zoomingPositionX, image.zoomingPositionY,
    canvas.clientWidth, canvas.clientHeight, pointedTo(), window.Htx.task?.id,
    regions.map((region) => [
      idOf(region), region.x, region.y, region.width, region.height, region.rotation,
      value(region, "nose"), typeOf(region), annotation.selectedRegions.includes(region),
    ]),
  ]);
  let layer = canvas.querySelector(".hs-marks");
  if (layer && state === drawn) return;
  drawn = state;
  if (!layer) {
    layer = document.createElementNS(SVG, "svg");
    layer.setAttribute("class", "hs-marks");
    canvas.append(layer);
  }
  const numbers = new Map(candidatesOf(page).map((candidate, index) => [candidate.id, index + 1]));
  layer.replaceChildren(
    ...outlines(page).map(({ points, certain }) => polygon(points, certain ? "hs-outline" : "hs-outline hs-maybe")),
    ...regions.map((region) => mark(page, region, numbers.get(idOf(region)))),
    ...(fitted(image) || !data.ground ? [] : measures(page)),
  );
  drawList(page);
}

function polygon(points, name) {
  const shape = document.createElementNS(SVG, "polygon");
  shape.setAttribute("points", points.map((point) => point.join(",")).join(" "));
  shape.setAttribute("class", name);
  return shape;
}

function text([x, y], words) {
  const label = document.createElementNS(SVG, "text");
  label.setAttribute("x", x);
  label.setAttribute("y", y);
  label.textContent = words;
  return label;
}

function mark(page, region, number) {
  const { middle, across, ahead, length } = placed(region, page.image);
  const nose = onCanvas(page.image, [0, 1].map((axis) => middle[axis] + (ahead[axis] * length) / 2));
  const at = (forward, side) =>
    [0, 1].map((axis) => nose[axis] + ahead[axis] * forward + across[axis] * side);
  const half = MARK_WIDTH_PX / 2;
  const sure = value(region, "nose").length > 0 || candidatesOf(page)[number - 1]?.properties.heading_sure === true;
  const group = document.createElementNS(SVG, "g");
  const corners = [at(GAP_PX + MARK_PX, 0), at(GAP_PX, half), at(GAP_PX, -half)];
  group.append(polygon(corners, sure ? "hs-nose" : "hs-nose hs-unsure"));
  const words = [number, typeOf(region)].filter(Boolean).join(" ");
  if (words) group.append(text(at(GAP_PX + MARK_PX + LABEL_PX, 0), words));
  return group;
}

// A bar of 1, 2 or 5 times a power of ten metres, and an arrow to true north where that is known.
function measures(page) {
  const { canvas, image } = page;
  const ground = groundOf(page);
  const metres = ground.metres / scaleOf(image); // per pixel of the screen
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  const longest = BAR_SHARE * width * metres;
  const decade = 10 ** Math.floor(Math.log10(longest));
  const length = Math.max(...[1, 2, 5].map((step) => step * decade).filter((step) => step <= longest));
  const bar = document.createElementNS(SVG, "path");
  const [start, low] = [EDGE_PX, height - EDGE_PX];
  bar.setAttribute("class", "hs-bar");
  bar.setAttribute("d", `M${start},${low - 6} V${low} H${start + length / metres} V${low - 6}`);
  const words = text([start + length / metres / 2, low - 12], length < 1000 ? `${length} m` : `${length / 1000} km`);
  if (!ground.north) return [bar, words];
  const [x, y] = [width - EDGE_PX - ARROW_PX, height - EDGE_PX - ARROW_PX];
  const [right, down] = ground.north;
  const at = (forward, side) => [x + ARROW_PX * (right * forward - down * side), y + ARROW_PX * (down * forward + right * side)];
  return [bar, words, polygon([at(1, 0), at(-1, 0.6), at(-0.5, 0), at(-1, -0.6)], "hs-north"), text(at(1.6, 0), "N")];
}
