"""The files that a scene's pixels come from: all of them, however deep, and none outside its folder.

Some formats name other files, whose pixels GDAL then takes for the image's: a stranger's VRT could name any
file of this machine, and what that shows would end in candidates, tasks and exports. So everything that an
image names lies in its folder or below, and all of it is known before a pixel is read, since the scene's hash
is taken over it.
"""

from __future__ import annotations

import os
import posixpath
import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import defusedxml.ElementTree

from imagery.errors import SceneError
from imagery.gdal import RASTER_DRIVERS, READ_ERRORS, first_bytes, open_raster
from imagery.geopackage_check import check_geopackage, is_geopackage

if TYPE_CHECKING:
    from rasterio import DatasetReader

# Formats whose content says in which files the pixels are; in the others, these have the image's own name.
NAMING_FORMATS = {"VRT", "DIMAP", "ERS", "TIL", "RPFTOC", "SENTINEL2", "SAFE", "HFA"}
MOST_FILES = 20_000
MOST_READS = 1_000  # of each file, on average, for one look at the whole: some per band are usual
DEEPEST = 16  # GDAL itself ends at 32 or 100, depending on what is nested

# GDAL's names of the images in a NITF file (from 0) and in a TIFF of several pages (from 1).
_PART = re.compile(r"(NITF_IM|GTIFF_DIR):(\d{1,9}):(.+)", re.ASCII | re.DOTALL)

_OVERVIEWS = "OVERVIEWS"  # GDAL's metadata domain in which a file names where its overviews are
_VRT = "xml:VRT"  # the domain in which GDAL says how it understood a VRT
_VRT_BEGINS, _HEADER_BYTES = b"<VRTDataset", 4096  # by which GDAL knows one; it looks at 1024 bytes
_VRT_BYTES = 16 * 2**20  # of a mosaic of 20,000 files there are 10
_ENDLESS = "a pipe, a socket or a device"  # GDAL would wait for it for ever
_SIDECARS = (".ovr", ".msk", ".OVR", ".MSK")  # images that GDAL finds by their names, of an image or of these
_SOURCES = {"sourcefilename", "sourcedataset"}
# Parts of a VRT that read files which other elements name.
_REFUSED = {"dempath", "geoloctransformer", "processingsteps", "group", "arraysource", "pixelfunctioncode"}
_FREE_TEXT = {"metadata", "mdi", "description", "category", "gcplist"}
_ADDRESS = re.compile(r"[/\\~<.]|[A-Za-z]:[/\\]|https?:")
_PATH = re.compile(r"[/\\~<]|[A-Za-z]:[/\\]|.*(://|/vsi|\.\.[/\\])", re.DOTALL)


class ImageInFile(NamedTuple):
    """One of the images in a file.

    Attributes:
        kind: The prefix of its name: ``NITF_IM`` or ``GTIFF_DIR``.
        number: As GDAL counts it.
        file: In which it is.
    """

    kind: str
    number: int
    file: str

    def __str__(self) -> str:
        """Return GDAL's name of the image."""
        return ":".join(map(str, self))


def part_of(name: str) -> ImageInFile | None:
    """Return the image in a file that a name such as ``NITF_IM:1:two.ntf`` stands for, if it is one."""
    match = _PART.fullmatch(name)
    return ImageInFile(match[1], int(match[2]), match[3]) if match else None


def file_of(name: str) -> str:
    """Return the name of the file in which the image of a name is."""
    part = part_of(name)
    return name if part is None else part.file


