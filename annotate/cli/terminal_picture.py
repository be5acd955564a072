"""Pictures in a terminal: by its own protocol where it has one, else as half blocks of two pixels each."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.style import Style
from rich.text import Text

Protocol = Literal["kitty", "iterm2", "half blocks"]

COLUMNS = 40  # two pictures stand above each other on a small screen
KITTY_CHUNK = 4096  # of base64, which the protocol allows in one sequence at most
_ESCAPE = "\x1b"


def protocol_of(environ: Mapping[str, str], console: Console) -> Protocol | None:
    """Return how pictures can be shown; None where they cannot, as in a file or a terminal of few colours.

    A terminal says by its environment what it is. A multiplexer in between would swallow its sequences.

    Args:
        environ: The process's environment.
        console: Where they would be shown.
    """
    if not console.is_terminal:
        return None
    between = environ.get("TMUX") or environ.get("STY") or environ.get("TERM", "").startswith("screen")
    program = environ.get("TERM_PROGRAM", "")
    if not between:
        if environ.get("KITTY_WINDOW_ID") or environ.get("TERM") == "xterm-kitty" or program == "ghostty":
            return "kitty"
        if program in ("iTerm.app", "WezTerm") or environ.get("LC_TERMINAL") == "iTerm2":
            return "iterm2"
    return "half blocks" if console.color_system in ("truecolor", "256") else None


def print_picture(path: Path, protocol: Protocol, console: Console) -> None:
    """Show a PNG, about `COLUMNS` wide.

    Raises:
        ValueError: It is not an image.
    """
    encoded = path.read_bytes()
    if protocol == "half blocks":
        console.print(half_blocks(_pixels(encoded), COLUMNS))
    else:
        escape = kitty_escape if protocol == "kitty" else iterm2_escape
        console.file.write(escape(encoded, COLUMNS) + "\n")
        console.file.flush()


def kitty_escape(png: bytes, columns: int) -> str:
    """Return a PNG in Kitty's graphics protocol (https://sw.kovidgoyal.net/kitty/graphics-protocol/)."""
    text = base64.standard_b64encode(png).decode()
    chunks = [text[start : start + KITTY_CHUNK] for start in range(0, len(text), KITTY_CHUNK)]
    sequences = []
    for number, chunk in enumerate(chunks):
        first = f"a=T,f=100,c={columns}," if number == 0 else ""
        more = int(number < len(chunks) - 1)
        sequences.append(f"{_ESCAPE}_G{first}m={more};{chunk}{_ESCAPE}\\")
    return "".join(sequences)


def iterm2_escape(png: bytes, columns: int) -> str:
    """Return a PNG in iTerm2's protocol (https://iterm2.com/documentation-images.html)."""
    text = base64.standard_b64encode(png).decode()
    options = f"inline=1;size={len(png)};width={columns};preserveAspectRatio=1"
    return f"{_ESCAPE}]1337;File={options}:{text}\a"


def half_blocks(pixels: NDArray[np.uint8], columns: int) -> Text:
    """Return a picture made of upper half blocks, each with one pixel above and one below.

    Args:
        pixels: (rows, cols, 3) uint8, red, green and blue.
        columns: Width in characters.
    """
    height, width = pixels.shape[:2]
    rows = max(2, 2 * round(columns * height / width / 2))
    small = cv2.resize(pixels, (columns, rows), interpolation=cv2.INTER_AREA)
    text = Text()
    for upper, lower in zip(small[::2], small[1::2], strict=True):
        for above, below in zip(upper.tolist(), lower.tolist(), strict=True):
            colors = (f"rgb({red},{green},{blue})" for red, green, blue in (above, below))
            text.append("▀", Style(color=next(colors), bgcolor=next(colors)))
        text.append("\n")
    return text


def _pixels(png: bytes) -> NDArray[np.uint8]:
    decoded = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    if decoded is None:
        raise ValueError("not an image")
    return cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB).astype(np.uint8)
