// What hardstand adds to Label Studio's page on the server that it starts: what is drawn over the picture, and
// keys. The store of Label Studio is looked at once per frame, since it tells nobody of its changes.

import { fetchAhead } from "./page_ahead.js";
import { sayWhatWasSkipped } from "./page_end.js";
import { drawMarks } from "./page_marks.js";
import { keepInSight, keepLit, toggleStretch, toggleZoom } from "./page_sight.js";
import { shown } from "./page_store.js";
import { keepOneType, press, selectAll } from "./page_types.js";
import { closeViews, drawViews, toggleView } from "./page_views.js";

const CHOSEN = "input[type=checkbox], input[type=radio], input[type=range], .hs-words button, .ant-select-item-option";
const WRITTEN = "textarea, [contenteditable], input:not([type=checkbox], [type=radio], [type=range])";

// Panels that no review needs are closed until somebody opens them: Label Studio keeps what is open here.
const PANELS = "panelState";
const CLOSED = {
  "info-history": [["info", "Info"], ["history", "History"]],
  "regions-relations": [["regions", "Regions"], ["relations", "Relations"]],
};

function closePanels() {
  if (localStorage.getItem(PANELS)) return;
  const panels = Object.entries(CLOSED).map(([name, views], order) => [
    name,
    {
      order: order + 1, top: 0, left: 0, relativeLeft: 0, relativeTop: 0, zIndex: 10, width: 320, height: 400,
      visible: true, detached: false, alignment: "right", maxHeight: 800,
      panelViews: views.map(([view, title], index) => ({ name: view, title, active: index === 0 })),
    },
  ]);
  const state = { panelData: Object.fromEntries(panels), collapsedSide: { left: false, right: true } };
  localStorage.setItem(PANELS, JSON.stringify(state));
}

// Which box Tab leads to: the next one, also after the one before it was deleted.
const way = { task: null, last: -1, count: 0 };

function keepWay({ annotation }) {
  const boxes = annotation.regions;
  const chosen = boxes.indexOf(annotation.selectedRegions.at(-1));
  if (way.task !== annotation.id) Object.assign(way, { task: annotation.id, last: -1, count: boxes.length });
  if (chosen >= 0) Object.assign(way, { last: chosen, count: boxes.length });
}

function chooseNext(page, step) {
  keepWay(page);
  const boxes = page.annotation.regions;
  if (!boxes.length) return;
  const chosen = boxes.indexOf(page.annotation.selectedRegions.at(-1));
  const deleted = chosen < 0 && boxes.length < way.count;
  const from = chosen >= 0 ? chosen : deleted ? way.last - (step > 0 ? 1 : 0) : step > 0 ? -1 : 0;
  page.annotation.selectArea(boxes[(from + step + boxes.length) % boxes.length]);
}

// A key that is ours does nothing else.
function heard(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
}

function pressed(event) {
  const page = shown();
  if (!page) return;
  if (event.target.closest?.(WRITTEN)) {
    if (event.key === "Escape") leaveField();
    return;
  }
  const plain = !event.ctrlKey && !event.altKey && !event.metaKey && !event.shiftKey;
  if (event.ctrlKey && !event.altKey && !event.shiftKey && event.key === "a") {
    selectAll(page);
    heard(event);
  } else if (event.key === "Tab" && !event.ctrlKey && !event.altKey && !event.metaKey) {
    chooseNext(page, event.shiftKey ? -1 : 1);
    heard(event);
  } else if (plain && event.key === "Escape" && closeViews()) heard(event);
  else if (plain && /^[0-9]$/.test(event.key) && press(page, Number(event.key))) heard(event);
  else if (plain && event.key === "z") {
    toggleZoom(page);
    heard(event);
  } else if (plain && event.key === "e") {
    toggleStretch();
    heard(event);
  } else if (plain && /^[a-z]$/.test(event.key) && toggleView(event.key)) heard(event);
}

// Keys belong to the picture; a field or list that has the focus takes them until Escape gives them back.
function leaveField() {
  document.activeElement?.blur();
}

// What is ticked, moved or chosen out of a short list has no use for keys any more.
function clicked(event) {
  if (event.target.closest?.(CHOSEN)) leaveField();
}

// Label Studio gives a list the focus a while after it was opened, also where it is closed again by then.
function focused(event) {
  if (event.target.closest?.(".ant-select-dropdown") && !document.querySelector(".ant-select-open")) leaveField();
}

const style = document.createElement("style");
style.textContent = `
.hs-marks { position: absolute; inset: 0; width: 100%; height: 100%; overflow: hidden; pointer-events: none; }
.hs-nose { fill: #00e5ff; stroke: #000; stroke-width: 1; }
.hs-nose.hs-unsure { fill: none; stroke: #00e5ff; stroke-width: 1.5; }
.hs-marks text { fill: #00e5ff; stroke: #000; stroke-width: 3; paint-order: stroke;
  font: 600 13px sans-serif; text-anchor: middle; dominant-baseline: central; }
.hs-marks .hs-gone { fill: #ff5a50; }
.hs-outline { fill: none; stroke: #fff; stroke-width: 1.5; }
.hs-outline.hs-maybe { stroke-dasharray: 5 4; }
.hs-bar { fill: none; stroke: #fff; stroke-width: 3; filter: drop-shadow(0 0 1px #000) drop-shadow(0 0 1px #000); }
.hs-north { fill: #fff; stroke: #000; }
.hs-types { position: absolute; margin: 0; padding: 3px 7px; list-style: none; cursor: pointer;
  background: #000b; color: #fff; border-radius: 4px; font: 12px/17px sans-serif; white-space: nowrap; }
.hs-types .hs-usually { opacity: 0.65; }
.hs-types .hs-named { color: #00e5ff; font-weight: 700; opacity: 1; }
.hs-types li:hover { text-decoration: underline; }
.hs-usual { display: none; }
.hs-lit .konvajs-content > canvas:first-of-type { filter: url(#hs-light); }
.hs-boxes-around { position: absolute; left: 0; top: 0; pointer-events: none; }
.hs-boxes-around polygon { fill: none; stroke: #00e5ff; stroke-width: 2; vector-effect: non-scaling-stroke; }
.hs-light { margin-top: 10px; border-top: 1px solid #8884; padding-top: 6px; }
.hs-light label { display: flex; justify-content: space-between; gap: 8px; line-height: 18px; }
.hs-light input { width: 60%; }
.hs-light button { margin-right: 10px; text-decoration: underline; }
.hs-light .hs-on { font-weight: 700; }
`;

function everyFrame() {
  const page = shown();
  if (page) for (const keep of [keepOneType, keepWay, keepInSight, keepLit, drawMarks, drawViews, fetchAhead]) keep(page);
  sayWhatWasSkipped();
  requestAnimationFrame(everyFrame);
}

closePanels();
document.head.append(style);
window.addEventListener("keydown", pressed, true);
window.addEventListener("click", clicked);
window.addEventListener("focusin", focused);
requestAnimationFrame(everyFrame);
