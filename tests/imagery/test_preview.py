"""A preview is for checking a scene by eye, so what is drawn on it must be right on every kind of grid.

North, distances and places are compared with pyproj applied to the file's transform, not with `Grid`.
"""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import shapely
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pyproj import Geod, Transformer
from rasterio.crs import CRS

from imagery.airfields import Airfield, NearestAirfield
from imagery.candidate_boxes import candidate_boxes
from imagery.errors import OutputExists, SceneError, UsageError
from imagery.grid import Grid, LonLat
from imagery.preview import (
    AIRFIELD,
    AOI_EDGE,
    BOX_EDGE,
    WARNING,
    area_in_picture,
    ground_matrix,
    length_text,
    north_in_picture,
    preview_tile,
    scale_bar,
    write_preview,
)
from imagery.scene import open_scene
from imagery.tiling import plan_tiles

UTM29, UTM32, LONLAT, ANTARCTIC = (CRS.from_epsg(code) for code in (32629, 32632, 4326, 3031))
MIDDLE = Affine.translation(600000, 1400000)
DEGREE = 0.5 / 111320  # half a metre along a meridian

WIDTH, HEIGHT = 2400, 1900
GRIDS = {
    "north-up": Grid(WIDTH, HEIGHT, MIDDLE @ Affine.scale(0.5, -0.5), UTM29),
    "rotated by 30 degrees": Grid(
        WIDTH, HEIGHT, MIDDLE @ Affine.rotation(30) @ Affine.scale(0.5, -0.5), UTM29
    ),
    "south-up": Grid(WIDTH, HEIGHT, MIDDLE @ Affine.scale(0.5, 0.5), UTM29),
    "far from the central meridian": Grid(WIDTH, HEIGHT, Affine(0.5, 0, 830000, 0, -0.5, 6670000), UTM32),
    "geographic at 60 degrees north": Grid(WIDTH, HEIGHT, Affine(DEGREE, 0, 11, 0, -DEGREE, 60), LONLAT),
    "geographic and rotated, so sheared on the ground": Grid(
        WIDTH,
        HEIGHT,
        Affine.translation(11, 60) @ Affine.rotation(40) @ Affine.scale(DEGREE, -DEGREE),
        LONLAT,
    ),
    "pixels of 0.5 by 0.8 m": Grid(WIDTH, HEIGHT, MIDDLE @ Affine.scale(0.5, -0.8), UTM29),
    "polar stereographic": Grid(WIDTH, HEIGHT, Affine(1, 0, 300000, 0, -1, -1200000), ANTARCTIC),
    "tiny": Grid(175, 143, MIDDLE @ Affine.scale(0.6, -0.6), UTM29),
    "large and coarse": Grid(9000, 5000, MIDDLE @ Affine.scale(3, -3), UTM29),
}
every_grid = pytest.mark.parametrize("grid", GRIDS.values(), ids=GRIDS.keys())
GEOD = Geod(ellps="WGS84")


def geodesic(grid: Grid, start: np.ndarray, end: np.ndarray) -> tuple[float, float]:
    """Azimuth in degrees and length in metres between two places of the picture."""
    tile = preview_tile(grid)
    to_lonlat = Transformer.from_crs(grid.crs.to_wkt(), "EPSG:4326", always_xy=True)
    places = []
    for x, y in (start, end):
        pixel = (x * grid.width / tile.out_width, y * grid.height / tile.out_height)
        places += to_lonlat.transform(*(grid.transform @ pixel))
    azimuth, _, length = GEOD.inv(*places)
    return azimuth, length


def middle_of(grid: Grid) -> np.ndarray:
    tile = preview_tile(grid)
    return np.array([tile.out_width / 2, tile.out_height / 2])


@every_grid
def test_the_bar_is_as_long_on_the_ground_as_its_label_says(grid: Grid):
    tile = preview_tile(grid)
    bar = scale_bar(ground_matrix(grid, tile), tile.out_width)
    half = np.array([bar.length_px / 2, 0])
    _, length = geodesic(grid, middle_of(grid) - half, middle_of(grid) + half)
    metres_a_pixel = length / bar.length_px
    assert abs(length - bar.length_m) < metres_a_pixel, "off by a picture pixel or more"
    assert 0.12 <= bar.length_px / tile.out_width <= 0.30


