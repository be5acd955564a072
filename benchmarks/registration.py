"""How well scenes are laid over each other, and whether any pair is accepted that should not be.

    .venv/bin/python benchmarks/registration.py IMAGES_FOLDER --work benchmarks/data

IMAGES_FOLDER is the Airbus Aircraft Sample Dataset with `airports.csv` beside `annotations.csv`: Pléiades
scenes of one airport, taken at different times. Their shift is known from SIFT features and RANSAC, another
way than the one that is measured; cuts of one acquisition, and pairs for which that finds few features in
common, are left out. The others are rendered: the same
airfield on different days with other ground, sun, aircraft, season, sensor, GSD and offset, which are known.
Of 200 pairs 40 do not belong together. None was looked at while the registration was written: that was done
on sites 01 and 02 and on seeds below 1000.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import shutil
import statistics
import sys
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray

from imagery import NoRegistration, open_scene, register, render_airfield
from imagery.synthetic.practice_ground import render_practice_ground

PAIRS, STRANGE = 200, 40  # in all, and of these the pairs that do not belong together
WRITTEN_ON = ("site-01", "site-02")  # the sites that the registration was written with
SIDE_PX = 2560  # of a scene
STEP_PX = 256  # scenes of an acquisition are cut from it in multiples of so many pixels
FEATURES = (60, 1000)  # in common: fewer give no exact shift, more have only two cuts of one acquisition
MOST_SCALE, MOST_TURN_DEG = 0.002, 0.1  # between two scenes: more, and SIFT's fit is not believed
RENDERED, FIRST_SEED = 8, 130_000
GSDS_M = (0.5, 0.5, 0.7, 1.0, 2.0, 3.0, 5.0, 10.0)
WRONG_M = 3.0  # an accepted registration that is farther off is wrong; a coarse pixel, where that is more
Pixels = NDArray[np.uint8]


class Pair(NamedTuple):
    """Two scenes.

    Attributes:
        kind: Row of the table.
        scene: The first.
        other: The second.
        shift_m: East and north from a place in the first to the same ground in the second, in the middle of
            what they share; None where they do not belong together.
    """

    kind: str
    scene: Path
    other: Path
    shift_m: tuple[float, float] | None


def sites_of(folder: Path) -> dict[str, list[str]]:
    """Return the scenes of each site that the registration was not written with."""
    sites = defaultdict(list)
    with (folder / "airports.csv").open(newline="") as table:
        for row in csv.DictReader(table):
            if row["airport"] not in WRITTEN_ON:
                sites[row["airport"]].append(row["image_id"])
    return {site: sorted(names) for site, names in sorted(sites.items())}


def known_shifts(folder: Path, work: Path) -> list[tuple[str, str, float, float]]:
    """Match the scenes of each site by SIFT; return pairs and the pixels from one to the other."""
    cache = work / "pleiades-shifts.json"
    if not cache.exists():
        found, sift = [], cv2.SIFT.create(4000)
        for names in sites_of(folder).values():
            features = {}
            for name in names:
                image = str(folder / "images" / name)
                half = cv2.imread(image, cv2.IMREAD_REDUCED_GRAYSCALE_2)
                features[name] = sift.detectAndCompute(half, None)  # type: ignore[call-overload]
            for name, other in itertools.combinations(names, 2):
                shift = matched(*features[name], *features[other])
                if shift:
                    found.append((name, other, *shift))
        cache.write_text(json.dumps(found))
    return [tuple(row) for row in json.loads(cache.read_text())]


def matched(
    points: list[cv2.KeyPoint],
    words: NDArray[np.float32],
    others: list[cv2.KeyPoint],
    theirs: NDArray[np.float32],
) -> tuple[float, float] | None:
    """Return the shift between two scenes in the middle of what they share, in pixels of 0.5 m."""
    near = cv2.BFMatcher().knnMatch(words, theirs, k=2)
    good = [first for first, second in near if first.distance < 0.8 * second.distance]
    here = np.array([points[match.queryIdx].pt for match in good], np.float32)
    there = np.array([others[match.trainIdx].pt for match in good], np.float32)
    matrix, inliers = cv2.estimateAffinePartial2D(here, there, ransacReprojThreshold=2)
    if inliers is None or not FEATURES[0] <= int(inliers.sum()) < FEATURES[1]:
        return None
    # Two orthoimages of one producer differ less; such a fit holds a lean of buildings, not the ground.
    scale, turn = np.hypot(matrix[0, 0], matrix[1, 0]), np.degrees(np.arctan2(matrix[1, 0], matrix[0, 0]))
    if abs(scale - 1) > MOST_SCALE or abs(turn) > MOST_TURN_DEG:
        return None
    middle = SIDE_PX / 4 - np.round(2 * matrix[:, 2] / STEP_PX) * STEP_PX / 4
    right, down = 2 * (matrix @ [*middle, 1] - middle)
    return float(right), float(down)


def pleiades(folder: Path, work: Path) -> Iterator[Pair]:
    """Yield real pairs of one airport, and real ones that are placed as if they were of one place."""
    sites, shifts = sites_of(folder), known_shifts(folder, work)
    for name, other, right, down in shifts:
        steps = round(right / STEP_PX), round(down / STEP_PX)
        first, second = placed(folder, work, name, (0, 0)), placed(folder, work, other, steps)
        rest = (0.5 * (right - steps[0] * STEP_PX), -0.5 * (down - steps[1] * STEP_PX))
        yield Pair("Pléiades, one airport", first, second, rest)
    apart = [(a, b) for a, b, right, down in shifts if max(abs(right), abs(down)) > STEP_PX / 2]
    for name, other in apart[:10]:
        yield Pair(
            "Pléiades, another part of the airport",
            placed(folder, work, name, (0, 0)),
            placed(folder, work, other, (0, 0)),
            None,
        )
    firsts = [names[0] for names in sites.values()]
    for name, other in list(itertools.combinations(firsts, 2))[::3][:10]:
        yield Pair(
            "Pléiades, another airport",
            placed(folder, work, name, (0, 0)),
            placed(folder, work, other, (0, 0)),
            None,
        )


def placed(folder: Path, work: Path, name: str, steps: tuple[int, int]) -> Path:
    """Copy a scene to where a number of steps from a common corner puts it."""
    path = work / f"{Path(name).stem[:8]}{steps[0]:+d}{steps[1]:+d}.jpg"
    if not path.exists():
        source = folder / "images" / name
        east, north = 400_000.25 - steps[0] * STEP_PX / 2, 1_399_999.75 + steps[1] * STEP_PX / 2
        path.with_suffix(".jgw").write_text(f"0.5\n0\n0\n-0.5\n{east}\n{north}\n")
        shutil.copy(f"{source}.aux.xml", f"{path}.aux.xml")
        shutil.copy(source, path)
    return path


def looked_at(
    pixels: Pixels, rng: np.random.Generator, gsd_m: float, offset_m: tuple[float, float]
) -> tuple[Pixels, Affine]:
    """Return what another sensor makes of a picture of 0.5 m in another season, and its transform."""
    seen: NDArray[Any] = pixels.astype(np.float32)
    green = np.clip((seen[..., 1] - seen[..., 2]) / 25, 0, 1)[..., None]  # vegetation and soil, not pavement
    seen *= 1 + green * rng.uniform(-0.45, 0.25) * np.array([1.1, 0.6, 1.0], np.float32)
    seen = 255 * (seen.clip(0, 255) / 255) ** rng.uniform(0.7, 1.5) * rng.uniform(0.6, 1.0) + rng.uniform(
        0, 50
    )
    zoom = gsd_m / 0.5
    seen = cv2.GaussianBlur(seen, (0, 0), 0.45 * zoom * rng.uniform(0.9, 1.4))
    side = int(pixels.shape[0] / zoom) - 8
    begin = rng.uniform(0, 4, 2) * zoom
    warp = np.array([[zoom, 0, begin[0] + zoom / 2 - 0.5], [0, zoom, begin[1] + zoom / 2 - 0.5]])
    seen = cv2.warpAffine(seen, warp, (side, side), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    if rng.random() < 0.4:  # panchromatic
        seen = seen.mean(axis=2, keepdims=True)
    seen = seen + rng.normal(0, rng.uniform(1, 4), seen.shape)
    left, top = 600_000 + begin[0] * 0.5 + offset_m[0], 1_390_000 - begin[1] * 0.5 + offset_m[1]
    return seen.clip(0, 255).astype(np.uint8), Affine(gsd_m, 0, left, 0, -gsd_m, top)


def write(path: Path, look: tuple[Pixels, Affine]) -> Path:
    """Write a picture as a GeoTIFF."""
    pixels, transform = look
    height, width, count = pixels.shape
    with rasterio.open(
        path, "w", driver="GTiff", width=width, height=height, count=count, dtype="uint8", crs="EPSG:32629",
        transform=transform, tiled=True,
    ) as file:  # fmt: skip
        file.update_tags(RENDERED="true")
        file.write(np.moveaxis(pixels, -1, 0))
    return path


def rendered_days(work: Path) -> list[Pixels]:
    """Render the airfield on different days: other sun, ground, stains and aircraft."""
    days = []
    for index in range(RENDERED):
        path = work / f"day-{index}.tif"
        if not path.exists():
            render_airfield(path, seed=FIRST_SEED + index, acquired=date(2023, 1 + 3 * index % 12, 15))
        with rasterio.open(path) as file:
            days.append(np.moveaxis(file.read(), 0, -1))
    return days


def rendered(work: Path, count: int, strange: int) -> Iterator[Pair]:
    """Yield rendered pairs that belong together, and such as do not."""
    days, rng = rendered_days(work), np.random.default_rng(20_261_128)
    for index in range(count):
        first, second = rng.choice(RENDERED, 2, replace=False)
        offsets = rng.uniform(-18, 18, (2, 2)) * np.sqrt(0.5)
        looks = [
            looked_at(days[day], rng, float(gsd), (float(off[0]), float(off[1])))
            for day, gsd, off in zip((first, second), rng.choice(GSDS_M, 2), offsets, strict=True)
        ]
        paths = [write(work / f"look-{index}-{half}.tif", look) for half, look in enumerate(looks)]
        shift = offsets[1] - offsets[0]
        coarser = max(look[1].a for look in looks)
        kind = next(f"rendered, up to {most:g} m" for most in (1.0, 3.0, 10.0) if coarser <= most)
        yield Pair(kind, paths[0], paths[1], (float(shift[0]), float(shift[1])))
    for index in range(strange):
        day, other = rng.choice(RENDERED, 2, replace=False)
        kind, pixels, offset = _not_belonging(index, days[other], rng)
        first_path = write(work / f"strange-{index}-0.tif", looked_at(days[day], rng, 0.5, (0.0, 0.0)))
        gsd = float(rng.choice(GSDS_M[:6]))
        yield Pair(
            kind,
            first_path,
            write(work / f"strange-{index}-1.tif", looked_at(pixels, rng, gsd, offset)),
            None,
        )


def _not_belonging(
    index: int, pixels: Pixels, rng: np.random.Generator
) -> tuple[str, Pixels, tuple[float, float]]:
    """Return a picture that does not belong to the airfield where it says it lies."""
    if index % 4 == 0:
        return "rendered, turned by 180°", pixels[::-1, ::-1], (0.0, 0.0)
    if index % 4 == 1:
        return "rendered, mirrored", pixels[:, ::-1], (0.0, 0.0)
    if index % 4 == 2:
        azimuth, far = rng.uniform(0, 2 * np.pi), rng.uniform(80, 300)
        return (
            "rendered, 80 to 300 m off",
            pixels,
            (float(far * np.cos(azimuth)), float(far * np.sin(azimuth))),
        )
    ground = render_practice_ground(FIRST_SEED + index).pixels
    side = pixels.shape[0]
    return "rendered, another ground", cv2.resize(ground, (side, side)).astype(np.uint8), (0.0, 0.0)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--work", type=Path, default=Path("benchmarks/data"))
    arguments = parser.parse_args()
    work = arguments.work / "registration"
    work.mkdir(parents=True, exist_ok=True)
    real = list(pleiades(arguments.folder, work))
    unrelated = sum(pair.shift_m is None for pair in real)
    count = PAIRS - STRANGE - (len(real) - unrelated)
    rows = defaultdict(list)
    for pair in itertools.chain(real, rendered(work, count, STRANGE - unrelated)):
        rows[pair.kind].append(measured(pair))
    print(
        "| | pairs | accepted | wrong | left over, median; 95 % | median in pixels of the coarser "
        "| within 2 stated errors |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for kind, results in rows.items():
        table_row(kind, results)
    table_row("belong together", [r for results in rows.values() for r in results if r.together])
    table_row("do not", [r for results in rows.values() for r in results if not r.together])


class Result(NamedTuple):
    """What became of a pair.

    Attributes:
        together: Whether it belongs together.
        left_m: How far the registration is off; None where refused, infinite where none is right.
        error_m: What it states.
        gsd_m: The coarser of the two.
    """

    together: bool
    left_m: float | None
    error_m: float
    gsd_m: float

    @property
    def wrong(self) -> bool:
        """Whether it was accepted and is not right."""
        return self.left_m is not None and self.left_m > max(WRONG_M, self.gsd_m)


def measured(pair: Pair) -> Result:
    """Register a pair and compare with what is known."""
    with open_scene(pair.scene) as scene, open_scene(pair.other) as other:
        gsd_m = max(scene.grid.gsd_m(), other.grid.gsd_m())
        try:
            registration = register(scene, other)
        except NoRegistration as refused:
            print(f"{pair.kind}: {pair.scene.name} {pair.other.name}: refused: {refused}", file=sys.stderr)
            return Result(pair.shift_m is not None, None, 0.0, gsd_m)
    left_m = float("inf")
    if pair.shift_m is not None:
        left_m = float(np.hypot(*np.subtract(registration.shift_m, pair.shift_m)))
    print(
        f"{pair.kind}: {pair.scene.name} {pair.other.name}: {left_m:.2f} m, {registration}", file=sys.stderr
    )
    return Result(pair.shift_m is not None, left_m, registration.error_m, gsd_m)


def table_row(kind: str, results: list[Result]) -> None:
    """Print one line of the table."""
    accepted = [result for result in results if result.left_m is not None]
    right = [result for result in accepted if result.left_m is not None and not result.wrong]
    cells = [kind, str(len(results)), str(len(accepted)), str(sum(result.wrong for result in results))]
    if right:
        left = [result.left_m or 0.0 for result in right]
        in_pixels = statistics.median((result.left_m or 0.0) / result.gsd_m for result in right)
        within = sum((result.left_m or 0.0) <= 2 * result.error_m for result in right) / len(right)
        cells += [
            f"{statistics.median(left):.2f} m; {np.quantile(left, 0.95):.2f} m",
            f"{in_pixels:.2f}",
            f"{within:.0%}",
        ]
    else:
        cells += ["", "", ""]
    print(f"| {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
