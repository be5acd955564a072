"""What the scores were worth as one self-contained HTML page: a diagram for each detector and sensor."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from annotate.quality.score_reliability import Scores
from imagery.files import whole_file

SIDE_PX = 320  # of the diagram's square


def write_reliability_page(
    project: str, groups: Sequence[Scores], path: str | os.PathLike[str], *, overwrite: bool = False
) -> Path:
    """Write the page, whole or not at all.

    Args:
        project: Title of the project.
        groups: As `annotate.quality.score_reliability.score_reliability` gives them.
        path: The HTML file.
        overwrite: Replace a file that exists.

    Raises:
        OutputExists: The file exists and ``overwrite`` is false.
        OutputUnwritable: The folder cannot be written.
    """
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    source = files(__package__).joinpath("reliability.html").read_text(encoding="utf-8")
    page = environment.from_string(source).render(project=project, groups=groups, side=SIDE_PX)
    with whole_file(path, overwrite=overwrite) as part:
        part.write_text(page, encoding="utf-8", errors="replace")
    return Path(path)
