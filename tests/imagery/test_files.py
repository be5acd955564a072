"""A file is written whole or not at all, and never over one that somebody else made."""

import os
import stat
import threading

import pytest

from imagery.errors import OutputExists, OutputUnwritable
from imagery.files import whole_file


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def without_hard_links(monkeypatch):
    def refuse(self, target):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("pathlib.Path.hardlink_to", refuse)


def test_content_appears_under_the_name_when_the_block_ends_and_not_before(tmp_path):
    target = tmp_path / "candidates.geojson"
    with whole_file(target) as temporary:
        temporary.write_text("whole")
        assert not target.exists()
        assert temporary.parent == target.parent, "a move between file systems would not be atomic"
        assert temporary.suffix == target.suffix, "GDAL goes by it"
    assert target.read_text() == "whole"
    assert names(tmp_path) == ["candidates.geojson"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
@pytest.mark.parametrize("overwrite", [False, True])
def test_an_error_inside_leaves_no_file_and_no_temporary_one(tmp_path, error, overwrite):
    def fail():
        with whole_file(tmp_path / "a.txt", overwrite=overwrite) as temporary:
            temporary.write_text("half")
            raise error

    with pytest.raises(error):
        fail()
    assert names(tmp_path) == []


def test_an_error_inside_leaves_the_old_content(tmp_path):
    target = tmp_path / "a.txt"
    target.write_text("old")

    def fail():
        with whole_file(target, overwrite=True) as temporary:
            temporary.write_text("half")
            raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011
        fail()
    assert target.read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_a_file_that_is_there_is_not_replaced_unless_told_and_the_work_is_not_even_begun(tmp_path):
    target = tmp_path / "a.txt"
    target.write_text("precious")
    begun = []
    with pytest.raises(OutputExists, match=r"a\.txt: already exists; .*`overwrite`"), whole_file(target):
        begun.append(True)
    assert not begun
    assert target.read_text() == "precious"


def test_a_file_that_is_there_is_replaced_when_told(tmp_path):
    target = tmp_path / "a.txt"
    target.write_text("old")
    with whole_file(target, overwrite=True) as temporary:
        temporary.write_text("new")
        assert target.read_text() == "old"
    assert target.read_text() == "new"
    assert names(tmp_path) == ["a.txt"]


def _write_as_another_meanwhile(target):
    with whole_file(target) as temporary:
        temporary.write_text("ours")
        target.write_text("theirs")


def test_a_file_that_another_process_made_meanwhile_is_kept(tmp_path):
    target = tmp_path / "a.txt"
    with pytest.raises(OutputExists):
        _write_as_another_meanwhile(target)
    assert target.read_text() == "theirs"
    assert names(tmp_path) == ["a.txt"]


@pytest.mark.usefixtures("without_hard_links")
def test_it_is_kept_on_a_file_system_without_hard_links_too(tmp_path):
    target = tmp_path / "a.txt"
    with pytest.raises(OutputExists):
        _write_as_another_meanwhile(target)
    assert target.read_text() == "theirs"
    assert names(tmp_path) == ["a.txt"]


@pytest.mark.usefixtures("without_hard_links")
def test_a_new_file_is_written_on_a_file_system_without_hard_links(tmp_path):
    with whole_file(tmp_path / "a.txt") as temporary:
        temporary.write_text("whole")
    assert (tmp_path / "a.txt").read_text() == "whole"
    assert names(tmp_path) == ["a.txt"]


def test_of_many_that_write_at_once_one_wins_whole_and_the_others_are_told(tmp_path):
    target, count = tmp_path / "a.txt", 8
    barrier, outcomes = threading.Barrier(count), []

    def write(number):
        try:
            with whole_file(target) as temporary:
                temporary.write_text(str(number) * 1000)
                barrier.wait(10)
            outcomes.append(str(number))
        except OutputExists:
            outcomes.append(None)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == count
    (winner,) = [outcome for outcome in outcomes if outcome is not None]
    assert target.read_text() == winner * 1000
    assert names(tmp_path) == ["a.txt"]


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o002, 0o664), (0o077, 0o600)])
@pytest.mark.parametrize("overwrite", [False, True])
def test_permissions_are_those_that_the_umask_leaves(tmp_path, umask, mode, overwrite):
    """mkstemp makes files that only their owner may read; colleagues are to read candidates."""
    before = os.umask(umask)
    try:
        with whole_file(tmp_path / "a.txt", overwrite=overwrite) as temporary:
            temporary.write_text("x")
    finally:
        after = os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == mode
    assert after == umask, "the process keeps its umask"


@pytest.mark.parametrize("place", ["missing/a.txt", "file/a.txt", "n" * 300 + ".txt"])
def test_a_place_that_cannot_be_written_is_named_with_the_reason_and_what_to_do(tmp_path, place):
    (tmp_path / "file").write_text("a file and no folder")
    with pytest.raises(OutputUnwritable) as error, whole_file(tmp_path / place):
        pass
    assert str(error.value).startswith(f"{tmp_path / place}: cannot be written (")
    assert "choose another place" in str(error.value)
    assert names(tmp_path) == ["file"]


def test_a_folder_in_the_way_is_not_replaced_even_when_told_to_overwrite(tmp_path):
    (tmp_path / "a").mkdir()
    with (
        pytest.raises(OutputUnwritable, match="Is a directory"),
        whole_file(tmp_path / "a", overwrite=True) as temporary,
    ):
        temporary.write_text("x")
    assert names(tmp_path) == ["a"]
