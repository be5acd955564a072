"""Images that do not say where they lie: placed by points a person knows, with an error to be believed."""

import hashlib
import json
import math

import cv2
import numpy as np
import pytest
import rasterio
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS, Transformer

from hardstand import main
from imagery.errors import OutputExists, SceneError, UsageError
from imagery.georeferencing import CE90, fit_points, georeference, plane_transforms
from imagery.georeferencing.gcp import GroundControlPoint, parse_gcp, read_gcp_file
from imagery.grid import WGS84, LonLat, PixelPoint
from imagery.scene import open_scene

WIDTH, HEIGHT = 1600, 1000
BAMAKO = (614_000.0, 1_385_900.0)  # in UTM zone 29 N
SPREAD = np.array([(80, 60), (1500, 90), (1480, 930), (110, 900), (760, 480), (700, 60), (1300, 600.0)])
NINE = np.array([(col, row) for col in (100, 800, 1500) for row in (80, 500, 920)], float)
WITHIN = np.array([(col, row) for col in range(100, 1600, 200) for row in range(100, 1000, 200)], float)


def truth(*, gsd_m=0.5, turn_deg=20.0, shear=0.0, tilt=0.0, origin=BAMAKO):
    """(3, 3) from an image's pixels to UTM; `tilt` is the change of the third coordinate a column."""
    c, s = gsd_m * math.cos(math.radians(turn_deg)), gsd_m * math.sin(math.radians(turn_deg))
    linear = np.array([[c, s + gsd_m * shear, origin[0]], [s, -c, origin[1]], [0, 0, 1]])
    middle = np.array([[1, 0, -WIDTH / 2], [0, 1, -HEIGHT / 2], [0, 0, 1]])
    return linear @ np.array([[1, 0, 0], [0, 1, 0], [tilt, 0, 1]]) @ middle


def known(matrix, pixels, *, noise_m=0.0, seed=0, epsg=32629):
    """Control points of a transform, each off by a radial RMS of `noise_m`."""
    ground = plane_transforms.apply(matrix, np.asarray(pixels, float))
    ground += np.random.default_rng(seed).normal(0, noise_m / math.sqrt(2), ground.shape)
    lonlats = Transformer.from_crs(epsg, 4326, always_xy=True).transform(*ground.T.tolist())
    return [
        GroundControlPoint(PixelPoint(*map(float, pixel)), LonLat(lon, lat))
        for pixel, lon, lat in zip(pixels, *lonlats, strict=True)
    ]


def moved(points, number, metres, azimuth=70.0):
    """The same points, one of them shifted on the ground."""
    pixel, (lon, lat) = points[number - 1]
    lon, lat, _ = WGS84.fwd(lon, lat, azimuth, metres)
    return [*points[: number - 1], GroundControlPoint(pixel, LonLat(lon, lat)), *points[number:]]


def off_m(fitted, matrix, pixels=WITHIN):
    """How far places are truly off, in metres."""
    return np.hypot(
        *(plane_transforms.apply(fitted.matrix, pixels) - plane_transforms.apply(matrix, pixels)).T
    )


def options(points):
    return [f"--gcp={p.col},{p.row},{g.lon:.8f},{g.lat:.8f}" for p, g in points]


def run(*args):
    return CliRunner().invoke(main, ["georeference", *map(str, args)])


