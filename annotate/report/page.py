"""The report: one HTML file with its script, style and pictures inside, which may load nothing else."""

from __future__ import annotations

import base64
import hashlib
import os
from collections import deque
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined

from annotate.exports.proofs import proofs_beside
from annotate.exports.redaction import redaction_for
from annotate.exports.selection import Selection
from annotate.intake.grades import CREDIBILITY, RELIABILITY
from annotate.log.entries import LIKELIHOOD
from annotate.log.size_check import measured_size, size_check
from annotate.log.stops import route_words, stop_key
from annotate.log.store import Log
from annotate.query.filters import Filter
from annotate.report import plain_words
from annotate.report.contents import ReportContents, report_contents
from annotate.report.ground_pictures import GroundPictures, WholeScene
from annotate.report.map import map_data
from annotate.report.overviews import Overview, overview_of
from annotate.report.pictures import PagePictures
from annotate.report.stand_pictures import ChangedScenes, StandPictures, StandTable
from annotate.report.tables import scene_table, sighting_table
from annotate.report.timeline_chart import STATE_WORDS, timeline_chart
from detect.box import heading_words
from imagery.files import whole_file
from imagery.grid import LonLat
from imagery.measures import TIMES, place_words
from imagery.words import counted

SCRIPTS = ("projection.js", "map.js", "table.js", "page.js")
MOST_DRAWN = 100  # sightings of a page that draws scenes and stands at once
MOST_PLACES = 2  # that the heading names


class ReportResult(NamedTuple):
    """What a report shows, and where it is.

    Attributes:
        path: The HTML file.
        sightings: How many.
        movements: How many.
        scenes: How many.
    """

    path: Path
    sightings: int
    movements: int
    scenes: int


def write_report(
    log: Log,
    path: str | os.PathLike[str],
    matching: Filter = Filter(),  # noqa: B008 -- which nothing can change
    *,
    title: str | None = None,
    public: bool = False,
    with_proofs: bool = False,
    overwrite: bool = False,
) -> ReportResult:
    """Write the sightings, movements and searched scenes of a log as one HTML page, whole or not at all.

    Args:
        log: An open log.
        path: The HTML file.
        matching: Which entries to show. By default all but withdrawn ones.
        title: The heading; None for one that names the airfields.
        public: Leave out the analysts' names, paths and names of local files, and notes marked private.
        with_proofs: Also write the proofs of its sightings and movements, see `annotate.exports.proofs`.
        overwrite: Replace a file that is there.

    Returns:
        How much the page shows.

    Raises:
        UsageError: Nothing matches, or no checkpoint of the log covers what is to be proved.
        OutputExists: The file is there and ``overwrite`` is false.
        OutputUnwritable: The folder does not exist or cannot be written.
        LogError: The log cannot be read.
    """
    selection = Selection(log, matching, redaction_for(log, public=public))
    contents = report_contents(selection)
    with ExitStack() as block:
        part = block.enter_context(whole_file(path, overwrite=overwrite))
        if with_proofs:
            beside = proofs_beside(log, selection.redaction, Path(path), overwrite=overwrite)
            noting = replace(selection, proofs=block.enter_context(beside))
            deque(chain(noting.sightings(), noting.movements()), maxlen=0)
        part.write_text(report_html(contents, title=title, written=datetime.now(UTC)), encoding="utf-8")
    counts = len(contents.sightings), len(contents.movements), len(contents.scenes)
    return ReportResult(Path(path), *counts)


