"""Tables of judges as files, and commands as a user runs them."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.commands.conftest import Ran, Run, run, workspace

__all__ = ["run", "workspace"]

Set = Callable[..., dict[str, Any]]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def finite(found: object) -> None:
    """Fails on a number that is none, anywhere in a document."""
    if isinstance(found, dict):
        for one in found.values():
            finite(one)
    elif isinstance(found, list):
        for one in found:
            finite(one)
    elif isinstance(found, float):
        assert math.isfinite(found)


def write(name: str, text: str) -> Path:
    """A file of these lines, indented as they stand in a test."""
    path = Path(name)
    path.write_text("\n".join(line.strip() for line in text.strip().splitlines()) + "\n", "utf-8")
    return path


@pytest.fixture
def found(run: Run) -> Set:
    """What `examgen analyse cut … --json` says."""

    def document(*words: object) -> dict[str, Any]:
        ran = run.ok("analyse", "cut", "--method", *words, "--json")
        said: dict[str, Any] = json.loads(ran.out)
        finite(said)
        return said

    return document


@pytest.fixture
def refused(run: Run) -> Callable[..., Ran]:
    """A command that must be refused; what it says on the error stream in one line."""

    def ran(*words: object, status: int = 1) -> Ran:
        done = run("analyse", "cut", "--method", *words)
        assert done.status == status, done.text
        return done._replace(err=" ".join(done.err.split()))

    return ran
