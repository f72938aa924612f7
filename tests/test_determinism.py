"""Two builds with one seed are the same bytes but for the random key of their digests, papers too, in processes
that hash differently, with a thread for tables and with two."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from examgen.assembly import building
from examgen.papers.printing import PrintingOptions, render
from tests.digests import keyed, listed, with_plain_digests
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
    return with_plain_digests(contents(folder))


def test_two_builds_are_byte_identical(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    first, second = build(root, tmp_path / "one", "1"), build(root, tmp_path / "two", "2")
    assert sorted(first) == sorted(second)
    assert sum(path.endswith(".pdf") for path in first) == 3
    assert [path for path in first if first[path] != second[path]] == []


@pytest.mark.parametrize("name", ["exam.yaml", "secure/key.csv", "papers/a.pdf"])
def test_a_digest_that_is_wrong_is_not_taken_for_another_build(name: str) -> None:
    """What is compared above tells two keys of digests apart from a fault."""

    def made(key: bytes) -> dict[str, bytes]:
        files = {"secure/digest.key": key, "secure/key.csv": b"A", "papers/a.pdf": b"%PDF"}
        lines = [f"  {path}: {digest}\n" for path, digest in listed(files).items()]
        text = f"bank:\n  sha256: {keyed(key, 'bank')}\nfiles:\n{''.join(lines)}"
        return {**files, "exam.yaml": text.encode()}

    one, other = made(b"1" * 32), made(b"2" * 32)
    assert with_plain_digests(one) == with_plain_digests(other)
    right = keyed(b"2" * 32, b"A").encode()
    other[name] = other[name].replace(right, b"0" * 64) if name == "exam.yaml" else b"B"
    assert with_plain_digests(one) != with_plain_digests(other)
