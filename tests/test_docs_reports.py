"""docs/reports.md names every table and column of the reports and of their codes, and no other."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, get_args

import openpyxl
import pytest

from examgen.reports.kinds import KINDS, Kind
from examgen.reports.writing import ReportOptions, report
from tests.reports.readback import workspace as sat_workspace
from tests.reports.scored_samples import first, sat

DOCUMENTS = tuple(kind for kind in KINDS if kind != "candidate")


class Column(NamedTuple):
    """A column of a table: of which kind of report, its table, its name as the page has it."""

    kind: str
    table: str
    name: str


Columns = dict[Column, list[str]]
"""Each column with the cells that were written."""


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    """Reports by kind: of 59 candidates with roster, corrections, signals, analysis; a cohort of 61, in points; a
    few who are judged with certainty."""
    workspace = sat_workspace.sat(tmp_path_factory)
    there = tmp_path_factory.mktemp("tables")
    many = there / "many"
    sat(many, {f"{n:03}": first(n % 5) for n in range(61)}, n_items=4)
    asked = ReportOptions(lang="en", pdf=False)
    made = {kind: [there / kind] for kind in DOCUMENTS}
    for kind in DOCUMENTS:
        report(workspace / "output" / "T-1-L4", workspace, kind, asked._replace(out=there / kind))
    report(many, workspace, "cohort", asked._replace(out=there / "points"))
    made["cohort"].append(there / "points")
    certain = there / "certain"
    sat(certain, {f"{n:03}": first(n) for n in range(5)}, n_items=4, judgement={"certainty": {"percent": 80}})
    for kind in ("cohort", "coverage"):
        report(certain, workspace, kind, asked._replace(out=there / f"certain-{kind}"))
        made[kind].append(there / f"certain-{kind}")
    return {**made, "codes": [many / "codes"]}


@pytest.fixture(scope="module")
def written(folders: dict[str, list[Path]]) -> Columns:
    """Every column of every CSV file."""
    found: Columns = {}
    for kind, places in folders.items():
        for path in (path for place in places for path in sorted(place.glob("*.csv"))):
            with path.open(encoding="utf-8-sig", newline="") as file:
                heads, *rows = csv.reader(file)
            table = "" if kind == "codes" else path.stem
            for n, head in enumerate(heads):
                own = found.setdefault(Column(kind, table, generic(head)), [])
                own += [row[n] for row in rows if row[n]]
    return found


def generic(head: str) -> str:
    """A column as the page calls it: those of a form or a place of the standard under one name."""
    head = re.sub(r"^(items|asked)_.+", r"\1_<FORM>", head)
    return re.sub(r"^[^ :]+:[^ ]+", "<UNIT>:<CODE>", head)


def documented(root: Path) -> dict[Column, str]:
    """What stands in the first cells of the page's tables, and the unit beside it."""
    text = (root / "docs" / "reports.md").read_text("utf-8").split("<!-- tables -->")[1]
    found: dict[Column, str] = {}
    for part in re.split(r"^### Tables of ", text, flags=re.M)[1:]:
        kind = part.partition("\n")[0].replace("`", "")
        for section in re.split(r"^#### ", part, flags=re.M):
            head, _, body = section.partition("\n")
            cells = re.findall(r"^\| (`[^|]+) \| ([^|]+) \|", body, flags=re.M)
            for table in re.findall(r"`(\w+)`", head) if section is not part else [""]:
                names = [(name, unit) for cell, unit in cells for name in re.findall(r"`([^`]+)`", cell)]
                as_in_cohort = [(c.name, unit) for c, unit in found.items() if c[:2] == ("cohort", table)]
                found |= {Column(kind, table, name): unit for name, unit in names or as_in_cohort}
    return found


def test_every_kind_may_be_asked_for_and_is_described(root: Path) -> None:
    assert get_args(Kind) == KINDS
    text = (root / "docs" / "reports.md").read_text("utf-8")
    assert (
        tuple(re.findall(r"^\| `(\w+)` \|", text.partition("<!-- kinds -->")[2], re.M)[: len(KINDS)]) == KINDS
    )


def test_every_column_is_documented_and_no_other(root: Path, written: Columns) -> None:
    told = documented(root)
    assert len({column[:2] for column in written}) > 25
    assert sorted(set(written) - set(told)) == []
    assert sorted(set(told) - set(written)) == []


def test_sheets_are_the_files(folders: dict[str, list[Path]]) -> None:
    for place in (place for kind in DOCUMENTS for place in folders[kind]):
        book = openpyxl.load_workbook(place / "tables.xlsx", read_only=True)
        sheets = {sheet.title: [cell.value for cell in next(sheet.iter_rows())] for sheet in book}
        assert sheets == {path.stem: heads_of(path) for path in place.glob("*.csv")}


def heads_of(path: Path) -> list[str]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return next(csv.reader(file))


def test_every_column_is_in_the_unit_that_is_said(root: Path, written: Columns) -> None:
    told = documented(root)
    wrong = {
        column: fault
        for column, unit in told.items()
        if not (column.name in ("mean_low", "mean_high") and column.table == "centres")  # of two: far beyond
        for fault in faults(unit, written.get(column, []))
    }
    assert wrong == {}


def faults(unit: str, cells: list[str]) -> Iterator[str]:
    """Cells that cannot be of that unit."""
    pattern = {"count": r"\d+", "code": r"[a-z_0-9 .-]+", "text": None}.get(unit, r"-?\d+(\.\d+)?(e-\d+)?")
    if pattern is not None:
        yield from (cell for cell in cells if not re.fullmatch(pattern, cell))
    ends = {"0–1": (0.0, 1.0), "−1–1": (-1.0, 1.0), "%": (-105.0, 105.0)}.get(unit)
    if ends is not None:
        yield from (cell for cell in cells if not ends[0] <= float(cell) <= ends[1])
    if unit == "%" and cells:
        values = [abs(float(cell)) for cell in cells]
        yield from ["never above 1"] if 0 < max(values) <= 1 else []


def test_what_cannot_be_of_a_unit_is_found() -> None:
    for unit, cell in (("count", "1.5"), ("0–1", "32.9"), ("%", "0.329"), ("points", "x"), ("code", "ผ่าน")):
        assert list(faults(unit, [cell]))
    assert not list(faults("%", ["32.9"]))
