"""The page: one HTML file with its script, style and pictures inside, which may load nothing else."""

from __future__ import annotations

import base64
import hashlib
import os
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from annotate.intake.fields import CREDIBILITY, RELIABILITY
from annotate.log.entries import LIKELIHOOD
from annotate.report import words
from annotate.report.contents import Material
from annotate.report.map import chart
from annotate.report.pictures import Pictures
from annotate.report.size_check import size_check
from annotate.report.tables import scene_rows, sighting_rows
from annotate.report.timeline_chart import STATE_WORDS, timeline
from detect.box import heading_words
from imagery.files import whole_file

SCRIPTS = ("projection.js", "map.js", "table.js", "page.js")
MOST_PLACES = 2  # that the heading names


def write_report(
    material: Material, path: str | os.PathLike[str], *, title: str | None = None, overwrite: bool = False
) -> Path:
    """Write the page, whole or not at all.

    Args:
        material: What to show.
        path: The HTML file.
        title: Its heading; None for one that names the airfields.
        overwrite: Replace a file that is there.

    Raises:
        OutputExists: It is there and ``overwrite`` was not said.
        OutputUnwritable: The folder cannot be written.
    """
    with whole_file(path, overwrite=overwrite) as part:
        part.write_text(page_of(material, title=title, written=datetime.now(UTC)), encoding="utf-8")
    return Path(path)


def page_of(material: Material, *, title: str | None = None, written: datetime) -> str:
    """The page's HTML.

    Args:
        material: What to show.
        title: Its heading; None for one that names the airfields.
        written: When it was made, in UTC.
    """
    script = "\n".join(files(__package__).joinpath(name).read_text(encoding="utf-8") for name in SCRIPTS)
    style = files(__package__).joinpath("page.css").read_text(encoding="utf-8")
    pictures = Pictures(material.chips, len(material.sightings), material.redaction)
    card, page = (_environment().get_template(name) for name in ("card.html", "page.html"))
    cards = [
        (one.id, card.render(one=one, hash=material.hashes[one.id], shown=pictures.of(one)))
        for one in material.sightings
    ]
    return page.render(
        material=material,
        title=title or _title(material),
        written=f"{words.date_words(written.strftime('%Y-%m-%dT%H:%MZ'))}",
        version=version("hardstand"),
        filtered=words.filter_words(material.wanted),
        script=script,
        style=style,
        # Only what this very text says may run or style: not even what a slip in escaping would let in.
        script_hash=_source_hash(script),
        style_hash=_source_hash(style),
        cards=cards,
        pictures=pictures.addresses,
        map=chart(material.sightings, material.movements, material.scenes),
        timeline=timeline(material.sightings, material.movements, material.scenes),
        sightings=sighting_rows(material.sightings),
        scenes=scene_rows(material.scenes),
        states=STATE_WORDS,
        likelihoods=LIKELIHOOD,
        licences=sorted({one.licence for one in material.pictured if one.licence is not None}),
    )


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
        "date": words.date_words,
        "place": words.place_words,
        "type": words.type_words,
        "likelihood": words.likelihood_words,
        "grade": words.grade_words,
        "link_address": words.link_address,
        "size_check": size_check,
    }
    environment.globals |= {
        "period": words.period_words,
        "heading": heading_words,
        "EVIDENCE": words.EVIDENCE,
        "JUDGEMENT": words.JUDGEMENT,
        "RELIABILITY": RELIABILITY,
        "CREDIBILITY": CREDIBILITY,
    }
    return environment


def _source_hash(text: str) -> str:
    """As a content security policy names an inline script or style."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}'"


def _title(material: Material) -> str:
    places = dict.fromkeys(one.airfield for one in material.pictured)
    places |= dict.fromkeys(place for movement in material.movements for place in movement.places)
    named = [words.place_words(place) for place in places if place]
    if not named:
        return "Aircraft sightings"
    more = f" and {len(named) - MOST_PLACES} more places" if len(named) > MOST_PLACES else ""
    return f"Aircraft at {', '.join(named[:MOST_PLACES])}{more}"