@pytest.fixture
def screenshot(tmp_path):
    """A PNG of noise, smooth enough to be resampled."""

    def write(name="shot.png", bands=3, width=WIDTH, height=HEIGHT):
        noise = np.random.default_rng(0).integers(0, 256, (height // 20, width // 20, bands), np.uint8)
        path = tmp_path / name
        cv2.imwrite(str(path), cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC))
        return path

    return write


class TestFit:
    @settings(deadline=None)  # a loaded machine is no bug
    @given(
        gsd_m=st.floats(0.1, 3),
        turn_deg=st.floats(0, 360),
        shear=st.floats(-0.2, 0.2),
        tilt=st.floats(-1e-4, 1e-4),
        method=st.sampled_from(plane_transforms.METHODS),
    )
    def test_gets_a_known_transform_back_to_a_millimetre(self, gsd_m, turn_deg, shear, tilt, method):
        shear, tilt = shear * (method != "similarity"), tilt * (method == "projective")
        matrix = truth(gsd_m=gsd_m, turn_deg=turn_deg, shear=shear, tilt=tilt)
        fitted = fit_points(known(matrix, SPREAD), WIDTH, HEIGHT, method)
        assert off_m(fitted, matrix).max() < 1e-3
        assert max(one.residual_m for one in fitted.points) < 1e-3
        assert 0 < fitted.error_m < 2e-3, "an error is never said to be 0"
        assert fitted.bad_point is None

    @settings(deadline=None)  # a loaded machine is no bug
    @given(seed=st.integers(0, 2**32 - 1), noise_m=st.floats(0.5, 20))
    def test_the_error_is_near_the_noise_of_the_points(self, seed, noise_m):
        points = known(truth(), NINE, noise_m=noise_m, seed=seed)
        for method in ("similarity", "affine"):
            assert 0.3 < fit_points(points, WIDTH, HEIGHT, method).error_m / noise_m < 3

    @pytest.mark.parametrize(
        ("shape", "method"),
        [({}, "similarity"), ({"shear": 0.15}, "affine"), ({"tilt": 8e-5}, "projective")],
    )
    def test_without_a_method_takes_the_simplest_that_does(self, shape, method):
        matrix = truth(**shape)
        chosen = [
            fit_points(known(matrix, NINE, noise_m=1, seed=seed), WIDTH, HEIGHT).method for seed in range(40)
        ]
        assert chosen.count(method) >= 36

    def test_does_not_choose_what_cannot_be_checked(self):
        fitted = fit_points(known(truth(shear=0.15), SPREAD[:3]), WIDTH, HEIGHT)
        assert fitted.method == "similarity", "three points fit any affine transform"
        assert fitted.error_m > 10

    @pytest.mark.parametrize("method", plane_transforms.METHODS)
    def test_with_the_least_number_of_points_the_error_is_unknown(self, method):
        least = plane_transforms.MINIMUM[method]
        points = known(truth(), SPREAD[:least], noise_m=5)
        fitted = fit_points(points, WIDTH, HEIGHT, method)
        assert fitted.error_m is None, "an exact fit says nothing of itself"
        assert max(one.residual_m for one in fitted.points) < 1e-3
        assert [one.leave_one_out_m for one in fitted.points] == [None] * least
        assert f"{least} points always fit" in fitted.notes[0]
        assert fitted.to_json()["error_m"] is None

    def test_the_error_is_unknown_where_one_point_alone_holds_the_fit(self):
        line = [(100, 100), (500, 300), (1300, 700), (400, 900)]
        fitted = fit_points(known(truth(), line, noise_m=1), WIDTH, HEIGHT, "affine")
        assert fitted.error_m is None
        assert "without point 4" in fitted.notes[0]

    @pytest.mark.parametrize(("count", "coverage"), [(4, 0.85), (5, 0.85), (7, 0.9)])
    def test_nine_tenths_of_places_are_as_near_as_is_said(self, count, coverage):
        """Over many sets of points clicked at random places, the method chosen each time."""
        rng, shares = np.random.default_rng(3), []
        for seed in range(150):
            matrix = truth(turn_deg=rng.uniform(0, 360))
            pixels = rng.uniform((50, 50), (WIDTH - 50, HEIGHT - 50), (count, 2))
            fitted = fit_points(known(matrix, pixels, noise_m=1.5, seed=seed), WIDTH, HEIGHT, "similarity")
            shares.append(np.mean(off_m(fitted, matrix) <= CE90 * fitted.error_m))
        assert np.mean(shares) >= coverage

    @pytest.mark.parametrize("number", [1, 3, 5])
    def test_a_bad_point_is_named_and_what_leaving_it_out_would_do(self, number):
        points = known(truth(), SPREAD[:5], noise_m=1, seed=1)
        assert fit_points(points, WIDTH, HEIGHT).bad_point is None
        fitted = fit_points(moved(points, number, 40), WIDTH, HEIGHT)
        assert fitted.bad_point == number
        assert fitted.notes[0].startswith(f"point {number} lies ")
        assert "without it the position error is" in fitted.notes[0]

    def test_good_points_are_seldom_called_bad(self):
        named = [
            fit_points(known(truth(), SPREAD, noise_m=2, seed=seed), WIDTH, HEIGHT).bad_point
            for seed in range(200)
        ]
        assert sum(one is not None for one in named) <= 20, "one in twenty is the rule's own rate"

    def test_says_where_the_points_do_not_reach(self):
        corner = [(100, 100), (300, 120), (280, 300), (120, 280), (200, 160)]
        fitted = fit_points(known(truth(), corner, noise_m=2, seed=2), WIDTH, HEIGHT)
        assert "say little of the lower right" in fitted.notes[0]


class TestPlace:
    @pytest.mark.parametrize(
        ("lonlat", "epsg"),
        [((-7.95, 12.53), 32629), ((151.2, -33.9), 32756), ((-68.7, 76.53), 32619), ((15, 86), 32661)],
    )
    def test_works_in_metres_wherever_it_is(self, lonlat, epsg):
        points = [
            GroundControlPoint(
                PixelPoint(*map(float, p)), LonLat(lonlat[0] + p[0] * 1e-5, lonlat[1] - p[1] * 1e-5)
            )
            for p in SPREAD[:2]
        ]
        assert fit_points(points, WIDTH, HEIGHT).crs.to_epsg() == epsg

    @pytest.mark.parametrize(
        ("epsg", "origin"),
        [
            (32660, (833_800.0, 1_500.0)),
            (32661, (2_000_000.0, 2_000_000.0)),
            (32761, (2_000_000.0, 2_000_000.0)),
        ],
    )
    def test_fits_across_the_antimeridian_and_at_the_poles(self, epsg, origin):
        matrix = truth(gsd_m=1, origin=origin)
        points = known(matrix, SPREAD, epsg=epsg)
        lons = [one.lonlat.lon for one in points]
        assert max(lons) > 100
        assert min(lons) < -100
        fitted = fit_points(points, WIDTH, HEIGHT, "similarity")
        assert max(one.residual_m for one in fitted.points) < 0.01, "UTM and UPS keep shapes"


class TestRefusals:
    def test_a_photograph_from_the_side_is_refused_with_the_reason(self):
        points = known(truth(tilt=2.5e-4), SPREAD, noise_m=1)
        with pytest.raises(SceneError, match=r"from the side: .* changes 1\.8-fold over it \(1\.5 at most\)"):
            fit_points(points, WIDTH, HEIGHT)

    def test_four_points_that_only_a_view_from_the_side_explains_are_refused_unless_told(self):
        points = known(truth(tilt=7e-4), SPREAD[:4])
        with pytest.raises(SceneError, match=r"from the side.*or one of the four points is wrong"):
            fit_points(points, WIDTH, HEIGHT)
        assert fit_points(points, WIDTH, HEIGHT, "affine").error_m > 100, "and then the error says it"

    def test_the_horizon_in_the_image_is_refused(self):
        lower = [(100, 900), (500, 700), (450, 100), (150, 500), (300, 300)]
        with pytest.raises(SceneError, match="horizon"):
            fit_points(known(truth(tilt=-2e-3), lower), WIDTH, HEIGHT, "projective")

    def test_an_image_squeezed_one_way_is_refused_but_not_a_map_in_degrees(self):
        squeezed = truth() @ np.diag([1, 3, 1])
        with pytest.raises(SceneError, match=r"times longer one way"):
            fit_points(known(squeezed, SPREAD), WIDTH, HEIGHT, "affine")
        north = [  # Olenya, on a map where degrees of longitude are as wide as those of latitude
            GroundControlPoint(PixelPoint(*map(float, one)), LonLat(33 + one[0] * 1e-5, 68.2 - one[1] * 1e-5))
            for one in SPREAD
        ]
        assert fit_points(north, WIDTH, HEIGHT).method == "affine"

    @pytest.mark.parametrize("method", [None, "similarity", "affine", "projective"])
    def test_mirrored_points_are_refused_since_no_image_from_above_is(self, method):
        points = known(truth(), SPREAD, noise_m=1)
        from_below = [GroundControlPoint(PixelPoint(p.col, HEIGHT - p.row), g) for p, g in points]
        swapped = [GroundControlPoint(p, LonLat(g.lat, g.lon)) for p, g in points]
        for wrong in (from_below, swapped):
            with pytest.raises(UsageError, match=r"mirror image.*swapped.*from below"):
                fit_points(wrong, WIDTH, HEIGHT, method)

    @pytest.mark.parametrize(
        ("points", "message"),
        [
            ([], "0 control points"),
            (known(truth(), SPREAD[:1]), "1 control point, but even a similarity takes 2"),
            (known(truth(), [(5, 5), (2000, 5)]), "point 2 at 2000,5 is outside the image of 1600 x 1000"),
            (known(truth(), [(5, 5), (50, -5)]), "rows downwards"),
            (known(truth(), [(5, 5), (90, 9), (5.2, 5)]), "points 1 and 3 are at one place in the image"),
            (known(truth() @ np.diag([0, 1, 1]), [(5, 5), (90, 5)]), "at one place on the ground"),
            (moved(known(truth(), SPREAD), 4, 900_000), r"point 4 lies [89]\d\d km from the middle"),
        ],
    )
    def test_points_that_cannot_be_right_are_named(self, points, message):
        with pytest.raises(UsageError, match=message):
            fit_points(points, WIDTH, HEIGHT)

    def test_points_on_one_line_do_for_a_similarity_only(self):
        line = known(truth(), [(100, 100), (500, 300), (900, 500), (1300, 701), (1500, 800)], noise_m=1)
        assert fit_points(line, WIDTH, HEIGHT).method == "similarity"
        for method in ("affine", "projective"):
            with pytest.raises(UsageError, match="lie on one line"):
                fit_points(line, WIDTH, HEIGHT, method)

    def test_a_projective_fit_needs_more_than_a_line_and_one_point(self):
        points = known(truth(), [(100, 100), (500, 300), (900, 500), (1300, 700), (300, 800)])
        with pytest.raises(UsageError, match="all points but one"):
            fit_points(points, WIDTH, HEIGHT, "projective")


class TestPoints:
    def test_a_point_is_read_from_four_numbers(self):
        assert parse_gcp("512.5, 300,-7.9499,12.5335") == ((512.5, 300), (-7.9499, 12.5335))

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("1,2,3", "has 3 numbers; write COL,ROW,LON,LAT"),
            ("1,2,7W,12", "lon '7W' is not a number"),
            ("nan,2,7,12", "col 'nan' is not a place"),
            ("1,2,12.5,-107.9", "latitude -107.9 is beyond a pole.*longitude comes first"),
            ("1,2,190,12", "longitude 190 is out of range"),
        ],
    )
    def test_what_is_no_point_is_refused_with_what_to_write(self, text, message):
        with pytest.raises(ValueError, match=message):
            parse_gcp(text)

    def test_csv_may_hold_other_columns_in_any_order(self, tmp_path):
        path = tmp_path / "points.csv"
        path.write_text("name,lon,lat,col,row\ntower,-7.9,12.5,10,20\n\nfence,-7.8,12.4,30,40\n")
        assert read_gcp_file(path) == [((10, 20), (-7.9, 12.5)), ((30, 40), (-7.8, 12.4))]

    def test_qgis_points_may_have_their_crs_in_each_row(self, tmp_path):
        path = tmp_path / "shot.points"
        wkt = CRS.from_epsg(32629).to_wkt().replace('"', '""')
        path.write_text(
            "mapX,mapY,pixelX,pixelY,enable,dX,dY,residual,crs\n"
            f'614000,1385900,10.5,-20.25,1,0,0,0,"{wkt}"\n-7.95,12.5,30,-40,1,0,0,0,EPSG:4326\n'
        )
        (_, first), (_, second) = read_gcp_file(path)
        assert first == pytest.approx((-7.9506, 12.5344), abs=1e-3)
        assert second == pytest.approx((-7.95, 12.5))
        path.write_text("mapX,mapY,pixelX,pixelY,enable,crs\n1,2,3,-4,1,\n")
        with pytest.raises(UsageError, match="line 2: does not say its CRS"):
            read_gcp_file(path)

    @pytest.mark.parametrize("kind", ["source", "pixel"])
    def test_qgis_points_count_rows_downwards_as_negative_and_may_be_off(self, tmp_path, kind):
        path = tmp_path / "shot.points"
        path.write_text(
            f"#CRS: EPSG:32629\nmapX,mapY,{kind}X,{kind}Y,enable,dX,dY,residual\n"
            "614000,1385900,10.5,-20.25,1,0,0,0\n614100,1385800,30,-40,0,0,0,0\n"
        )
        ((pixel, place),) = read_gcp_file(path)
        assert pixel == (10.5, 20.25)
        assert place == pytest.approx((-7.9506, 12.5344), abs=1e-3)

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("", "not a file of control points"),
            ("a,b\n1,2\n", "columns col,row,lon,lat"),
            ("col,row,lon,lat\n1,2,3,4\n1,2,x,4\n", "line 3: lon 'x' is not a number"),
            ("col,row,lon,lat\n1,2,3\n", "line 2: the column lat is missing"),
            ("mapX,mapY,sourceX,sourceY,enable\n1,2,3,-4,1\n", "does not say its CRS"),
            ("#CRS: nonsense\nmapX,mapY,sourceX,sourceY\n1,2,3,-4\n", "names no CRS that PROJ knows"),
            ("#CRS: EPSG:4326\nmapX,mapY,sourceX,sourceY\n1,95,3,-4\n", "line 3: latitude 95"),
            ("#CRS: EPSG:32629\nmapX,mapY,sourceX,sourceY\n1e30,1,3,-4\n", "line 3: .*nowhere on Earth"),
        ],
    )
    def test_a_file_that_is_wrong_is_refused_by_line(self, tmp_path, text, message):
        path = tmp_path / "points.csv"
        path.write_text(text)
        with pytest.raises(UsageError, match=message):
            read_gcp_file(path)

    def test_a_file_that_is_missing_or_no_text_is_refused(self, tmp_path):
        (tmp_path / "x.csv").write_bytes(b"\xff\xfe\x00")
        for name, message in (("none.csv", "cannot be read"), ("x.csv", "not text")):
            with pytest.raises(UsageError, match=message):
                read_gcp_file(tmp_path / name)


