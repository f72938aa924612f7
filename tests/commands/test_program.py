"""`python -m examgen` as a process of its own: what it says arrives whole, and its status is the command's."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from examgen.commands.tree import COMMANDS

ROOT = Path(__file__).resolve().parents[2]


def started(*words: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "examgen", *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.mark.parametrize(("words", "status", "said"), [(("--help",), 0, b"score"), (("scor",), 2, b"scor")])
def test_what_is_said_arrives_with_the_status(words: tuple[str, ...], status: int, said: bytes) -> None:
    process = started(*words)
    out, faults = process.communicate(timeout=60)
    assert process.returncode == status
    assert said in (faults if status else out)


def test_who_leaves_before_the_end_is_told_nothing() -> None:
    process = started("--help")
    assert process.stdout is not None
    process.stdout.close()
    _, faults = process.communicate(timeout=60)
    assert faults == b""


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("init", "x"), " has no library "),
        (("score", "x", "y.csv"), " has no library "),
        (("--lang", "th", "init", "x"), " ไม่มีไลบรารี click "),
    ],
)
def test_a_python_without_the_libraries_is_told(tmp_path: Path, words: tuple[str, ...], told: str) -> None:
    command = [sys.executable, "-S", "-m", "examgen", *words]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (5, "")
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


def test_help_has_every_command_in_the_order_of_the_work() -> None:
    out, _ = started("--help").communicate(timeout=60)
    sections = re.findall(r"^([A-Z][\w ]*):\n((?:  .*\n)+)", out.decode(), re.M)
    assert [name for name, _ in sections] == [
        "Options", "Bank", "Exam", "Sitting", "After the sitting", "Analysis", "Site", "Setup",
    ]  # fmt: skip
    listed = [word for _, lines in sections[1:] for word in re.findall(r"^  (\S+)", lines, re.M)]
    assert len(listed) == len(set(listed))
    assert set(listed) == {name.split()[0] for name in COMMANDS}