@every_grid
def test_the_arrow_points_along_the_meridian_not_along_the_grids_north(grid: Grid):
    north = north_in_picture(ground_matrix(grid, preview_tile(grid)))
    azimuth, _ = geodesic(grid, middle_of(grid), middle_of(grid) + 50 * north)
    assert abs(azimuth) < 0.1
    assert np.hypot(*north) == pytest.approx(1)


def test_north_of_a_scene_turned_30_degrees_is_30_degrees_clockwise_and_of_a_south_up_one_down():
    turns = {}
    for name in ("north-up", "rotated by 30 degrees", "south-up"):
        right, down = north_in_picture(ground_matrix(GRIDS[name], preview_tile(GRIDS[name])))
        turns[name] = np.degrees(np.arctan2(right, -down))
    convergence = turns["north-up"]
    assert abs(convergence) < 0.5
    assert turns["rotated by 30 degrees"] == pytest.approx(30 + convergence, abs=0.1)
    assert abs(turns["south-up"]) == pytest.approx(180 - abs(convergence), abs=0.1)


@every_grid
def test_the_pictures_pixels_are_square_on_the_ground(grid: Grid):
    across, down = np.hypot(*ground_matrix(grid, preview_tile(grid)))
    assert across == pytest.approx(down, rel=0.002), "the rounding to whole pixels"


@given(st.integers(1, 200_000), st.integers(1, 200_000), st.floats(0.1, 30), st.floats(0.1, 30))
def test_a_scene_of_any_size_becomes_a_picture_that_fits_a_screen(width, height, x, y):
    tile = preview_tile(Grid(width, height, Affine(x, 0, 600000, 0, -y, 1400000), None))
    assert tile.out_width <= 1600
    assert tile.out_height <= 1360
    assert max(tile.out_width, tile.out_height) >= 599, "legible also where the scene is tiny"
    assert (tile.col, tile.row, tile.width, tile.height) == (0, 0, width, height), "all of it"


@given(st.floats(1e-3, 1e5), st.floats(300, 1600))
def test_the_bars_length_is_round_in_metres_or_kilometres(metres_a_pixel, width):
    bar = scale_bar(np.diag([metres_a_pixel, -metres_a_pixel]), width)
    digits = f"{bar.length_m:.6e}".partition("e")[0]
    assert float(digits) in (1, 2, 5)
    assert 0.119 < bar.length_px / width < 0.301


def test_lengths_read_as_people_write_them():
    assert [length_text(m) for m in (0.5, 20, 200, 992, 999.9, 1000, 4742, 50_000)] == [
        "0.5 m", "20 m", "200 m", "990 m", "1 km", "1 km", "4.7 km", "50 km",
    ]  # fmt: skip


@every_grid
def test_an_area_keeps_its_place_its_hole_and_its_parts_in_the_picture(grid: Grid):
    tile = preview_tile(grid)
    scale = np.array(tile.scale)
    ring, hole = shapely.Point(500, 400).buffer(200), shapely.Point(500, 400).buffer(100)
    drawn = shapely.MultiPolygon([ring - hole, shapely.box(100, 100, 200, 150)])
    drawn = shapely.transform(drawn, lambda xy: xy * [tile.out_width / 1600, tile.out_height / 1360])
    on_earth = shapely.transform(drawn, lambda xy: grid.lonlats(xy * scale))
    found = area_in_picture(grid, tile, on_earth)
    assert found.symmetric_difference(drawn).area < 1e-3 * drawn.area


def test_an_area_cut_at_the_antimeridian_is_whole_in_the_picture_without_a_seam():
    grid = Grid(1000, 1000, Affine(1e-5, 0, 179.995, 0, -1e-5, -17), LONLAT)
    cut = shapely.MultiPolygon(
        [shapely.box(179.998, -17.008, 180, -17.002), shapely.box(-180, -17.008, -179.998, -17.002)]
    )
    tile = preview_tile(grid)
    found = area_in_picture(grid, tile, cut)
    expected = shapely.box(300, 200, 700, 800)
    expected = shapely.transform(expected, lambda xy: xy / np.array(tile.scale))
    assert found.symmetric_difference(expected).area < 1e-3 * expected.area
    assert len(shapely.get_parts(found)) == 1


def test_an_area_as_large_as_half_the_earth_covers_the_picture_though_utm_ends_before():
    grid = GRIDS["rotated by 30 degrees"]
    tile = preview_tile(grid)
    found = area_in_picture(grid, tile, shapely.box(-90, -89, 90, 89))
    assert found.contains(shapely.box(0, 0, tile.out_width, tile.out_height))