class TestFile:
    @pytest.mark.parametrize("method", plane_transforms.METHODS)
    def test_points_are_found_in_the_output_within_their_residuals(self, screenshot, tmp_path, method):
        points = known(truth(tilt=3e-5), SPREAD, noise_m=1)
        fitted = georeference(screenshot(), points, tmp_path / "out.tif", method=method)
        with open_scene(tmp_path / "out.tif") as scene:
            for pixel, place in points:
                residual = next(one.residual_m for one in fitted.points if one.point.pixel == pixel)
                at = scene.grid.lonlat(pixel)
                if method == "projective":  # on a grid of its own
                    x, y = plane_transforms.apply(fitted.matrix, np.array([pixel]))[0]
                    at = scene.grid.lonlat(PixelPoint(*(~scene.grid.transform @ (x, y))))
                *_, distance = WGS84.inv(*at, *place)
                assert distance == pytest.approx(residual, rel=0.002, abs=0.002)

    def test_records_how_it_was_made_and_from_what(self, screenshot, tmp_path):
        image, output = screenshot(), tmp_path / "out.tif"
        points = known(truth(), SPREAD[:5], noise_m=1)
        fitted = georeference(image, points, output)
        with rasterio.open(output) as file:
            tags = file.tags()
            assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
            assert file.overviews(1)
            assert file.files == [str(output)]
        record = json.loads(tags["HARDSTAND_GEOREFERENCE"])
        assert record["method"] == "similarity"
        assert record["source"] == "shot.png"
        assert record["source_sha256"] == hashlib.sha256(image.read_bytes()).hexdigest()
        assert set(record["points"][0]) == {"col", "row", "lon", "lat", "residual_m", "leave_one_out_m"}
        assert (record["points"][2]["lon"], record["points"][2]["lat"]) == points[2].lonlat
        assert record["error_m"] == fitted.error_m == float(tags["POSITION_ERROR_M"])

    def test_an_unknown_error_is_recorded_as_unknown(self, screenshot, tmp_path):
        georeference(screenshot(), known(truth(), SPREAD[:2]), tmp_path / "out.tif")
        with rasterio.open(tmp_path / "out.tif") as file:
            assert "POSITION_ERROR_M" not in file.tags()
            assert json.loads(file.tags()["HARDSTAND_GEOREFERENCE"])["error_m"] is None

    @pytest.mark.parametrize("bands", [1, 3, 4])
    def test_a_similarity_keeps_every_pixel_and_transparency_as_a_mask(self, screenshot, tmp_path, bands):
        image = screenshot(bands=bands)
        if bands == 4:
            pixels = cv2.imread(str(image), cv2.IMREAD_UNCHANGED)
            pixels[..., 3] = 255
            pixels[:200, :, 3] = 0
            cv2.imwrite(str(image), pixels)
        georeference(image, known(truth(), SPREAD), tmp_path / "out.tif", method="similarity")
        with pytest.warns(rasterio.errors.NotGeoreferencedWarning):
            before = rasterio.open(image)
        with before, rasterio.open(tmp_path / "out.tif") as after:
            assert after.count == min(bands, 3)
            np.testing.assert_array_equal(after.read(), before.read(range(1, after.count + 1)))
            mask = after.dataset_mask()
            assert (mask[:200] == (0 if bands == 4 else 255)).all()
            assert (mask[200:] == 255).all()

    def test_a_palette_becomes_the_colours_that_are_seen(self, tmp_path):
        from PIL import Image

        seen = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
        seen[:, :800], seen[:, 800:] = (200, 30, 10), (0, 90, 255)
        Image.fromarray(seen).quantize(8).save(tmp_path / "shot.png")
        georeference(tmp_path / "shot.png", known(truth(), SPREAD), tmp_path / "out.tif")
        with rasterio.open(tmp_path / "out.tif") as file:
            assert [one.name for one in file.colorinterp] == ["red", "green", "blue"]
            np.testing.assert_array_equal(file.read().transpose(1, 2, 0), seen)

    @pytest.mark.parametrize("size", [(WIDTH, HEIGHT), (700, 2500)])
    def test_a_projective_fit_is_resampled_with_north_up_to_the_right_places(
        self, screenshot, tmp_path, size
    ):
        width, height = size
        image, matrix = screenshot(width=width, height=height), truth(tilt=6e-5)
        pixels = np.array([(c * width, r * height) for c in (0.1, 0.5, 0.9) for r in (0.1, 0.5, 0.9)])
        georeference(image, known(matrix, pixels), tmp_path / "out.tif", method="projective")
        before = cv2.cvtColor(cv2.imread(str(image)), cv2.COLOR_BGR2RGB)
        with rasterio.open(tmp_path / "out.tif") as file:
            assert file.transform.b == file.transform.d == 0
            assert file.transform.e == -file.transform.a
            after, mask = file.read(), file.dataset_mask()
            to_map = np.array(file.transform).reshape(3, 3)
        cols, rows = np.meshgrid(np.arange(mask.shape[1]) + 0.5, np.arange(mask.shape[0]) + 0.5)
        centers = np.column_stack([cols.ravel(), rows.ravel()])
        at = plane_transforms.apply(np.linalg.inv(matrix) @ to_map, centers).reshape(*mask.shape, 2)
        inside = ((at > 2) & (at < (width - 2, height - 2))).all(axis=2)
        outside = ((at < -2) | (at > (width + 2, height + 2))).any(axis=2)
        assert (mask[inside] == 255).all()
        assert (mask[outside] == 0).all()
        expected = cv2.remap(before, (at - 0.5).astype(np.float32), None, cv2.INTER_LINEAR)
        difference = np.abs(after.transpose(1, 2, 0).astype(int) - expected)[inside]
        assert difference.mean() < 0.5, "half a pixel of shift would make it several times as much"

    def test_what_is_rendered_stays_so_and_the_time_stays_known(self, geotiff, noise, tmp_path):
        with pytest.warns(rasterio.errors.NotGeoreferencedWarning):
            image = geotiff(
                noise,
                crs=None,
                transform=rasterio.Affine.identity(),
                tags={"RENDERED": "true"},
                imagery={"ACQUISITIONDATETIME": "2023-10-27"},
            )
        georeference(image, known(truth(), [(5, 5), (70, 50)]), tmp_path / "out.tif")
        with open_scene(tmp_path / "out.tif") as scene:
            assert scene.rendered
            assert scene.acquisition.text == "2023-10-27"

    def test_an_image_that_has_a_place_is_refused(self, geotiff, noise, screenshot, tmp_path):
        points = known(truth(), [(5, 5), (70, 50)])
        with pytest.raises(UsageError, match=r"georeferenced already.*use it as it is"):
            georeference(geotiff(noise), points, tmp_path / "out.tif")
        image = screenshot()
        image.with_suffix(".pgw").write_text("0.5\n0\n0\n-0.5\n600000\n1400000\n")
        with pytest.raises(UsageError, match=r"world file.*only its CRS is missing"):
            georeference(image, points, tmp_path / "out.tif")
        assert not (tmp_path / "out.tif").exists()

    def test_an_image_that_viewers_show_turned_is_refused(self, tmp_path):
        from PIL import Image

        image = Image.new("RGB", (80, 60))
        image.getexif()[0x0112] = 6
        image.save(tmp_path / "phone.jpg", exif=image.getexif())
        with pytest.raises(SceneError, match="EXIF orientation"):
            georeference(tmp_path / "phone.jpg", known(truth(), [(5, 5), (70, 50)]), tmp_path / "out.tif")

    def test_is_written_whole_or_not_at_all(self, screenshot, tmp_path):
        image, points = screenshot(), known(truth(), SPREAD)
        whole = image.read_bytes()
        image.write_bytes(whole[: len(whole) // 2])
        with pytest.raises(SceneError, match="damaged"):
            georeference(image, points, tmp_path / "out.tif")
        assert [one.name for one in tmp_path.iterdir()] == ["shot.png"], "nothing is left behind"
        image.write_bytes(whole)
        (tmp_path / "out.tif").write_text("mine")
        with pytest.raises(OutputExists):
            georeference(image, points, tmp_path / "out.tif")
        with pytest.raises(UsageError, match="the image itself"):
            georeference(image, points, image, overwrite=True)
        georeference(image, points, tmp_path / "out.tif", overwrite=True)
        assert sorted(one.name for one in tmp_path.iterdir()) == ["out.tif", "shot.png"]


class TestCommand:
    def test_prints_the_points_errors_and_the_file_written(self, screenshot, tmp_path):
        points = moved(known(truth(), SPREAD[:5], noise_m=1), 2, 60)
        result = run(screenshot(), *options(points), "-o", tmp_path / "out.tif")
        assert result.exit_code == 0, result.stderr
        assert result.stdout == f"{tmp_path / 'out.tif'}\n"
        lines = result.stderr.splitlines()
        assert lines[0].split() == ["point", "col", "row", "lon", "lat", "residual", "left", "out"]
        assert [line.endswith("<- check it") for line in lines[1:6]] == [False, True, False, False, False]
        assert lines[6].startswith("similarity transform of 5 points; position error ")
        assert lines[7].startswith("Note: point 2 lies ")

    def test_says_that_the_error_is_unknown(self, screenshot, tmp_path):
        result = run(screenshot(), *options(known(truth(), SPREAD[:2])), "-o", tmp_path / "out.tif")
        assert "position error unknown" in result.stderr
        assert "0.00 m" in result.stderr, "the residuals, which say nothing"

    def test_takes_points_from_a_file_too_and_says_all_as_json(self, screenshot, tmp_path):
        points = known(truth(), SPREAD, noise_m=1)
        rows = [f"{p.col},{p.row},{g.lon},{g.lat}" for p, g in points[2:]]
        (tmp_path / "more.csv").write_text("\n".join(["col,row,lon,lat", *rows]))
        given_points = (*options(points[:2]), "--gcp-file", tmp_path / "more.csv")
        result = run(screenshot(), *given_points, "--method=affine", "--json", "-o", tmp_path / "out.tif")
        record = json.loads(result.stdout)
        assert record["method"] == "affine"
        assert len(record["points"]) == 7
        assert record["path"] == str(tmp_path / "out.tif")

    def test_a_wrong_point_is_a_usage_error_that_says_what_to_write(self, screenshot, tmp_path):
        result = run(screenshot(), "--gcp", "1,2,3", "-o", tmp_path / "out.tif")
        assert result.exit_code == 2
        assert "'1,2,3' has 3 numbers; write COL,ROW,LON,LAT" in result.stderr

    @pytest.mark.parametrize(
        ("name", "points", "code", "message"),
        [
            ("none.png", SPREAD, 2, "no such file"),
            ("text.png", SPREAD, 2, "not an image that GDAL can open"),
            ("shot.png", SPREAD[:1], 2, "shot.png: 1 control point, but"),
            ("shot.png", SPREAD * 3, 2, "outside the image"),
        ],
    )
    def test_fails_in_one_line_that_names_the_file(self, screenshot, tmp_path, name, points, code, message):
        screenshot()
        (tmp_path / "text.png").write_text("no image")
        result = run(tmp_path / name, *options(known(truth(), points)), "-o", tmp_path / "out.tif")
        assert result.exit_code == code
        assert result.stdout == ""
        assert result.stderr.startswith(f"Error: {tmp_path / name}")
        assert result.stderr.count("\n") == 1
        assert message in result.stderr


def stated_and_true(scene_path, tmp_path, seed):
    """Screenshot a turned part of a scene, place it by five clicked points, compare with the scene."""
    rng = np.random.default_rng(seed)
    with open_scene(scene_path) as scene, rasterio.open(scene_path) as file:
        grid, pixels = scene.grid, file.read().transpose(1, 2, 0)
    turn = np.radians(rng.uniform(0, 360))
    scale, (c, s) = rng.uniform(0.6, 1.1), (np.cos(turn), np.sin(turn))
    size = (1200, 800)
    to_shot = np.array([[scale * c, -scale * s, 0], [scale * s, scale * c, 0]])
    to_shot[:, 2] = np.array(size) / 2 - to_shot[:, :2] @ grid.center
    corners = cv2.warpAffine(pixels, to_shot - [[0, 0, 0.5], [0, 0, 0.5]], size)
    cv2.imwrite(str(tmp_path / "shot.jpg"), corners[..., ::-1])
    back = np.linalg.inv(np.vstack([to_shot, [0, 0, 1]]))
    clicked = rng.uniform((60, 60), (1140, 740), (5, 2))
    error_px = rng.normal(0, 1.5 / math.sqrt(2), (5, 2)) / grid.gsd_m()
    places = grid.lonlats(plane_transforms.apply(back, clicked) + error_px)
    points = [
        GroundControlPoint(PixelPoint(*p), LonLat(*g))
        for p, g in zip(clicked.tolist(), places.tolist(), strict=True)
    ]
    fitted = georeference(tmp_path / "shot.jpg", points, tmp_path / "out.tif", overwrite=True)
    with open_scene(tmp_path / "out.tif") as placed:
        middle = placed.grid.lonlat(placed.grid.center)
        if fitted.method == "projective":
            x, y = plane_transforms.apply(fitted.matrix, np.array([size]) / 2)[0]
            middle = placed.grid.lonlat(PixelPoint(*(~placed.grid.transform @ (x, y))))
    *_, off = WGS84.inv(*middle, *grid.lonlat(grid.center))
    return fitted.error_m, off


class TestHonesty:
    def test_a_screenshot_of_a_rendered_scene_lies_where_it_says_within_its_error(
        self, rendered_scene, tmp_path
    ):
        pairs = [stated_and_true(rendered_scene, tmp_path, seed) for seed in range(6)]
        assert all(off < 2 * stated for stated, off in pairs)
        assert 0.7 < np.median([stated for stated, _ in pairs]) < 4, "points were 1.5 m off"

    @pytest.mark.realdata
    def test_so_does_one_of_a_real_scene(self, shared_data, tmp_path):
        path = sorted((shared_data / "airbus-pleiades" / "images").glob("*.jpg"))[3]
        pairs = [stated_and_true(path, tmp_path, seed) for seed in range(6)]
        assert all(off < 2 * stated for stated, off in pairs)
        assert 0.7 < np.median([stated for stated, _ in pairs]) < 4, "points were 1.5 m off"
