"""Progress where there is no terminal: a line now and then, on standard error."""

from __future__ import annotations

import pytest

from imagery.cli.progress import activity, progress


def test_what_is_done_is_a_line_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imagery.cli.progress.LINE_EVERY_S", 0)
    with activity("Label Studio") as doing, progress("a.tif", "tiles") as report:
        doing("downloading numpy-2.2.1 (16.4 MB)")
        report(3, 36)
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.splitlines() == [
        "Label Studio: downloading numpy-2.2.1 (16.4 MB)",
        "a.tif: 3 of 36 tiles",
    ]


def test_a_line_is_not_repeated_many_times_a_second(capsys: pytest.CaptureFixture[str]) -> None:
    with activity("Label Studio") as doing:
        for _ in range(1000):
            doing("starting")
    assert capsys.readouterr().err == ""