class _Walk:
    """A walk through all that an image names."""

    def __init__(self, path: str, name: str) -> None:
        self.files: dict[str, None] = {}
        self._name = name
        self._reads: dict[str, int] = {}  # by VRT: how often it has files read for one look at it
        self._endless: dict[str, list[str]] = {}  # by folder
        self._folders = _folders_of(file_of(path))

    def open(self, path: str, drivers: Sequence[str]) -> DatasetReader:
        """Open an image once it is known that GDAL, opening it, opens nothing outside its folder.

        Raises:
            RasterioError: It is not an image of these formats.
            SceneError: It names such a file.
        """
        self._check_kinds(file_of(path))
        self._check_content(file_of(path))
        return open_raster(path, drivers)

    def visit(self, dataset: DatasetReader, depth: int = 0) -> None:
        """Add the files of an image, and those of the images among them."""
        check_overviews(dataset, self._name)  # first, since GDAL looks for overviews to list files
        if depth > DEEPEST:
            raise SceneError(f"{self._name}: names files that name files, more than {DEEPEST} deep")
        names, sources = dataset.files, []
        if dataset.driver == "VRT":
            # As GDAL itself has understood it, which may differ from what its text seems to say.
            text = dataset.tags(ns=_VRT).get(_VRT, "").encode()
            sources = list(self._named_in_vrt(text, dataset.name))
        for name in dict.fromkeys([*names, *sources]):
            self._add(name, dataset.driver, own=_same(name, dataset.name), depth=depth)
        self._count_reads(dataset.name, sources)

    def _count_reads(self, vrt: str, sources: Sequence[str]) -> None:
        """Count how often a VRT has files read: a few short VRTs that name each other can do it for ever."""
        reads = sum(self._reads.get(source, 1) for source in sources)
        if reads > MOST_READS * len(self.files):
            raise SceneError(
                f"{self._name}: has its files read {reads:,} times over; "
                "write what is needed of it to a GeoTIFF: gdal_translate IN OUT.tif"
            )
        self._reads[vrt] = max(1, reads)

    def _add(self, name: str, driver: str, *, own: bool, depth: int) -> None:
        if not own:
            self._check(name)
        if name in self.files:
            return
        self.files[name] = None
        if len(self.files) > MOST_FILES:
            raise SceneError(f"{self._name}: names more than {MOST_FILES:,} files")
        # A sidecar that is XML is text to all formats but those that name files of any name.
        if own or (driver not in NAMING_FORMATS and name.lower().endswith(".xml")):
            return
        try:
            inner = self.open(name, RASTER_DRIVERS)
        except READ_ERRORS:
            return  # no image, so no format that names files: raw pixels, a world file
        with inner:
            self.visit(inner, depth + 1)

    def _check(self, name: str) -> None:
        """Check that a file lies where the image may name it, and is there.

        Raises:
            SceneError: It does not, or is not.
        """
        archived = name.startswith("/vsi")
        if archived:
            inside = any(posixpath.normpath(name).startswith(f"{folder}/") for folder in self._folders)
        else:
            real = Path(os.path.realpath(name))
            inside = any(real.is_relative_to(folder) for folder in self._folders)
        if not inside:
            raise SceneError(
                f"{self._name}: names {name!r}, which is not in its folder or below; put both into one folder"
            )
        if archived:
            return
        try:
            mode = Path(name).stat().st_mode
        except (OSError, ValueError) as reason:
            detail = reason.strerror if isinstance(reason, OSError) else reason
            raise SceneError(
                f"{self._name}: refers to {name}, which cannot be read ({detail}); put it back where it was"
            ) from None
        if _is_endless(mode):
            raise SceneError(f"{self._name}: names {name!r}, which is not a file but {_ENDLESS}; remove it")

    def _check_kinds(self, path: str) -> None:
        """Check that neither an image nor a file of its name beside it is one whose reading may not end."""
        if path.startswith("/vsi"):
            return
        folder, name = os.path.split(path)
        if folder not in self._endless:
            self._endless[folder] = list(_endless_files(folder or os.curdir))
        stem = Path(name).stem.casefold()
        for other in self._endless[folder]:
            if other.casefold().startswith(stem):
                raise SceneError(f"{self._name}: {other!r} is not a file but {_ENDLESS}; remove it")

    def _check_content(self, path: str, depth: int = 0) -> None:
        """Check a VRT before GDAL opens it, since GDAL opens some of its sources at once, even to write.

        Check a GeoPackage, too, whose queries run then; and what has the name of the image's overviews or
        mask.
        """
        begin = first_bytes(path, _HEADER_BYTES)
        if is_geopackage(path, begin):
            check_geopackage(path, self._name)
        if _VRT_BEGINS in begin:
            text = first_bytes(path, _VRT_BYTES + 1)
            if len(text) > _VRT_BYTES:
                raise SceneError(f"{self._name}: a VRT of more than {_VRT_BYTES >> 20} MB")
            for source in self._named_in_vrt(text, path):
                self._check(source)
        if depth < len(_SIDECARS):
            for suffix in _SIDECARS:
                if first_bytes(f"{path}{suffix}", 1):
                    self._check_content(f"{path}{suffix}", depth + 1)

    def _named_in_vrt(self, text: bytes, path: str) -> Iterator[str]:
        """Return the files that a VRT names, whatever the letter case of its elements."""
        try:
            root = defusedxml.ElementTree.fromstring(text, forbid_dtd=True)
        except (SyntaxError, ValueError, LookupError) as reason:
            detail = " ".join(str(reason).split())
            raise SceneError(f"{self._name}: a VRT whose sources cannot be listed ({detail})") from None
        for element in root.iter():
            tag = element.tag.lower()
            attributes = {key.lower(): value for key, value in element.attrib.items()}
            content = (element.text or "").strip()
            if tag in _SOURCES:
                relative = attributes.get("relativetovrt", "0").strip() not in ("", "0")
                yield posixpath.join(posixpath.dirname(path), content) if relative else content
            elif (
                tag in _REFUSED
                or not _SOURCES.isdisjoint(attributes)  # to GDAL an attribute is as good as an element
                or _names_a_file(tag, content, attributes)
            ):
                raise SceneError(
                    f"{self._name}: a VRT with {element.tag}, which may read other files than its sources; "
                    "write it to a GeoTIFF: gdal_translate IN OUT.tif"
                )