def report_html(contents: ReportContents, *, title: str | None = None, written: datetime) -> str:
    """Return the HTML of a report.

    Args:
        contents: What to show.
        title: The heading; None for one that names the airfields.
        written: When the report was written, UTC.
    """
    script = "\n".join(files(__package__).joinpath(name).read_text(encoding="utf-8") for name in SCRIPTS)
    style = files(__package__).joinpath("page.css").read_text(encoding="utf-8")
    pictures = PagePictures(contents.chips, len(contents.sightings), contents.redaction)
    page = _environment().get_template("page.html")
    ground = _ground(contents, pictures)
    return page.render(
        contents=contents,
        title=title or _title(contents),
        written=plain_words.date_words(f"{written:%Y-%m-%dT%H:%M}Z"),
        version=version("hardstand"),
        conditions=plain_words.filter_words(contents.matching),
        script=script,
        style=style,
        # Only these very texts may run or style, so not even a slip in escaping lets others in.
        script_hash=_source_hash(script),
        style_hash=_source_hash(style),
        cards=_cards(contents, pictures),
        pictures=pictures.addresses,
        map=map_data(contents.sightings, contents.movements, contents.scenes, ground.latest),
        overviews=ground.overviews,
        stand_tables=ground.tables,
        changes=ground.changes,
        timeline=timeline_chart(contents.sightings, contents.movements, contents.scenes),
        sightings=sighting_table(contents.sightings),
        scenes=scene_table(contents.scenes),
        states=STATE_WORDS,
        likelihoods=LIKELIHOOD,
        licences=sorted({entry.licence for entry in contents.dated_places if entry.licence is not None}),
    )


class _Ground(NamedTuple):
    """What the page shows of the ground: of whole scenes, of stands, and of what changed on them."""

    latest: list[WholeScene]
    overviews: list[Overview]
    tables: list[StandTable]
    changes: list[ChangedScenes]


def _ground(contents: ReportContents, pictures: PagePictures) -> _Ground:
    # What the pictures are made of has the log's own identifiers.
    logged = {contents.redaction.logged(sighting.id): sighting for sighting in contents.sightings}
    shown = {id: number for number, id in enumerate(logged, start=1)}
    words = {
        id: (shown[id], plain_words.type_words(sighting.type, sighting.size_class))
        for id, sighting in logged.items()
    }
    with GroundPictures(contents.whole, pictures) as at_hand:
        pairs = zip(contents.whole, contents.scenes, strict=True)
        drawn = (overview_of(scene, published, words, at_hand) for scene, published in pairs)
        overviews = [overview for overview in drawn if overview is not None]
        last = {scene.airfield: whole for scene in contents.whole if (whole := at_hand.whole(scene))}
        stands = StandPictures(shown, at_hand)
        return _Ground(
            list(last.values()), overviews, stands.tables(contents.whole), stands.changes(contents.whole)
        )


def _cards(contents: ReportContents, pictures: PagePictures) -> list[tuple[str, str]]:
    """Return the identifier of each sighting with the HTML of its card."""
    card = _environment().get_template("card.html")
    return [
        (
            sighting.id,
            card.render(
                number=number,
                entry=sighting,
                hash=contents.hashes.get(sighting.id),
                pictures=pictures.of(sighting),
            ),
        )
        for number, sighting in enumerate(contents.sightings, start=1)
    ]


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("annotate.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "date": plain_words.date_words,
        "airfield": plain_words.airfield_words,
        "route": lambda places: route_words(places, " → "),
        "type": plain_words.type_words,
        "likelihood": plain_words.likelihood_words,
        "grade": plain_words.grade_words,
        "link_address": plain_words.link_address,
        "size_check": size_check,
        "measured_size": measured_size,
        "place": lambda lonlat, error_m: place_words(LonLat(*lonlat), error_m),
    }
    environment.globals |= {
        "dates": plain_words.date_range_words,
        "heading": heading_words,
        "counted": counted,
        "TIMES": TIMES,
        "MOST_DRAWN": MOST_DRAWN,
        "EVIDENCE": plain_words.EVIDENCE,
        "JUDGEMENT": plain_words.JUDGEMENT,
        "RELIABILITY": RELIABILITY,
        "CREDIBILITY": CREDIBILITY,
    }
    return environment


def _source_hash(text: str) -> str:
    """Return the name of an inline script or style in a content security policy."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}'"


def _title(contents: ReportContents) -> str:
    airfields = dict.fromkeys(entry.airfield for entry in contents.dated_places)
    airfields |= dict.fromkeys(
        stop_key(place) for movement in contents.movements for place in movement.places
    )
    names = [plain_words.airfield_words(airfield) for airfield in airfields if airfield]
    if not names:
        return "Aircraft sightings"
    more = f" and {counted(len(names) - MOST_PLACES, 'more place')}" if len(names) > MOST_PLACES else ""
    return f"Aircraft at {', '.join(names[:MOST_PLACES])}{more}"
