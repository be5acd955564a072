"""What must be gone is in no byte of what is published."""

from __future__ import annotations

import io
import math
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import rasterio
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from annotate.exports.export import export
from annotate.exports.formats import FORMATS, SUFFIXES, Format
from annotate.exports.redaction import Redaction, redaction_for, rounded_position
from annotate.exports.selection import Selection
from annotate.intake.importing import check_export, import_export
from annotate.log.chips import cut_chips
from annotate.log.entries import Movement, Sighting, Verdict
from annotate.log.store import Log, open_log
from annotate.query.filters import Filter
from imagery.grid import WGS84
from imagery.record import SceneRecord
from imagery.scene import open_scene

SUFFIX = {form: suffix for suffix, form in SUFFIXES.items()} | {"excel": ".csv"}
# By what of the log each is: all of them must be gone.
SECRETS = {
    "an analyst's name": b"zenobia.quill@bureau.example",
    "what stands before its @": b"zenobia",
    "another's, who rejected": b"ottokar@bureau.example",
    "a third's, who reported": b"wilhelmina",
    "a folder": b"vault-of-images",
    "a folder in words": b"drafts-of-mine",
    "an attached file": b"interview-with-a-source.pdf",
    "a private note": b"PLUM-COLOURED-UMBRELLA",
    "a file's address": b"file:///",
    "a scene's file": b"apron-7.tif",
}


@pytest.fixture(scope="module")
def telling_log(
    tmp_path_factory: pytest.TempPathFactory,
    verdict: Callable[..., Verdict],
    scene_record: Callable[..., SceneRecord],
    reported: Callable[..., Sighting],
    movement: Callable[..., Movement],
    darkroom: Callable[..., Any],
) -> Iterator[Log]:
    """A log whose every corner says who made it and where."""
    home = "/home/zenobia/vault-of-images"
    scene = scene_record(path=f"{home}/apron-7.tif", source_url=f"file://{home}/apron-7.tif")
    zenobia, ottokar = "zenobia.quill@bureau.example", "ottokar@bureau.example"
    said = [
        verdict(
            1,
            scene=scene,
            analyst=zenobia,
            note="see /home/zenobia/drafts-of-mine/1.txt; Apron-7.tif is hazy",
            type_reason="Zenobia.Quill@bureau.example compared wings",
            project="Bamako, ottokar@bureau.example",
        ),
        verdict(2, scene=scene, candidate=f"{1:016x}", analyst=ottokar, verdict="rejected"),
        verdict(3, scene=scene, analyst=ottokar, verdict="rejected"),
        verdict(4, scene=scene, analyst=zenobia, note=r"and C:\Users\ottokar\drafts-of-mine\2.txt"),
    ]
    private = {"analyst": "wilhelmina", "note": "PLUM-COLOURED-UMBRELLA", "private": True}
    path = tmp_path_factory.mktemp("telling") / "log.db"
    with open_log(str(path), create=True) as log:
        made = darkroom(log, said)
        made.note = f"{zenobia} in {home}"
        log.record(said, cut=made.cut)
        file, archived = "interview-with-a-source.pdf", f"file://{home}/a.html"
        log.add(reported(**private, source_file=file, archive_url=archived))
        log.add_movement(movement(**private, source="vault: ~/drafts-of-mine/r.txt", source_file=file))
        _, amended, _ = log.sightings()
        log.amend(amended.id, {"operator": "Air Force"}, because="zenobia called wilhelmina", analyst=zenobia)
        yield log


def everything_in(path: Path) -> bytes:
    """All that a file says: its bytes, and what is compressed in it, in archives and pictures, too."""
    content = path.read_bytes()
    found = [content]
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                member = archive.read(name)
                found += [name.encode(), member]
                if name.endswith(".png"):
                    with Image.open(io.BytesIO(member)) as image:
                        image.load()
                        found.append(repr(image.info).encode())
    elif content[:4] == b"PAR1":
        found.append(repr(pq.read_table(path).to_pylist()).encode())
    return b"\n".join(found)


def exported(log: Log, form: Format, folder: Path, **options: Any) -> bytes:
    """All that an export says, in whatever files it is."""
    folder.mkdir()
    export(log, folder / f"out{SUFFIX[form]}", format=form, **options)
    return b"\n".join(map(everything_in, sorted(folder.iterdir())))


