"""The workspace of people, made once for all tests of this folder; each that writes takes a copy."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.evidence.people import make


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workspace as it was made: nobody writes into it."""
    return make(tmp_path_factory.mktemp("people"))


@pytest.fixture
def place(whole: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    copied = tmp_path / "ws"
    shutil.copytree(whole, copied)
    return copied