def _endless_files(folder: str) -> Iterator[str]:
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                with suppress(OSError):  # a link to nothing
                    if not entry.is_file() and not entry.is_dir() and _is_endless(entry.stat().st_mode):
                        yield entry.name
    except OSError:
        return  # GDAL, too, then finds none by their names


def _is_endless(mode: int) -> bool:
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _names_a_file(tag: str, content: str, attributes: Mapping[str, str]) -> bool:
    if tag == "srs":
        return _ADDRESS.match(content) is not None
    return tag not in _FREE_TEXT and any(_PATH.match(value) for value in (content, *attributes.values()))


def _folders_of(path: str) -> tuple[str, ...]:
    """Return the folders in which an image may name files: where it is, or lies if it is a link."""
    if path.startswith("/vsi"):
        return (posixpath.normpath(posixpath.dirname(path)),)
    return (os.path.realpath(Path(path).parent), str(Path(os.path.realpath(path)).parent))


def _same(name: str, other: str) -> bool:
    return name == other or (not name.startswith("/vsi") and Path(name) == Path(other))


def check_overviews(dataset: DatasetReader, name: str) -> None:
    """Check that an image does not say in which other file its overviews are, as GDAL lets any image do.

    Raises:
        SceneError: It does.
    """
    if any(key.upper() == "OVERVIEW_FILE" for key in dataset.tags(ns=_OVERVIEWS)):
        raise SceneError(
            f"{name}: names another file for its overviews (OVERVIEW_FILE), which is not followed; "
            "remove that tag"
        )


def open_with_files(path: str, name: str, drivers: Sequence[str]) -> tuple[DatasetReader, tuple[str, ...]]:
    """Open an image, and return it with every file that it is made of, itself first, by GDAL's names.

    Args:
        path: A name that GDAL opens, not on a server.
        name: What messages call it.
        drivers: Formats that it may have.

    Raises:
        RasterioError: It is not an image of these formats.
        SceneError: It names a file outside its folder, one that is not there, or too many.
    """
    walk = _Walk(path, name)
    dataset = walk.open(path, drivers)
    try:
        walk.visit(dataset)
    except BaseException:
        dataset.close()
        raise
    return dataset, tuple(walk.files)
