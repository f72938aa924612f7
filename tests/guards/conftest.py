"""What guards share: a running examgen, and a workspace with the starter bank to copy."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.guards.commands import Examgen


@pytest.fixture(scope="session")
def examgen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Examgen]:
    """The command line, one command after the other."""
    running = Examgen(tmp_path_factory.mktemp("examgen"))
    yield running
    running.close()


@pytest.fixture(scope="session")
def starter(examgen: Examgen, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace as `examgen init` makes it, to be read and copied, never written."""
    folder = tmp_path_factory.mktemp("starter")
    examgen("init", "workspace", cwd=folder)
    return folder / "workspace"


@pytest.fixture
def workspace(starter: Path, tmp_path: Path) -> Path:
    """A copy of the starter workspace."""
    return Path(shutil.copytree(starter, tmp_path / "workspace"))
