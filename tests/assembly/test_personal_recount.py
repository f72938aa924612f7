"""`verify` over personal booklets: whatever breaks a rule of drawing, or is a wrong key, is found."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from examgen.assembly.verification import verify
from tests.digests import renewed
from tests.sittings import Rows, build, list_of, print_for, table


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return build(tmp_path / "exam")


def test_a_printing_as_it_should_be_has_no_fault(folder: Path) -> None:
    print_for(folder, list_of(60))
    assert verify(folder)[1] == []


def change(folder: Path, name: str, edit: Callable[[Rows], object]) -> None:
    """A table changed behind the package's back, its hash mended."""
    path = folder / name
    rows = table(path)
    heads = list(rows[0])
    edit(rows)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, heads, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    renewed(folder, name)


def swap(rows: Rows, one: int, other: int, *columns: str) -> None:
    for column in columns:
        rows[one][column], rows[other][column] = rows[other][column], rows[one][column]


SAME = ("item", "unit", "element", "pc")


@pytest.mark.parametrize(
    ("edits", "code"),
    [
        (
            {"secure/key.csv": lambda rows: rows[3].update(key="A" if rows[3]["key"] != "A" else "B")},
            "key-wrong",
        ),
        ({"secure/key.csv": lambda rows: rows[3].update(points="2")}, "row-differs"),
        ({"secure/key.csv": lambda rows: rows.pop()}, "table-differs"),
        ({"secure/forms.csv": lambda rows: rows[0].update(options="a b c")}, "option-order"),
        ({"secure/forms.csv": lambda rows: rows[0].update(options="a b c a")}, "option-order"),
        (
            {
                "secure/forms.csv": lambda rows: swap(rows, 0, 12, *SAME, "options"),
                "secure/key.csv": lambda rows: swap(rows, 0, 12, *SAME, "key", "points"),
            },
            "item-moved",
        ),
        (
            {
                "secure/forms.csv": lambda rows: swap(rows, 13, 14, *SAME, "options"),
                "secure/key.csv": lambda rows: swap(rows, 13, 14, *SAME, "key", "points"),
            },
            "pilot-place",
        ),
        (
            {
                "secure/forms.csv": lambda rows: rows.__delitem__(slice(16)),
                "secure/key.csv": lambda rows: rows.__delitem__(slice(16)),
            },
            "form-missing",
        ),
    ],
)
def test_a_personal_form_that_breaks_a_rule_is_found(
    folder: Path, edits: dict[str, Callable[[Rows], object]], code: str
) -> None:
    print_for(folder, list_of(20))
    for name, edit in edits.items():
        change(folder, name, edit)
    assert code in {problem.code for problem in verify(folder)[1]}
