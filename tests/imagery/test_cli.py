"""The commands about scenes, and how every command fails: one line, an exit code, no traceback."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import fields

import click
import pytest
import rasterio
from affine import Affine

import imagery.cli.info
import imagery.cli.render
import imagery.errors
from hardstand import main
from imagery.cli.failures import in_options_words
from imagery.record import SceneRecord
from imagery.scene import open_scene


@pytest.fixture(autouse=True)
def sigterm_as_before():
    """The group handles SIGTERM; pytest is to be stopped by it as ever."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def scene(geotiff, noise):
    return geotiff(noise, imagery={"ACQUISITIONDATETIME": "2023-10-27 10:36:11", "SATELLITEID": "PHR1A"})


def commands(group=main, name=("hardstand",)):
    yield name
    context = click.Context(group)
    for child in group.list_commands(context):
        command = group.get_command(context, child)
        if isinstance(command, click.Group):
            yield from commands(command, (*name, child))
        else:
            yield (*name, child)


def fails(cli, *args, code):
    """The message with which a command fails, once it is shown to be one line and no traceback."""
    result = cli.invoke(main, [str(arg) for arg in args])
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == code
    assert result.stdout == "", "what goes down a pipe is a result or nothing"
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1
    assert "Traceback" not in result.stderr
    return result.stderr.strip()


class TestInfo:
    def test_says_what_a_scene_is_where_and_when_in_words(self, cli, scene):
        result = cli.invoke(main, ["info", str(scene)])
        assert result.exit_code == 0
        lines = dict(line.split(maxsplit=1) for line in result.stdout.splitlines())
        assert lines["scene"] == str(scene)
        assert lines["size"].startswith("80 x 60 px, ")
        assert lines["CRS"] == "EPSG:32629"
        assert lines["GSD"].startswith("0.500 m")
        assert lines["middle"].startswith("lon -8.078")
        assert lines["acquired"] == (
            "2023-10-27T10:36:11Z (to the second, from IMAGERY tag ACQUISITIONDATETIME)"
        )
        assert lines["sensor"] == "Pléiades 1A", "as people call it, not as the tag's PHR1A"
        assert lines["airfield"].startswith("none")
        assert "SHA-256" not in lines, "hashing a large file takes time: only when told"
        assert "rendered" not in lines

    def test_says_what_is_unknown_and_how_to_say_it(self, cli, geotiff, noise):
        result = cli.invoke(main, ["info", str(geotiff(noise))])
        assert "unknown; give --acquired if you know it" in result.stdout

    def test_names_the_airfield_and_says_that_a_rendered_scene_is_rendered(self, cli, geotiff, noise):
        bamako = Affine(0.5, 0, 614090, 0, -0.5, 1385900)
        path = geotiff(noise, transform=bamako, tags={"RENDERED": "true"})
        result = cli.invoke(main, ["info", str(path)])
        assert "\nairfield   GABS " in result.stdout
        assert "rendered   yes: a rendered scene, not a photograph" in result.stdout

    def test_json_has_the_names_of_a_candidates_files_scene_and_five_more(self, cli, scene):
        result = cli.invoke(main, ["info", str(scene), "--json"])
        members = json.loads(result.stdout)
        names = [field.name for field in fields(SceneRecord)]
        assert list(members) == [*names, "center", "footprint", "airfield", "airfield_distance_m", "notes"]
        assert members["sha256"] is None
        with open_scene(scene) as opened:
            record = opened.record(with_hash=False)
        assert SceneRecord.from_json({name: members[name] for name in names}) == record

    def test_json_is_strict_so_that_any_reader_takes_it(self, cli, scene):
        def refuse(constant):
            raise AssertionError(constant)

        text = cli.invoke(main, ["info", str(scene), "--json"]).stdout
        assert json.loads(text, parse_constant=refuse)["footprint"]["type"] == "Polygon"

    def test_hashes_when_told(self, cli, scene):
        printed = subprocess.run(["sha256sum", scene], capture_output=True, text=True, check=True).stdout
        as_json = cli.invoke(main, ["info", str(scene), "--json", "--sha256"]).stdout
        in_words = cli.invoke(main, ["info", str(scene), "--sha256"]).stdout
        assert json.loads(as_json)["sha256"] == printed.split()[0]
        assert f"SHA-256    {printed.split()[0]}" in in_words

    def test_what_the_user_knows_goes_into_the_facts_and_before_the_files(self, cli, scene):
        options = [
            "--acquired",
            "2023-10",
            "--licence",
            "CC0",
            "--image-id",
            "a1",
            "--source-url",
            "http://x",
        ]
        members = json.loads(cli.invoke(main, ["info", str(scene), "--json", *options]).stdout)
        assert (members["acquired"], members["acquired_precision"]) == ("2023-10", "month")
        assert members["acquired_from"] == "option --acquired"
        assert [members[name] for name in ("licence", "image_id", "source_url")] == ["CC0", "a1", "http://x"]


