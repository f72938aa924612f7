"""`python -m examgen` as a process of its own: what it says arrives whole, and its status is the command's."""

from __future__ import annotations

import subprocess
import sys

import pytest


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
