"""Who may open which page of the site: every page × method × role is answered as the frozen table says.

`data/rights.csv` has a line for each page and method: whether it is open without an account and without a role, and to
whom it is open by role: `yes`, only for the `unit` of the page, only with the role for `all units`, or `no`. It is what
`python tests/guards/rights.py WORKSPACE` prints, so that a changed right is a visible change of the table.
"""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.guards.commands import CODE, Examgen, read_csv

FROZEN = Path(__file__).parent / "data" / "rights.csv"
BLUEPRINT = "item_bank/DG-TWRT-007/blueprints/standard.yaml"
"""Gives the exam that `rights.py` asks for."""
HEADINGS = ("name", "route", "method", "declares")
PUBLIC = "without an account"
Key = tuple[str, str]
Table = dict[Key, dict[str, str]]


def by_page(rows: list[dict[str, str]]) -> Table:
    """Lines of the table by route and method."""
    return {(row["route"], row["method"]): row for row in rows}


@pytest.fixture(scope="module")
def answered(examgen: Examgen, starter: Path, tmp_path_factory: pytest.TempPathFactory) -> Table:
    """What the site answers, asked in a process of its own."""
    workspace = Path(shutil.copytree(starter, tmp_path_factory.mktemp("site") / "workspace"))
    examgen("build", BLUEPRINT, cwd=workspace)
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(CODE),
        "OPENBLAS_NUM_THREADS": "1",
        "TZ": "UTC",
    }
    script = Path(__file__).with_name("rights.py")
    asked = subprocess.run(
        [sys.executable, "-P", script, workspace], env=environment | {"HOME": str(workspace)}, text=True,
        stdout=subprocess.PIPE, check=True,
    )  # fmt: skip
    return by_page(list(csv.DictReader(asked.stdout.splitlines())))


@pytest.fixture(scope="module")
def frozen() -> Table:
    """The table of rights."""
    return by_page(read_csv(FROZEN))


def test_every_page_declares_who_may_open_it(answered: Table) -> None:
    assert [key for key, row in answered.items() if row["declares"] != "yes"] == []
    assert len(answered) > 100


def test_every_page_has_its_line_and_every_line_its_page(answered: Table, frozen: Table) -> None:
    assert sorted(set(answered) - set(frozen)) == [], "pages without a line"
    assert sorted(set(frozen) - set(answered)) == [], "lines without a page"


def test_every_role_is_let_in_as_the_table_says(answered: Table, frozen: Table) -> None:
    differences = [
        f"{' '.join(key)}: {who}: {frozen[key].get(who)} → {let_in}"
        for key, row in answered.items()
        if key in frozen
        for who, let_in in row.items()
        if who not in HEADINGS and let_in != frozen[key].get(who)
    ]
    assert differences == []
    assert {*next(iter(answered.values()))} == {*next(iter(frozen.values()))}


def test_an_auditor_writes_nothing_that_a_person_without_a_role_may_not(frozen: Table) -> None:
    writing = {key: row for key, row in frozen.items() if key[1] == "POST" and row["without a role"] == "no"}
    assert [key for key, row in writing.items() if row["auditor"] != "no"] == []
    public = [key for key, row in frozen.items() if row[PUBLIC] == "yes"]
    assert 0 < len(public) < 30
