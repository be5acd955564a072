"""The file that says what is watched is read strictly, and the example is one."""

import pytest

from annotate.watch.watch_file import read_watch_file
from hardstand import main
from imagery.errors import UsageError


def test_the_example_is_a_file_that_can_be_read_and_is_not_overwritten(tmp_path, cli):
    path = tmp_path / "mali.toml"
    run = cli.invoke(main, ["watch", "--init", str(path)])
    assert (run.exit_code, run.stdout) == (0, f"{path}\n")
    settings = read_watch_file(path)
    assert settings.airfields == ("GABS", "GATB")
    assert settings.folder == tmp_path / "watch"
    assert settings.log == str(tmp_path / "hardstand.db")
    path.write_text("mine")
    run = cli.invoke(main, ["watch", "--init", str(path)])
    assert run.exit_code == 2
    assert "already exists" in run.stderr
    assert path.read_text() == "mine"


def test_paths_are_relative_to_the_file_and_addresses_are_not_paths(watch_file, tmp_path):
    settings = read_watch_file(watch_file(catalogue="https://a.org/stac", log="postgresql://u@h/log"))
    assert settings.catalogue == "https://a.org/stac"
    assert settings.log == "postgresql://u@h/log"
    assert settings.report == tmp_path / "watch" / "report.html"


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"airfield": "GABS"}, "'airfield' is not a setting; there are airfields, catalogue, folder"),
        ({"airfields": "GABS"}, "airfields is not a list of airfields"),
        ({"airfields": ["GAXX"]}, "airfields: no airfield is called 'GAXX'"),
        ({"airfields": None}, "airfields is missing"),
        ({"catalogue": ""}, "catalogue is not a text"),
        ({"budget": -1}, "budget is not a number over 0"),
        ({"budget": True}, "budget is not a number over 0"),
        ({"since": None}, "give either days or since"),
        ({"days": 30}, "give either days or since"),
        ({"since": "lately"}, "since: 'lately' is not a month, date or time"),
        ({"detector": "eye"}, "detector is not one of network, template, contour"),
    ],
    ids=str,
)
def test_a_wrong_setting_is_named(watch_file, settings, why):
    with pytest.raises(UsageError) as error:
        read_watch_file(watch_file(**settings))
    assert why in str(error.value)
    assert str(error.value).startswith(f"{watch_file(**settings)}: ")


@pytest.mark.parametrize(
    ("content", "why"), [("a = [", "not TOML"), (None, "write one with `hardstand watch --init")]
)
def test_a_file_that_cannot_be_read(tmp_path, cli, content, why):
    path = tmp_path / "a.toml"
    if content is not None:
        path.write_text(content)
    run = cli.invoke(main, ["watch", str(path)])
    assert run.exit_code == 2
    assert why in run.stderr
    assert run.stderr.count("\n") == 1
