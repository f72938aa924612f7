"""Two builds with one seed are the same bytes, papers too, in processes that hash differently, with a thread
for tables and with two."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from examgen.assembly import building
from examgen.papers.printing import PrintingOptions, render
from tests.sittings import contents

UNIT = "item_bank/DG-TWRT-007"
BLUEPRINT = f"{UNIT}/blueprints/standard.yaml"


BOTH = """
import sys
from pathlib import Path
from examgen.assembly.building import build
from examgen.papers.printing import PrintingOptions, render
_, blueprint, folder = map(Path, sys.argv)
build(blueprint, Path(), folder)
render(folder, Path(), PrintingOptions())
"""


def build(root: Path, folder: Path, number: str) -> dict[str, bytes]:
    """In this process, or in another one that hashes otherwise and has two threads."""
    workspace = folder.with_name(f"workspace-{number}")  # in which the printing is on record
    shutil.copytree(root / UNIT, workspace / UNIT)
    text = (root / BLUEPRINT).read_text("utf-8").replace("items: 30", "items: 12").replace("all: 5", "all: 2")
    (workspace / BLUEPRINT).write_text(text, "utf-8")
    if number == "1":
        building.build(workspace / BLUEPRINT, workspace, folder)
        render(folder, workspace, PrintingOptions())
    else:
        environment = {**os.environ, "PYTHONHASHSEED": "2", "POLARS_MAX_THREADS": "2"}
        command = [sys.executable, "-c", BOTH, BLUEPRINT, str(folder)]
        subprocess.run(command, cwd=workspace, env=environment, check=True, capture_output=True)
    return contents(folder)


def test_two_builds_are_byte_identical(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    first, second = build(root, tmp_path / "one", "1"), build(root, tmp_path / "two", "2")
    assert sorted(first) == sorted(second)
    assert sum(path.endswith(".pdf") for path in first) == 3
    assert [path for path in first if first[path] != second[path]] == []