@pytest.mark.parametrize("form", FORMATS)
def test_no_format_publishes_a_name_a_path_or_a_private_note(
    form: Format, telling_log: Log, tmp_path: Path
) -> None:
    content = exported(telling_log, form, tmp_path / "public", public=True).lower()
    assert [what for what, secret in SECRETS.items() if secret.lower() in content] == []


@pytest.mark.parametrize("form", FORMATS)
def test_no_format_publishes_an_identifier_of_the_log(form: Format, telling_log: Log, tmp_path: Path) -> None:
    """Who guesses the analyst could make it from what is published, and see that they are right."""
    identifiers = [entry.id.encode() for entry in telling_log.entries()]
    content = exported(telling_log, form, tmp_path / "public", public=True)
    assert [identifier for identifier in identifiers if identifier[:8] in content] == []
    whole = exported(telling_log, form, tmp_path / "whole")
    assert any(identifier in whole for identifier in identifiers), "or the search would prove nothing"


def test_a_guessed_analyst_is_not_confirmed_by_what_is_published(log: Log, tmp_path: Path) -> None:
    """The attack itself: an entry made anew with each name of a list has the identifier of the right one."""
    exact = next(log.sightings(Filter(evidence=frozenset({"reported"}))))
    names = ("bob", "ana@example.org", "eve")

    def confirmed(seen: Sighting) -> list[str]:
        with open_log(str(tmp_path / f"{seen.id}.db"), create=True) as own:
            return [name for name in names if own.add(replace(exact, id="", analyst=name)).id == seen.id]

    assert confirmed(exact) == ["ana@example.org"]
    assert confirmed(redaction_for(log, public=True).sighting(exact)) == []


def test_what_is_published_again_has_the_same_identifiers_and_refers_to_the_same(log: Log) -> None:
    once, again = (Selection(log, redaction=redaction_for(log, public=True)) for _ in range(2))
    assert list(once.sightings()) == list(again.sightings())
    inferred = next(route for route in once.movements() if route.evidence == "inferred")
    assert set(inferred.rests_on) <= {sighting.id for sighting in once.sightings()}


def test_a_log_that_takes_up_what_it_published_has_it_already(log: Log, tmp_path: Path) -> None:
    export(log, tmp_path / "public.geojson", public=True)
    imported = import_export(log, check_export(tmp_path / "public.geojson", analyst="eve"))
    assert (imported.added, imported.present > 0) == (0, True)


@pytest.mark.parametrize("form", [form for form in FORMATS if form not in ("coco", "yolo")])
def test_the_same_search_finds_all_of_it_where_nothing_is_left_out(
    form: Format, telling_log: Log, tmp_path: Path
) -> None:
    """Or the search would prove nothing."""
    content = exported(telling_log, form, tmp_path / "whole").lower()
    assert [what for what, secret in SECRETS.items() if secret.lower() not in content] == []


