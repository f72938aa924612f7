"""docs/architecture.md against pyproject.toml and the packages: their order, and what is in each."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_the_page_has_the_packages_and_their_imports_as_they_are(root: Path) -> None:
    command = [sys.executable, root / "scripts/architecture", "check"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
