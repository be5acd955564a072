// Joins the parts of the page: map, tables, the sightings' cards, and paper.

const dataOf = (id) => JSON.parse(document.getElementById(id).textContent);
const pictures = dataOf("pictures-data");
const cards = dataOf("cards-data"); // [entry, HTML], in the order of the table's rows
const showPictures = (part) => part.querySelectorAll("img[data-picture]").forEach((image) => (image.src = pictures[image.dataset.picture]));
showPictures(document);
for (const later of document.querySelectorAll(".later")) {
  later.querySelector("button").addEventListener("click", () => {
    const content = later.querySelector("template").content;
    showPictures(content);
    later.replaceWith(content);
  });
}

// A sighting's card. Its text was escaped when the page was written; it becomes elements only when it is shown.
function cardOf(number) {
  const holder = document.createElement("template");
  holder.innerHTML = cards[number][1];
  const card = holder.content.firstElementChild;
  showPictures(card);
  return card;
}

const root = document.getElementById("sightings");
let chart = null, sightings = null;
if (root) {
  sightings = new DataTable(root, dataOf("sightings-data"), {
    things: ["sighting", "sightings"], opened: cardOf, changed: (numbers) => chart?.show(numbers),
  });
  sightings.openedRows.add(0);
  sightings.draw();
}
const scenesRoot = document.getElementById("scenes");
const scenes = scenesRoot && new DataTable(scenesRoot, dataOf("scenes-data"), { things: ["image", "images"] });

const drawing = document.getElementById("map");
if (drawing) {
  const data = dataOf("map-data");
  for (const ground of data.grounds) ground.href = pictures[ground.picture];
  chart = new EvidenceMap(drawing, document.getElementById("map-tools"), data, (numbers) => sightings.reveal(numbers));
}

function goToNamed() {
  const id = decodeURIComponent(location.hash.slice(1)).replace(/^sighting-/, "");
  const number = cards.findIndex(([entry]) => entry === id);
  if (number >= 0) sightings.reveal([number]);
}
addEventListener("hashchange", goToNamed);
goToNamed();

// On paper nothing can be opened, so every sighting that the table has found is printed with its card.
const PAPER_PX = [690, 345]; // the map on a page of A4, upright
const onPaper = document.getElementById("print-cards");
addEventListener("beforeprint", () => {
  sightings?.showAll(true);
  scenes?.showAll(true);
  chart?.onPaper(PAPER_PX);
  onPaper?.replaceChildren(...(sightings?.found ?? []).map((row) => cardOf(row.number)));
});
addEventListener("afterprint", () => {
  onPaper?.replaceChildren();
  chart?.onPaper(null);
  sightings?.showAll(false);
  scenes?.showAll(false);
});