class TestRender:
    def test_writes_a_scene_that_info_reads_as_rendered_and_prints_its_path(self, cli, tmp_path, monkeypatch):
        asked = {}

        def render(path, *, seed, overwrite):
            asked.update(path=path, seed=seed, overwrite=overwrite)

        monkeypatch.setattr(imagery.cli.render, "render_airfield", render)
        output = str(tmp_path / "sample.tif")
        result = cli.invoke(main, ["render", "-o", output, "--seed", "7", "--overwrite"])
        assert (result.exit_code, result.stdout) == (0, f"{output}\n")
        assert asked == {"path": output, "seed": 7, "overwrite": True}

    def test_does_not_replace_a_file_unless_told(self, cli, scene):
        before = scene.read_bytes()
        message = fails(cli, "render", "-o", scene, code=2)
        assert message == f"Error: {scene}: already exists; move it away or give --overwrite"
        assert scene.read_bytes() == before

    def test_a_folder_that_is_not_there_is_named(self, cli, tmp_path):
        message = fails(cli, "render", "-o", tmp_path / "missing" / "a.tif", code=2)
        assert str(tmp_path / "missing") in message
        assert "choose another place" in message


class TestBadInput:
    def test_a_missing_file(self, cli, tmp_path):
        path = tmp_path / "gone.tif"
        assert fails(cli, "info", path, code=2) == f"Error: {path}: no such file; check the path"

    def test_a_name_too_long_for_any_file(self, cli):
        assert "too long" in fails(cli, "info", "n" * 300, code=2)

    def test_a_name_with_a_line_break_is_still_told_in_one_line(self, cli):
        assert "two lines.tif: no such file" in fails(cli, "info", "two\nlines.tif", code=2)

    def test_a_directory(self, cli, tmp_path):
        message = fails(cli, "info", tmp_path, code=2)
        assert message.startswith(f"Error: {tmp_path}: not an image")
        assert f"name the images in the folder, for example {tmp_path}/*.tif" in message

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (b"", 2),
            (b"no image\n", 2),
            (b"II*\0\x08\0\0\0", 1),
            (b"\x89PNG\r\n\x1a\n", 1),
            (b"\xff\xd8\xff\xe0", 2),
        ],
        ids=["nothing", "text", "TIFF", "PNG", "JPEG"],
    )
    def test_a_file_that_is_no_image_is_wrong_use_and_one_that_begins_as_one_is_damaged(
        self, cli, tmp_path, content, code
    ):
        path = tmp_path / "scene.tif"
        path.write_bytes(content)
        message = fails(cli, "info", path, code=code)
        assert message.startswith(f"Error: {path}: not an image that GDAL can open (")
        assert "give a GeoTIFF" in message

    def test_an_image_without_georeference(self, cli, geotiff, noise):
        path = geotiff(noise, crs=None)
        message = fails(cli, "info", path, code=1)
        assert message.startswith(f"Error: {path}: has a transform but no coordinate reference system")
        assert "give its --crs" in message

    def test_a_crs_that_the_coordinates_are_not_of(self, cli, geotiff, noise):
        path = geotiff(noise, crs="EPSG:4326")
        message = fails(cli, "info", "--json", path, code=1)
        assert message.startswith(f"Error: {path}: lies nowhere on Earth")

    def test_an_absurd_size(self, cli, tmp_path):
        path = tmp_path / "huge.vrt"
        path.write_text(
            '<VRTDataset rasterXSize="1000000" rasterYSize="1000000"><SRS>EPSG:32629</SRS>'
            "<GeoTransform>600000,.5,0,1400000,0,-.5</GeoTransform>"
            '<VRTRasterBand dataType="Byte" band="1"/></VRTDataset>'
        )
        message = fails(cli, "info", path, code=1)
        assert message.startswith(f"Error: {path}: claims 1000000 x 1000000 pixels")
        assert "crop it to the airport" in message

    @pytest.mark.parametrize(
        "when", ["2023-10-27T10:36", "2999-01-01", "2023-13-01", "03/04/2023", "then", ""]
    )
    def test_an_acquisition_time_that_is_none(self, cli, scene, when):
        message = fails(cli, "info", scene, "--acquired", when, code=2)
        assert message.startswith(f"Error: --acquired: '{when}' ")

    def test_a_truncated_file_when_it_is_read(self, cli, geotiff, noise, tmp_path):
        path = geotiff(noise)
        path.write_bytes(path.read_bytes()[:-3000])
        message = fails(cli, "detect", path, "-o", tmp_path / "out", code=1)
        assert f"{path}: damaged, cannot be read at column 0, row 0" in message
        assert "get the whole file again" in message
        assert not [*tmp_path.glob("out/*")], "no candidates file of half a scene"