# Pictures


GREY = 128


@pytest.fixture
def grey(geotiff: Callable[..., Path]) -> Callable[..., Path]:
    """Writes a scene of one grey on a grid."""

    def write(grid: Grid, **profile: object) -> Path:
        pixels = np.full((3, grid.height, grid.width), GREY, np.uint8)
        return geotiff(pixels, transform=grid.transform, crs=grid.crs, **profile)

    return write


def preview_of(path: Path, **options: object) -> np.ndarray:
    """(rows, cols, 3) of the preview of a scene."""
    out = path.with_name("preview.png")
    with open_scene(path) as scene:
        write_preview(scene, out, **{"tiles": [], "overwrite": True, **options})
    with Image.open(out) as image:
        assert image.format == "PNG"
        assert max(image.size) <= 1600
        return np.asarray(image.convert("RGB")).astype(int)


def near(pixels: np.ndarray, color: tuple[int, ...]) -> np.ndarray:
    return np.abs(pixels - color[:3]).max(axis=-1) < 30


def places_of(pixels: np.ndarray, color: tuple[int, ...]) -> np.ndarray:
    """(N, 2) of the (col, row) of the pixels of a colour."""
    return np.argwhere(near(pixels, color))[:, ::-1] + 0.5


@pytest.mark.parametrize("name", ["rotated by 30 degrees", "geographic at 60 degrees north", "south-up"])
def test_the_bar_that_is_painted_is_as_long_as_its_label_says(name, grey):
    grid = GRIDS[name]
    pixels = preview_of(grey(grid))
    tile = preview_tile(grid)
    lower_right = pixels[tile.out_height - 40 : tile.out_height - 10, tile.out_width // 2 :]
    # The only row of black, white, black, white, black; the white edge around it is no part of it.
    spans = [np.flatnonzero(near(row, (0, 0, 0))) for row in lower_right]
    length = max(span[-1] - span[0] + 1 for span in spans if span.size)
    half = np.array([length / 2, 0])
    _, metres = geodesic(grid, middle_of(grid) - half, middle_of(grid) + half)
    expected = scale_bar(ground_matrix(grid, tile), tile.out_width).length_m
    assert metres == pytest.approx(expected, abs=1.01 * metres / length), "a picture pixel"


@pytest.mark.parametrize(
    ("name", "azimuth"),
    [
        ("north-up", 0),
        ("rotated by 30 degrees", 30),
        ("south-up", 180),
        ("geographic at 60 degrees north", 0),
    ],
)
def test_the_n_stands_on_the_arrows_northern_side(name, azimuth, grey):
    grid = GRIDS[name]
    corner = preview_of(grey(grid))[:170, -170:]
    drawn = np.argwhere(np.abs(corner - GREY).max(axis=-1) > 40)[:, ::-1] + 0.5
    em = min(max(preview_tile(grid)[4:]) / 64, 22)  # the letters' height
    out = drawn - [170 - 4 * em, 4 * em]
    letter = out[np.hypot(*out.T) > 2.35 * em].mean(axis=0)  # beyond the arrow
    assert np.degrees(np.arctan2(letter[0], -letter[1])) % 360 == pytest.approx(azimuth, abs=4)


def test_what_is_outside_the_area_and_in_its_hole_is_darker_and_its_edge_is_drawn(grey):
    grid = Grid(800, 800, MIDDLE @ Affine.scale(0.5, -0.5), UTM29)
    outer, hole = shapely.box(100, 100, 700, 700), shapely.box(300, 300, 500, 500)
    island = shapely.box(380, 380, 420, 420)
    aoi = shapely.transform(shapely.MultiPolygon([island, outer - hole]), grid.lonlats)
    pixels = preview_of(grey(grid), aoi=aoi)
    assert (pixels[200, 200] == GREY).all(), "inside: as it is"
    assert (pixels[400, 400] == GREY).all(), "an island in the hole is inside"
    assert (pixels[400, 50] < GREY - 20).all(), "outside"
    assert (pixels[350, 350] < GREY - 20).all(), "in the hole"
    edge = places_of(pixels[:800], AOI_EDGE)
    distance = shapely.distance(shapely.points(edge), shapely.MultiPolygon([island, outer - hole]).boundary)
    assert len(edge) > 4 * 600
    assert distance.max() < 4


def test_an_area_that_misses_the_scene_darkens_all_of_it(grey):
    grid = GRIDS["tiny"]
    pixels = preview_of(grey(grid), aoi=shapely.box(100, 50, 101, 51))
    assert (pixels[200, 200] < GREY - 20).all()


def test_tile_edges_are_thin_lines_that_let_the_picture_through(grey):
    grid = Grid(800, 800, MIDDLE @ Affine.scale(0.5, -0.5), UTM29)
    tiles = plan_tiles(grid, 0.5, 200)
    pixels = preview_of(grey(grid), tiles=tiles)[300]
    lines = np.flatnonzero((pixels != GREY).any(axis=1))
    edges = {tile.col for tile in tiles} | {tile.col + tile.width - 1 for tile in tiles}
    assert set(lines) == edges
    assert (pixels[lines] > 60).all()


def test_a_grid_too_fine_to_be_seen_is_left_out(grey):
    grid = Grid(600, 600, MIDDLE @ Affine.scale(0.5, -0.5), UTM29)
    pixels = preview_of(grey(grid), tiles=plan_tiles(grid, 0.5, 2.5, overlap_m=0))
    assert (pixels[200:400, 200:400] == GREY).all(), "it would hide the picture"


def at_pixel(grid: Grid, col: float, row: float) -> NearestAirfield:
    lon, lat = grid.lonlats([(col, row)])[0]
    return NearestAirfield(Airfield("GABS", "Modibo Keita", LonLat(lon, lat)), 0.0)


@pytest.mark.parametrize("name", ["north-up", "rotated by 30 degrees", "geographic at 60 degrees north"])
def test_the_airfields_reference_point_is_marked_where_it_is(name, grey):
    grid = GRIDS[name]
    pixels = preview_of(grey(grid), nearest=at_pixel(grid, 0.3 * grid.width, 0.6 * grid.height))
    tile = preview_tile(grid)
    ring = places_of(pixels[: tile.out_height], AIRFIELD).mean(axis=0)
    np.testing.assert_allclose(ring, [0.3 * tile.out_width, 0.6 * tile.out_height], atol=1)


@pytest.mark.parametrize(("col", "row", "side"), [(-3, 0.5, "left"), (4, 0.5, "right"), (0.5, 3, "bottom")])
def test_an_airfield_beyond_the_edge_is_pointed_to_from_that_edge(col, row, side, grey):
    grid = GRIDS["tiny"]
    pixels = preview_of(grey(grid), nearest=at_pixel(grid, col * grid.width, row * grid.height))
    tile = preview_tile(grid)
    x, y = places_of(pixels[: tile.out_height], AIRFIELD).mean(axis=0)
    assert {"left": x, "right": tile.out_width - x, "bottom": tile.out_height - y}[side] < 40


def test_pixels_without_data_are_a_grey_checker_and_not_black_ground(geotiff):
    pixels = np.zeros((3, 700, 700), np.uint8)
    pixels[:, :, 300:] = 200
    shown = preview_of(geotiff(pixels, nodata=0))
    assert set(np.unique(shown[200:300, 100:200])) == {120, 150}
    assert (shown[200:300, 350:450] == 200).all()


def test_a_rendered_scene_is_called_so_below_the_picture_and_a_photograph_is_not(grey):
    rendered = preview_of(grey(GRIDS["tiny"], name="a.tif", tags={"RENDERED": "true"}))
    bottom = preview_tile(GRIDS["tiny"]).out_height
    assert near(rendered[bottom:], WARNING).sum() > 0.5 * 600 * 15
    assert not near(rendered[:bottom], WARNING).any(), "the pixels are left as they are"
    assert not near(preview_of(grey(GRIDS["tiny"], name="b.tif")), WARNING).any()


@pytest.mark.parametrize("shape", [(1, 1), (1, 4000), (4000, 1), (150, 150)])
def test_a_scene_that_is_thin_or_tiny_has_room_for_what_is_drawn(shape, geotiff):
    name = "длинное имя " * 12 + ".tif"  # letters that the font lacks
    pixels = preview_of(geotiff(np.full((3, *shape), 90, np.uint8), name=name[-80:]))
    assert pixels.shape[1] >= 480
    assert pixels.shape[0] >= 240


def test_the_same_scene_gives_the_same_bytes(geotiff, noise, tmp_path):
    path = geotiff(noise)
    for name in ("a.png", "b.png"):
        with open_scene(path) as scene:
            write_preview(scene, tmp_path / name, tiles=plan_tiles(scene.grid, 0.5, 400))
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


# Files


@pytest.mark.parametrize("name", ["out.jpg", "out", "out.png.tif"])
def test_a_name_that_is_not_of_a_png_is_refused(name, geotiff, noise, tmp_path):
    with open_scene(geotiff(noise)) as scene, pytest.raises(UsageError, match=r"\.png"):
        write_preview(scene, tmp_path / name, tiles=[])
    assert not (tmp_path / name).exists()


def test_a_picture_in_the_way_is_kept_unless_told(geotiff, noise, tmp_path):
    out = tmp_path / "out.png"
    out.write_bytes(b"mine")
    with open_scene(geotiff(noise)) as scene:
        with pytest.raises(OutputExists):
            write_preview(scene, out, tiles=[])
        assert out.read_bytes() == b"mine"
        write_preview(scene, out, tiles=[], overwrite=True)
    assert out.read_bytes().startswith(b"\x89PNG")


def test_of_a_damaged_scene_no_half_picture_is_left(geotiff, noise, tmp_path):
    path = geotiff(noise)
    path.write_bytes(path.read_bytes()[:-3000])
    folder = tmp_path / "out"
    folder.mkdir()
    with open_scene(path) as scene, pytest.raises(SceneError):
        write_preview(scene, folder / "out.png", tiles=[])
    assert list(folder.iterdir()) == []


def candidates(path: Path, grid: Grid, *boxes: tuple[float, ...]) -> Path:
    """A file with candidates: column, row, length, width in pixels and angle."""
    names = ("length_px", "width_px", "angle_deg")
    features = [
        {"properties": {"center_px": [col, row], **dict(zip(names, rest, strict=True))}}
        for col, row, *rest in boxes
    ]
    scene = {"width": grid.width, "height": grid.height}
    path.write_text(json.dumps({"scene": scene, "features": features}), encoding="utf-8")
    return path


def test_candidates_are_outlined_where_they_are_and_numbered_from_their_first(grey, tmp_path):
    grid = GRIDS["north-up"]
    path = grey(grid)
    file = candidates(tmp_path / "a.geojson", grid, (1200, 900, 300, 200, 90), (2000, 400, 2, 2, 0))
    with open_scene(path) as scene:
        boxes = candidate_boxes(file, scene)
    pixels = preview_of(path, boxes=boxes)
    tile = preview_tile(grid)
    drawn = places_of(pixels, BOX_EDGE) * tile.scale
    large = drawn[np.abs(drawn - (1200, 900)).max(axis=1) < 160]
    assert np.ptp(large, axis=0) == pytest.approx((300, 200), abs=8), "its nose points right"
    assert large.mean(axis=0) == pytest.approx((1200, 900), abs=4)
    assert len(drawn) > len(large), "one too small to be seen is drawn larger"
    alone = preview_of(path, boxes=[])
    number = np.abs(pixels - alone).max(axis=-1) > 100
    assert number[: round(800 / tile.scale[1]), : round(1060 / tile.scale[0])].any(), "beside its corner"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"scene": {"width": 175, "height": 143}, "features": [{"properties": {}}]}',
        '{"scene": {"width": 175, "height": 143}, "features": [{"properties": {"center_px": [1e300, 0], '
        '"length_px": 9, "width_px": 9, "angle_deg": 0}}]}',
        '{"scene": {"width": 175, "height": 143}, "features": [{"properties": {"center_px": [NaN, 0], '
        '"length_px": 9, "width_px": 9, "angle_deg": 0}}]}',
    ],
)
def test_a_file_that_is_not_of_candidates_is_refused_by_name(text, grey, tmp_path):
    file = tmp_path / "a.geojson"
    file.write_text(text, encoding="utf-8")
    with open_scene(grey(GRIDS["tiny"])) as scene:
        with pytest.raises(UsageError, match=r"a.geojson: is not a candidates file"):
            candidate_boxes(file, scene)
        with pytest.raises(UsageError, match=r"b.geojson: is of another scene"):
            candidate_boxes(candidates(tmp_path / "b.geojson", GRIDS["north-up"]), scene)
        with pytest.raises(UsageError, match=r"c.geojson: cannot be read"):
            candidate_boxes(tmp_path / "c.geojson", scene)
