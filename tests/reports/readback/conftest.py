"""Scored packages, each made once in a session."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.reports.readback.packages import MADE

Packages = Callable[[str], Path]


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Packages:
    """Name → the package: small, middle, large."""
    made: dict[str, Path] = {}

    def package(name: str) -> Path:
        if name not in made:
            made[name] = MADE[name](tmp_path_factory.mktemp(name) / "package")
        return made[name]

    return package
