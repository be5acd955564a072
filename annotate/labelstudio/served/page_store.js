// What the page holds: Label Studio's store, read in one place.

const LABEL = "Aircraft";
const FITTED = 1.001; // what is zoomed by less is shown whole

// The task that is shown, once its picture is; null before.
export function shown() {
  const annotation = window.Htx?.annotationStore?.selected;
  const image = annotation?.names.get("image");
  const canvas = document.querySelector(".hs-picture .konvajs-content");
  if (!canvas || !image?.currentImageEntity?.imageLoaded) return null;
  const data = annotation.store?.task?.dataObj ?? window.Htx.task?.dataObj ?? {};
  return { annotation, image, canvas, data };
}

export function candidatesOf({ data }) {
  return data.hardstand?.candidates ?? [];
}

export function idOf(region) {
  return region.cleanId ?? region.id;
}

export function value(region, tag) {
  return region.results.find((result) => result.from_name.name === tag)?.mainValue ?? [];
}

// The boxes of aircraft, in the order of the page.
export function aircraft({ annotation }) {
  return annotation.regions.filter((region) => !region.hidden && value(region, "aircraft").includes(LABEL));
}

export function selected(page) {
  return aircraft(page).filter((region) => page.annotation.selectedRegions.includes(region));
}

// The designator of the type that somebody gave a box, by key or in the list; undefined without one.
export function typeOf(region) {
  const [listed, byKey] = [value(region, "type")[0]?.at(-1), value(region, "usual")[0]];
  return listed ?? (byKey === "unknown" ? undefined : byKey);
}

// Give boxes a type, or none, as one step of undo.
export function nameType({ annotation }, regions, path) {
  const [list, usual] = [annotation.names.get("type"), annotation.names.get("usual")];
  annotation.history.freeze("type");
  for (const region of regions) {
    annotation.selectArea(region);
    if (value(region, "usual").length) {
      usual.resetSelected();
      usual.updateResult();
    }
    list.onChange(null, path ? [path] : []);
  }
  annotation.selectAreas(regions);
  annotation.history.unfreeze("type");
}

export function fitted(image) {
  return image.zoomScale < FITTED;
}

// Pixels of the screen per pixel of the picture.
export function scaleOf(image) {
  return (image.stageWidth * image.zoomScale) / image.naturalWidth;
}

// A place of the picture, in its pixels, on the canvas.
export function onCanvas(image, [x, y]) {
  const scale = scaleOf(image);
  return [x * scale + (image.zoomingPositionX ?? 0), y * scale + (image.zoomingPositionY ?? 0)];
}

// A box in pixels of the picture: its middle, unit vectors to its nose and its right wing tip, and its size.
export function placed(region, { naturalWidth, naturalHeight }) {
  const turn = (region.rotation * Math.PI) / 180;
  let [across, ahead] = [[Math.cos(turn), Math.sin(turn)], [Math.sin(turn), -Math.cos(turn)]];
  const [width, length] = [(region.width / 100) * naturalWidth, (region.height / 100) * naturalHeight];
  const corner = [(region.x / 100) * naturalWidth, (region.y / 100) * naturalHeight];
  const middle = [0, 1].map((axis) => corner[axis] + (across[axis] * width - ahead[axis] * length) / 2);
  if (value(region, "nose")[0] === "swapped") {
    // The nose is at the other end, and what is drawn shows what will be logged.
    [across, ahead] = [across, ahead].map((way) => way.map((part) => -part));
  }
  return { middle, across, ahead, width, length };
}

// Metres on the ground per pixel of the picture, and the way to true north in it where that is known.
export function groundOf({ data }) {
  const ground = data.ground;
  if (!ground) return null;
  const [[a, b], [c, d]] = ground.matrix;
  const turned = a * d - b * c;
  const north = [-b / turned, a / turned];
  const length = Math.hypot(...north);
  return {
    metres: Math.sqrt(Math.abs(turned)),
    north: ground.placed ? north.map((part) => part / length) : null,
  };
}
