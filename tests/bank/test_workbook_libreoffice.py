"""A workbook that LibreOffice opened, in which three cells were typed into, and that it saved.

`edited-in-libreoffice.xlsx` was exported from the bank beside it, opened by LibreOffice without a screen,
edited through `.uno:GoToCell` and `.uno:EnterString` (what a keyboard does) and stored as .xlsx.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from examgen.bank.spreadsheets import import_items
from examgen.bank.workbook.columns import ITEM_SHEET

CODE = "ASM-REE-5-059ZB"


def test_three_items_change_and_everything_else_stays_byte_for_byte(root: Path, tmp_path: Path) -> None:
    data = root / "tests" / "data" / "bank"
    shutil.copytree(data / "item_bank", tmp_path / "item_bank")
    done = import_items(tmp_path / "item_bank", data / "edited-in-libreoffice.xlsx")
    assert [
        (one.item, [(c.field, c.where.split("!")[1]) for c in one.changes]) for one in done.plan.changed
    ] == [
        ("A4011.01-002", [("stem", "F4")]),
        ("A4011.01-004", [("key", "L6")]),
        ("A4012.02-001", [("reference", "R9")]),
    ]
    assert done.plan.changed[0].where == f"edited-in-libreoffice.xlsx:{ITEM_SHEET}!A4"
    assert (done.plan.added, done.plan.removed, done.plan.unchanged) == ((), (), 5)
    assert done.notices == ()  # ข is what the list of the column offers
    assert changed_lines(data, tmp_path, "A4011.01.yaml") == [
        ('  stem: "โจทย์ที่แก้ใน LibreOffice: ข้อใดวัดผลได้ # จริง"\n'),
        "  key: b\n",
    ]
    assert changed_lines(data, tmp_path, "A4012.02.yaml") == ['  reference: "=1:30"   # a time, as text\n']


def changed_lines(before: Path, after: Path, name: str) -> list[str]:
    """Lines that differ, as they are now; the files have the same number of lines."""
    old, new = (
        (place / "item_bank" / CODE / "items" / name).read_text("utf-8").splitlines(keepends=True)
        for place in (before, after)
    )
    return [line for line, was in zip(new, old, strict=True) if line != was]
