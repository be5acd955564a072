"""What needs no server works without what only POSIX systems have."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
# As on Windows: neither file locks of fcntl nor process groups. filelock then says that it locks otherwise.
WITHOUT_POSIX = """
import os, sys
sys.modules["fcntl"] = None
for name in ("killpg", "setsid", "getpgid", "setpgid"):
    delattr(os, name)
import pytest
sys.exit(pytest.main(sys.argv[1:]))
"""


@pytest.mark.slow
def test_the_tests_of_review_pass_without_file_locks_and_process_groups_of_posix(tmp_path: Path) -> None:
    options = [
        "-q",
        "-x",
        "-p",
        "no:cacheprovider",
        "-W",
        "ignore:only soft file lock",
        f"--basetemp={tmp_path / 'tests'}",
    ]
    chosen = "not labelstudio and not browser and not slow"
    result = subprocess.run(
        [sys.executable, "-c", WITHOUT_POSIX, *options, "-m", chosen, str(HERE)],
        capture_output=True,
        text=True,
        check=False,
        cwd=HERE.parents[2],
    )
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
    assert " passed" in result.stdout
