"""What every command writes is its owner's alone to read, but for papers and what is made to be handed out."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.commands.conftest import Run, write_blueprint

HANDED_OUT = ("output/T-1-L4/papers/*", "schema.json", "key.public.json", "key.crt")
"""All that others may read; `*` goes down into folders, too."""


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def open_to_others(folder: Path) -> set[str]:
    """The files that another user or the group can reach from here and read."""
    found = set()
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if _mode(Path(place, name)) & 0o011]
        found |= {
            Path(place, name).relative_to(folder).as_posix()
            for name in files
            if _mode(Path(place, name)) & 0o044
        }
    return found


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def write_everything(root: Path, run: Run) -> None:
    """Every command that writes a file, once."""
    Path("list.csv").write_text("candidate_id,name,room,seat\n0001,ก,R1,A1\n0002,ข,R1,A2\n")
    package, answers = "output/T-1-L4", "out/answers.csv"
    for words in (
        f"unit import {root}/examgen/data/example-unit.txt --into new_bank",
        "bank check --schema all --out schema.json",
        "templates eject booklet.html",
        "bank export T-1 out/T-1.xlsx",
        "bank review T-1 --out out/ioc --expert ก --item E1.01-001",
        "bank show T-1 --preview out/T-1.html",
        "build bp.yaml",
        f"render {package} --candidates list.csv",
        f"simulate {package} --candidates 60 --seed 1 --out {answers}",
        f"score {package} {answers} --unlisted score --format xlsx --elements",
        f"analyse exam {package} --no-pdf --write-back --synthetic --date 2026-06-19",
        f"analyse items {package}/analysis/run-0001/scores.csv --exclude form --out out/items.csv",
        f"report {package} --kind cohort --no-pdf",
        f"report {package} --kind candidate --html --no-pdf",
        f"export {package} --format results --pseudonymous",
        "site keys key.pem --body B",
    ):
        ran = run(*words.split())
        assert ran.status in (0, 3), f"{words}\n{ran.text}"


@pytest.mark.usefixtures("quick")
def test_what_commands_write_is_closed_to_others(workspace: Path, root: Path, run: Run) -> None:
    (workspace / "item_bank").chmod(0o700)  # as `init` makes it
    write_blueprint(workspace / "bp.yaml", items=3)
    mine = {"bp.yaml", "list.csv"}
    with umask(0o022):
        write_everything(root, run)
    found = open_to_others(workspace) - mine
    assert {name for name in found if not any(fnmatch(name, one) for one in HANDED_OUT)} == set()
    assert {one for one in HANDED_OUT if not any(fnmatch(name, one) for name in found)} == set()


def test_a_umask_closes_papers_too(workspace: Path, run: Run) -> None:
    with umask(0o077):
        run.ok("build", "bp.yaml")
        run.ok("bank", "check", "--schema", "all", "--out", "schema.json")
    assert open_to_others(workspace / "output") == set()
    assert not _mode(workspace / "schema.json") & 0o077


def test_a_new_workspace_keeps_its_bank_closed(tmp_path: Path, run: Run) -> None:
    with umask(0o022):
        run.ok("init", tmp_path / "new")
    assert open_to_others(tmp_path / "new") == set()


def test_a_file_of_the_bank_stays_as_open_as_its_user_made_it(workspace: Path, run: Run) -> None:
    path = workspace / "item_bank/T-1/items/E1.01.yaml"
    for mode in (0o664, 0o600):
        path.chmod(mode)
        to = "review" if mode == 0o664 else "draft"
        run.ok("bank", "status", "T-1", "E1.01-001", "--to", to, "--by", "B", "--comment", "C")
        assert _mode(path) == mode
