"""Two builds with one seed are the same bytes, papers too, in processes that hash differently, with a thread
for tables and with two."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

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
    unlike = {"PYTHONHASHSEED": number, "POLARS_MAX_THREADS": number}
    environment = {**os.environ, **unlike, "SOURCE_DATE_EPOCH": "1700000000"}
    workspace = folder.with_name(f"workspace-{number}")  # in which the printing is on record
    shutil.copytree(root / UNIT, workspace / UNIT)
    text = (root / BLUEPRINT).read_text("utf-8").replace("items: 30", "items: 12").replace("all: 5", "all: 2")
    (workspace / BLUEPRINT).write_text(text, "utf-8")
    command = [sys.executable, "-c", BOTH, BLUEPRINT, str(folder)]
    subprocess.run(command, cwd=workspace, env=environment, check=True, capture_output=True)
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_two_builds_are_byte_identical(root: Path, tmp_path: Path) -> None:
    first, second = build(root, tmp_path / "one", "1"), build(root, tmp_path / "two", "2")
    assert sorted(first) == sorted(second)
    assert sum(path.endswith(".pdf") for path in first) == 3
    assert [path for path in first if first[path] != second[path]] == []