def test_what_analysts_said_stays_without_their_names(telling_log: Log) -> None:
    """That they disagree, and on what, is evidence; who they are is not."""
    public = redaction_for(telling_log, public=True)
    disputed, reported, amended = Selection(telling_log, redaction=public).sightings()
    assert (disputed.status, disputed.analysts, disputed.analyst) == ("disputed", 2, "")
    assert disputed.because is not None
    assert disputed.because.startswith("analysts disagree on presence: [analyst] says rejected")
    assert (disputed.scene_path, disputed.note) == (None, "see [file]; [file] is hazy")
    assert disputed.scene_sha256, "by which whoever has the scene knows it"
    assert disputed.type_reason == "[analyst] compared wings"
    assert (amended.because, amended.note) == ("[analyst] called [analyst]", "and [file]")
    assert (reported.note, reported.private, reported.source_file) == (None, True, None)
    assert reported.source == "a photograph in Le Monde, page 3"
    assert reported.source_url == "https://example.org/photograph?a=1&b=2"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("on 27/10/2023 and/or later, 1/2 full", "on 27/10/2023 and/or later, 1/2 full"),
        ("https://example.org/a/b.html", "https://example.org/a/b.html"),
        ("see /srv/images/a.tif, twice", "see [file], twice"),
        ("(~/images/a.tif)", "([file])"),
        (r"\\server\share\a.tif", "[file]"),
        ("apron-7.TIF, the apron's, and myapron-7.tif", "[file], the apron's, and myapron-7.tif"),
        ("Anatole and ana@example.org, ANA", "Anatole and [analyst], [analyst]"),
    ],
)
def test_only_paths_and_whole_names_are_struck_out(
    text: str, told: str, reported: Callable[..., Sighting]
) -> None:
    public = Redaction(
        public=True, analysts=frozenset({"ana@example.org", "ana"}), files=frozenset({"apron-7.tif"})
    )
    assert public.sighting(reported(note=text)).note == told


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
@pytest.mark.parametrize("crs", ["EPSG:32629", None])
def test_a_chip_as_the_log_cuts_it_stays_as_it_is(
    crs: str | None, reported: Callable[..., Sighting], tmp_path: Path
) -> None:
    """So that its hash is still the one in the log."""
    place = {"crs": crs, "transform": Affine(0.5, 0, 6e5, 0, -0.5, 1e6)} if crs else {}
    profile = {"driver": "GTiff", "dtype": "uint8", "count": 1, "width": 200, "height": 200, **place}
    with rasterio.open(tmp_path / "scene.tif", "w", **profile) as dataset:
        dataset.write(np.full((1, 200, 200), 90, np.uint8))
    seen = reported(id="1" * 16, center_px=(100.0, 100.0), box_px=(60.0, 60.0, 0.0))
    with open_scene(tmp_path / "scene.tif", gsd_m=None if crs else 0.5) as scene:
        chips = cut_chips(scene, seen, tmp_path / "chips")
    chip = (tmp_path / "chips" / chips.chip).read_bytes()
    assert b"Comment" in chip
    assert Redaction(public=True).picture(chip) == chip


def test_a_picture_loses_its_metadata_and_none_of_its_pixels(telling_log: Log) -> None:
    selection = Selection(telling_log, redaction=Redaction(public=True))
    sighting = next(selection.sightings())
    chip = selection.chip(sighting.chip, sighting.chip_sha256)
    assert chip is not None
    pictures = [io.BytesIO(one.picture) for one in (chip, selection.redacted(chip))]
    with Image.open(pictures[0]) as whole, Image.open(pictures[1]) as told:
        assert "Author" in whole.info
        assert told.info == {}
        assert told.tobytes() == whole.tobytes()


@given(
    lon=st.floats(-180, 180),
    lat=st.floats(-90, 90),
    metres=st.floats(1, 100_000),
)
def test_rounding_moves_a_place_by_less_than_the_grids_width(lon: float, lat: float, metres: float) -> None:
    """Half a diagonal, and a little more for a sphere that is not the ellipsoid."""
    there = rounded_position(lon, lat, metres)
    assert -180 <= there[0] <= 180
    assert -90 <= there[1] <= 90
    assert WGS84.inv(lon, lat, *there)[2] <= metres / math.sqrt(2) * 1.02 + 0.1


def test_places_near_each_other_become_one() -> None:
    assert len({rounded_position(-7.95 + step * 1e-6, 12.53, 1000) for step in range(10)}) == 1


def test_a_rounded_position_says_how_rough_it_is_and_gives_no_way_back(selection: Selection) -> None:
    """The box in the scene would say it, together with the scene's own georeference."""
    rough = Selection(selection.log, redaction=Redaction(round_m=1000))
    for exact, told in zip(selection.sightings(), rough.sightings(), strict=True):
        assert (told.center_px, told.box_px) == (None, None)
        if exact.lon is None:
            assert told.position_error_m is None
            continue
        assert (told.lon, told.lat) != (exact.lon, exact.lat)
        assert told.position_error_m == pytest.approx(1000 / math.sqrt(2), abs=0.1)


@pytest.mark.parametrize("form", FORMATS)
def test_no_format_says_the_exact_place_where_it_is_rounded(form: Format, log: Log, tmp_path: Path) -> None:
    content = exported(log, form, tmp_path / "rough", round_m=1000)
    assert not re.search(rb"7\.9512345|12\.5349876|\[400|470\.0", content)