class TestErrors:
    @pytest.fixture
    def raising(self, monkeypatch):
        """Makes `hardstand info` fail with an error of one's choice."""

        def arrange(error):
            def fail(*args, **options):
                raise error

            monkeypatch.setattr(imagery.cli.info, "open_scene", fail)

        return arrange

    @pytest.mark.parametrize(
        ("error", "line"),
        [
            (ZeroDivisionError("division by zero"), "unexpected ZeroDivisionError: division by zero"),
            (RuntimeError("of two\n  lines"), "unexpected RuntimeError: of two lines"),
            (MemoryError(), "unexpected MemoryError: no message"),
            (rasterio.errors.CRSError("bad"), "unexpected CRSError: bad"),
        ],
    )
    def test_the_unexpected_is_one_line_that_says_how_to_learn_more(self, cli, raising, scene, error, line):
        raising(error)
        message = fails(cli, "info", scene, code=1)
        assert message == f"Error: {line}; `hardstand --debug COMMAND` shows more"

    def test_ctrl_c_leaves_with_130_as_shells_expect(self, cli, raising, scene):
        raising(KeyboardInterrupt())
        assert fails(cli, "info", scene, code=130) == "Error: interrupted; what was finished is kept"

    def test_a_stop_by_the_system_ends_like_ctrl_c(self, cli, monkeypatch, scene):
        monkeypatch.setattr(
            imagery.cli.info, "open_scene", lambda *_, **__: os.kill(os.getpid(), signal.SIGTERM)
        )
        assert fails(cli, "info", scene, code=130) == "Error: interrupted; what was finished is kept"

    def test_debug_shows_the_traceback_of_an_error_on_purpose_and_of_an_unexpected_one(
        self, cli, raising, scene
    ):
        missing = cli.invoke(main, ["--debug", "info", "gone.tif"])
        assert "Traceback" in missing.stderr
        assert "imagery.errors.UsageError: gone.tif" in missing.stderr
        raising(ZeroDivisionError("division by zero"))
        unexpected = cli.invoke(main, ["--debug", "info", str(scene)])
        assert "Traceback" in unexpected.stderr
        assert "ZeroDivisionError: division by zero" in unexpected.stderr
        assert (missing.exit_code, unexpected.exit_code) == (2, 1)

    def test_an_unknown_option_is_told_by_click_with_exit_code_2(self, cli, scene):
        result = cli.invoke(main, ["info", str(scene), "--colour"])
        assert result.exit_code == 2
        assert "No such option '--colour'" in result.stderr

    def test_in_a_real_shell_an_error_is_one_line_and_debug_a_traceback(self):
        def run(*args):
            return subprocess.run(
                [sys.executable, "-c", "from hardstand import main; main()", *args],
                capture_output=True,
                text=True,
                check=False,
            )

        plain, debug = run("info", "gone.tif"), run("--debug", "info", "gone.tif")
        assert (plain.returncode, plain.stderr) == (2, "Error: gone.tif: no such file; check the path\n")
        assert debug.returncode != 0
        assert "Traceback" in debug.stderr
        assert "UsageError: gone.tif: no such file" in debug.stderr


