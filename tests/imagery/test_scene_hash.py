"""The hash of a scene is that of all its pixels, however deep they lie, and of those that were read."""

import hashlib
import os

import numpy as np
import pytest
import rasterio
import rasterio.shutil

from imagery import record, references
from imagery.errors import SceneError
from imagery.scene import open_scene
from tests.imagery.strange_files import (
    SIDE,
    read_whole,
    simple_vrt,
)

pytestmark = pytest.mark.filterwarnings("ignore:Dataset has no geotransform", "ignore:.*:RuntimeWarning")


class TestHash:
    def test_all_that_is_named_counts_however_deep(self, delivery, plain):
        """Zeroed pixels behind two VRTs gave the same hash once."""
        pixels = plain()
        for depth in range(4):
            inner = pixels.name if depth == 0 else f"v{depth - 1}.vrt"
            (delivery / f"v{depth}.vrt").write_text(simple_vrt(inner, relative=1))
        path = delivery / "v3.vrt"
        with open_scene(path) as scene:
            before, names = scene.record().sha256, {file.name for file in scene.files}
        assert names == {"v0.vrt", "v1.vrt", "v2.vrt", "v3.vrt", "plain.tif"}
        with rasterio.open(pixels, "r+") as file:
            file.write(np.zeros((1, SIDE, SIDE), np.uint8))
        with open_scene(path) as scene:
            assert scene.record().sha256 != before

    def test_sidecars_of_what_is_named_count_too(self, delivery, plain):
        pixels = plain()
        path = delivery / "v.vrt"
        path.write_text(simple_vrt(pixels.name, relative=1))
        with rasterio.open(pixels) as file:
            rasterio.shutil.copy(file, f"{pixels}.ovr", driver="GTiff")
        with open_scene(path) as scene:
            assert [file.name for file in scene.files] == ["v.vrt", "plain.tif", "plain.tif.ovr"]

    def test_of_one_file_is_the_files_own(self, plain):
        path = plain()
        with open_scene(path) as scene:
            assert scene.record().sha256 == hashlib.sha256(path.read_bytes()).hexdigest()

    def test_what_names_itself_ends(self, delivery):
        (delivery / "a.vrt").write_text(simple_vrt("b.vrt", relative=1))
        (delivery / "b.vrt").write_text(simple_vrt("a.vrt", relative=1))
        with pytest.raises(SceneError):
            read_whole(delivery / "a.vrt")


class TestReplaced:
    @pytest.fixture
    def other(self, delivery, plain, values):
        """Another scene of the same size, with the same time of change."""
        path = plain("other.tif")
        with rasterio.open(path, "r+") as file:
            file.write(255 - values)
        return path

    def replace(self, path, other):
        state = path.stat()
        assert other.stat().st_size == state.st_size
        os.utime(other, ns=(state.st_atime_ns, state.st_mtime_ns))
        other.replace(path)

    def test_after_it_was_opened_a_scene_has_no_record(self, plain, other):
        """Else the log would have the pixels of one file and the hash of the other."""
        path = plain()
        with open_scene(path) as scene:
            scene.read(scene.tiles(0.5, 512)[0])
            self.replace(path, other)
            with pytest.raises(SceneError, match="changed while it was being read"):
                scene.record()

    def test_while_it_is_hashed(self, plain, other, monkeypatch):
        path = plain()

        def hash_files(paths):
            self.replace(path, other)
            return record.hash_files(paths)

        monkeypatch.setattr("imagery.scene.hash_files", hash_files)
        with open_scene(path) as scene, pytest.raises(SceneError, match="changed while it was being read"):
            scene.record()

    def test_while_it_is_opened(self, plain, other, monkeypatch):
        path = plain()

        def open_with_files(*arguments):
            opened = references.open_with_files(*arguments)
            self.replace(path, other)
            return opened

        monkeypatch.setattr("imagery.opening.open_with_files", open_with_files)
        with pytest.raises(SceneError, match="changed while it was being read"):
            open_scene(path)

    def test_in_place(self, plain):
        path = plain()
        with open_scene(path) as scene:
            state, content = path.stat(), bytearray(path.read_bytes())
            content[-1] ^= 1
            path.write_bytes(content)
            os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
            with pytest.raises(SceneError, match="changed while it was being read"):
                scene.record()
