"""Pictures in a terminal: by its own protocol, as half blocks, or not at all."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from rich.console import Console

from annotate.cli.terminal_picture import (
    KITTY_CHUNK,
    Protocol,
    half_blocks,
    iterm2_escape,
    kitty_escape,
    print_picture,
    protocol_of,
)

TERMINAL = Console(file=io.StringIO(), force_terminal=True, color_system="truecolor")


@pytest.mark.parametrize(
    ("environ", "protocol"),
    [
        ({"TERM": "xterm-kitty"}, "kitty"),
        ({"KITTY_WINDOW_ID": "1", "TERM": "xterm-256color"}, "kitty"),
        ({"TERM_PROGRAM": "ghostty"}, "kitty"),
        ({"TERM_PROGRAM": "iTerm.app"}, "iterm2"),
        ({"TERM_PROGRAM": "WezTerm"}, "iterm2"),
        ({"LC_TERMINAL": "iTerm2", "TERM": "xterm-256color"}, "iterm2"),
        ({"TERM": "xterm-256color"}, "half blocks"),
        ({"TERM": "xterm-kitty", "TMUX": "/tmp/tmux-0/default,1,0"}, "half blocks"),
        ({"TERM": "screen-256color", "LC_TERMINAL": "iTerm2"}, "half blocks"),
    ],
)
def test_a_terminal_says_what_it_can_by_its_environment(environ: dict[str, str], protocol: Protocol) -> None:
    assert protocol_of(environ, TERMINAL) == protocol


def test_a_file_and_a_terminal_of_few_colours_get_no_pictures() -> None:
    kitty = {"TERM": "xterm-kitty"}
    assert protocol_of(kitty, Console(file=io.StringIO())) is None
    few = Console(file=io.StringIO(), force_terminal=True, color_system="standard")
    assert protocol_of({"TERM": "linux"}, few) is None


@pytest.mark.parametrize("size", [1, 3071, 3072, 3073, 20_000])
def test_kitty_gets_the_whole_file_in_chunks(size: int) -> None:
    png = np.random.default_rng(size).bytes(size)
    parts = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", kitty_escape(png, 40))
    assert base64.b64decode("".join(text for _, text in parts)) == png
    assert all(len(text) <= KITTY_CHUNK for _, text in parts)
    assert [keys.rsplit("m=", 1)[1] for keys, _ in parts] == ["1"] * (len(parts) - 1) + ["0"]
    assert parts[0][0].startswith("a=T,f=100,c=40")


def test_iterm2_gets_the_whole_file() -> None:
    found = re.fullmatch(
        r"\x1b\]1337;File=inline=1;size=5;width=40;preserveAspectRatio=1:(.*)\a", iterm2_escape(b"hello", 40)
    )
    assert found
    assert base64.b64decode(found[1]) == b"hello"


def test_half_blocks_have_two_pixels_each_and_keep_the_shape() -> None:
    pixels = np.zeros((100, 200, 3), np.uint8)
    pixels[:50] = (255, 0, 0)
    text = half_blocks(pixels, 40)
    lines = text.plain.splitlines()
    assert [len(line) for line in lines] == [40] * 10
    first, last = text.spans[0].style, text.spans[-1].style
    assert (first.color.triplet, first.bgcolor.triplet) == ((255, 0, 0), (255, 0, 0))
    assert (last.color.triplet, last.bgcolor.triplet) == ((0, 0, 0), (0, 0, 0))


@pytest.mark.parametrize("protocol", ["kitty", "iterm2", "half blocks"])
def test_a_picture_of_each_kind_is_printed(protocol: Protocol, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    cv2.imwrite(str(path), np.random.default_rng(0).integers(0, 256, (60, 60, 3), np.uint8))
    file = io.StringIO()
    print_picture(path, protocol, Console(file=file, force_terminal=True, color_system="truecolor"))
    assert {"kitty": "\x1b_G", "iterm2": "\x1b]1337", "half blocks": "▀"}[protocol] in file.getvalue()


def test_what_is_no_image_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("no image")
    with pytest.raises(ValueError, match="not an image"):
        print_picture(tmp_path / "a.png", "half blocks", TERMINAL)