class TestOptionsWords:
    """The library names a parameter in backticks; who runs a command reads its option."""

    @pytest.fixture
    def command(self):
        @click.command()
        @click.argument("scenes", nargs=-1, metavar="SCENE...")
        @click.argument("output")
        @click.option("-g", "--gsd", "gsd_m")
        @click.option("--ask/--no-ask", "ask")
        def search(**_options):
            pass

        return search

    @pytest.mark.parametrize(
        ("message", "shown"),
        [
            ("a.png: no georeference; give `gsd_m`", "a.png: no georeference; give --gsd"),
            ("`scenes`: no such file", "SCENE: no such file"),
            ("`output` and `scenes` are one file", "OUTPUT and SCENE are one file"),
            ("give `gsd_m`, or `gsd_m` of another", "give --gsd, or --gsd of another"),
            ("leave `crs` out", "leave `crs` out"),
            ("`hardstand --debug COMMAND` shows more", "`hardstand --debug COMMAND` shows more"),
            ("nothing in backticks", "nothing in backticks"),
        ],
    )
    def test_a_parameter_becomes_its_option_or_metavar_and_anything_else_stays(self, command, message, shown):
        assert in_options_words(message, command) == shown

    def test_a_failing_command_names_its_options_and_debug_the_parameters(self, cli, monkeypatch, scene):
        def fail(*args, **options):
            raise imagery.errors.UsageError("a.tif: leave `gsd_m` out")

        monkeypatch.setattr(imagery.cli.info, "open_scene", fail)
        assert fails(cli, "info", scene, code=2) == "Error: a.tif: leave --gsd out"
        assert "`gsd_m`" in cli.invoke(main, ["--debug", "info", str(scene)]).stderr


@pytest.fixture(scope="module")
def loaded():
    """The modules that importing hardstand loads."""
    code = "import hardstand, sys; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


class TestHelp:
    @pytest.mark.parametrize("name", [*commands()], ids=" ".join)
    @pytest.mark.parametrize("flag", ["--help", "-h"])
    def test_every_command_and_every_option_explains_itself(self, cli, name, flag):
        result = cli.invoke(main, [*name[1:], flag])
        assert result.exit_code == 0
        assert result.stdout.startswith("Usage: ")
        command = main
        for part in name[1:]:
            command = command.get_command(click.Context(command), part)
        assert command.help
        for option in command.params:
            if isinstance(option, click.Option):
                assert option.help, f"{option.name} is not explained"

    def test_commands_are_listed_in_the_order_of_the_work(self, cli):
        listed = cli.invoke(main, ["--help"]).stdout.split("Commands:")[1]
        assert [line.split()[0] for line in listed.strip().splitlines()] == [
            *("info", "georeference", "render", "scenes", "detect", "changes", "evaluate", "train"),
            *("review", "log", "learn", "models", "identity", "watch", "report"),
        ]

    @pytest.mark.parametrize(
        "module",
        ["numpy", "rasterio", "pyproj", "cv2", "label_studio_sdk", "sqlalchemy", "airportsdata", "rich"],
    )
    def test_help_does_not_wait_for_a_library_that_only_the_work_needs(self, loaded, module):
        assert "hardstand" in loaded
        assert module not in loaded
