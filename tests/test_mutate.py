"""`scripts/mutate` draws faults, finds them again where the code has moved, and tells which test notices."""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest
import yaml

CODE = """
def passes(score: int, cut: int) -> bool:
    \"\"\"Whether a score meets the cut.\"\"\"
    return score >= cut


def words(score: int) -> str:
    return "full" if score > 99 else "part"


class Kept:
    def grows(self, by: int) -> int:
        def inner() -> int:
            return by + 1

        return inner()
"""
TESTS = """
from examgen.marks import Kept, passes, words

def test_a_score_at_the_cut_passes():
    assert passes(5, 5)

def test_words():
    assert words(1) in ("part", "full")

def test_kept():
    assert Kept().grows(1) == 2
"""


@pytest.fixture
def tree(tmp_path: Path, root: Path) -> Path:
    """A project of one module and its tests, as git lists it."""
    for name, text in {
        "examgen/__init__.py": "", "examgen/marks.py": CODE, "tests/test_marks.py": TESTS,
        "pyproject.toml": "[tool.pytest.ini_options]\n",
    }.items():  # fmt: skip
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    (tmp_path / "scripts").mkdir()
    shutil.copy(root / "scripts/mutate", tmp_path / "scripts/mutate")
    subprocess.run("git init -q && git add .", shell=True, cwd=tmp_path, check=True)
    return tmp_path


@pytest.fixture
def mutate(tree: Path) -> Iterator[ModuleType]:
    loader = SourceFileLoader("mutate", str(tree / "scripts/mutate"))
    spec = spec_from_loader("mutate", loader)
    assert spec is not None
    found = sys.modules["mutate"] = module_from_spec(spec)
    loader.exec_module(found)
    yield found
    del sys.modules["mutate"]


def run(tree: Path, *words: str) -> str:
    command = [sys.executable, "scripts/mutate", *words]
    return subprocess.run(command, cwd=tree, capture_output=True, text=True, check=True).stdout


def test_what_a_test_notices_is_killed_and_what_none_notices_survives(tree: Path) -> None:
    drawn = run(tree, "draw", "examgen/marks.py", "--seed", "1", "--count", "100")
    assert drawn == run(tree, "draw", "examgen/marks.py", "--seed", "1", "--count", "100")
    (tree / "list.yaml").write_text(drawn, "utf-8")
    run(tree, "run", "list.yaml", "--out", "out.csv", "--tests", "test_marks", "--workers", "1")
    with (tree / "out.csv").open(encoding="utf-8", newline="") as file:
        rows = {(row["before"], row["after"]): row for row in csv.DictReader(file)}
    assert len(rows) == len(yaml.safe_load(drawn))
    killed = rows["score >= cut", "score > cut"]
    assert (killed["outcome"], killed["killed_by"]) == (
        "killed", "tests/test_marks.py::test_a_score_at_the_cut_passes",
    )  # fmt: skip
    assert rows["by + 1", "by - 1"]["killed_by"] == "tests/test_marks.py::test_kept"
    assert rows["score > 99", "score >= 99"]["outcome"] == "survived"
    assert (tree / "examgen/marks.py").read_text("utf-8") == CODE
    before = (tree / "out.csv").read_bytes()
    run(tree, "run", "list.yaml", "--out", "out.csv", "--tests", "test_marks", "--workers", "1")
    assert (tree / "out.csv").read_bytes() == before


def test_a_fault_is_found_where_its_function_went(tree: Path, mutate: ModuleType) -> None:
    (wanted,) = (
        one for one in mutate.draw({"files": ["examgen/marks.py"]}, 1, 100) if one.after == "score > cut"
    )
    (tree / "examgen/marks.py").write_text("passes = None\n", "utf-8")
    (tree / "examgen/cuts.py").write_text("CUT = 5\n\n" + CODE, "utf-8")
    fault, module = mutate.find(wanted)
    assert (fault.mutant.path, fault.mutant.line) == ("examgen/cuts.py", 6)
    assert "return score > cut" in mutate.with_fault(module, fault)
    (tree / "examgen/cuts.py").write_text(CODE.replace("score >= cut", "cut <= score"), "utf-8")
    assert mutate.find(wanted) is None


def test_the_list_of_this_project_is_one_that_is_read(root: Path, mutate: ModuleType) -> None:
    listed = [
        mutate.Mutant(**one) for one in yaml.safe_load((root / "tests/data/mutants.yaml").read_text("utf-8"))
    ]
    assert len(set(listed)) == 300
    assert {one.area for one in listed} == set(mutate.AREAS)
