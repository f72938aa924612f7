"""Real commands killed at some of the changes that they make to a disk; `python -m tests.kills` tries all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.effort import some


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="looks for open folders in /proc")
@pytest.mark.parametrize(
    ("command", "every", "first"),
    some(
        [
            ("bank import", 4, 2),
            ("bank status", 9, 14),
            ("unit import", 9, 20),
            ("build --replace", 30, 10),
            ("analyse --write-back", 40, 5),
            ("release", 12, 6),
            ("decide", 5, 2),
            ("take", 9, 4),
            ("take --back", 6, 3),
            ("take ratings", 4, 1),
            ("certificate issue", 1, 0),
        ],
        2,
    ),
)
def test_a_killed_command_has_done_all_or_nothing(root: Path, command: str, every: int, first: int) -> None:
    words = [sys.executable, "-m", "tests.kills", "--every", str(every), "--from", str(first), command]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(root)}
    ran = subprocess.run(words, cwd=root, env=environment, capture_output=True, text=True, check=False)
    said = json.loads(ran.stdout)
    assert said["wrong"] == []
    assert ran.returncode == 0
    assert said["kills"] == len(range(first, said["changes"], every)) > 1
