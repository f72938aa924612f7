"""Any text that a person gives is in the bank's YAML as it was given: for PyYAML and for examgen, whatever a reader of
YAML would take it for. Texts go in by the workbook of `bank import` and by the reason of `bank status`."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml

from tests.guards.banks import item, write_bank
from tests.guards.commands import Examgen

HEADINGS = {"Stem": "stem", "Option b": "options", "Rationale b": "rationale", "Reference": "reference"}
"""The second row of the workbook's first sheet, and the field of an item that the column is."""
BY, REVIEWED = "ผู้ตรวจ: ก", "2026-11-20"

MISTAKEN = (
    "no", "No", "NO", "yes", "on", "off", "y", "n", "true", "FALSE", "null", "Null", "~", "=", "<<", "10:30", "1:30:00",
    "1e3", "1.0", "12e03", "007", "0o17", "0x1F", "0b1", "1_000", ".5", ".inf", "-.INF", ".nan", "-0", "2026-11-20",
    "2026-11-20 10:00:00", "2026-11-20T10:00:00Z", "๓", "๒๕๖๙", "190:20:30", "1,000", "+1", "-1", "#N/A",
)  # fmt: skip
"""What YAML would read as something else than text."""
MARKS = (
    "a: b", "a:", ":", ": a", "x #y", "# z", "#", "- a", "-", "? a", "?", "[", "]", "{a", "}", "*a", "&a", "!t", "!!int 3",
    "%d", "%YAML 1.1", "|", ">", "|-", "...", "---", "--- a", "'", '"', "'a'", '"a"', "''", "a'b", 'a"b', "\\", "a\\nb",
    "a\\", "`a`", "@x", "a, b", ",", "a; b | c", "=1+1", "<b>", "&amp;", "$x$", "*x*", "{{ x }}", "\\u0e01", "%s {0}",
)  # fmt: skip
"""What YAML gives a meaning of its own."""
WRITTEN = (
    "น้ำ", "ก็", "กู้", "ปี่", "e\u0301", "\u00e9", "“คำ”", "a  b", "a\tb", "a\nb", "a\n\nb", "a\n  b\nc", "a \nb", "a\n- b",
    "a\n# b", "a: |\n  b", "ก\nข: ค", "a\u2028b", "a\u0085b", "word " * 60 + "end", "ข้อความยาว" * 40, "x" * 200 + " y",
)  # fmt: skip
LOOSE = ("ศัพท์ 😀", "น\u0e4d\u0e49\u0e32", "ที่\u200bนี่", "👩\u200d🔬")
"""Characters that stem and options may not hold; elsewhere they stand as they are."""
DEFINED = {
    " x ": "x", "  lead": "lead", "trail  ": "trail", "\na": "a", "a\n": "a", " no ": "no", "a\u00a0b": "a b",
    "a\r\nb": "a\nb", "a\rb": "a\nb", "'=1": "=1",
}  # fmt: skip
"""What the workbook takes for something else than what stands in the cell: ends are trimmed, line ends are `\\n`."""


def drawn(n: int) -> list[str]:
    """Texts of pieces by chance, without blanks at their ends."""
    chance = random.Random(72)
    pieces = [*MISTAKEN, *MARKS, *WRITTEN[:14], " ", "\n", "  ", ": ", " #", "ก", "เธอ", "0", ", "]
    texts = ("".join(chance.choices(pieces, k=chance.randint(2, 6))).strip() for _ in range(n))
    return [text for text in texts if text and not text.startswith("'=")]


Filled = tuple[Path, dict[tuple[str, str], str]]
PLAIN = [*MISTAKEN, *MARKS, *WRITTEN, *drawn(150)]


def field(row: dict[str, Any], name: str) -> Any:
    """The text of a field; of options and rationale, that of b."""
    return row[name]["b"] if name in ("options", "rationale") else row[name]


@pytest.fixture(scope="module")
def bank(examgen: Examgen, tmp_path_factory: pytest.TempPathFactory) -> Filled:
    """A workspace in which every text was imported, and what each field of each item was given."""
    given = [(text, text, tuple(HEADINGS)) for text in PLAIN]
    given += [(text, text, ("Rationale b", "Reference")) for text in LOOSE]
    given += [(text, meant, tuple(HEADINGS)) for text, meant in DEFINED.items()]
    rows = [item("E1.01", n) for n in range(1, len(given) + 1)]
    workspace = write_bank(tmp_path_factory.mktemp("yaml") / "workspace", rows)
    examgen("bank", "export", "T-1", "items.xlsx", cwd=workspace)
    book = openpyxl.load_workbook(workspace / "items.xlsx")
    sheet = book.worksheets[0]
    columns = {cell.value: cell.column for cell in sheet[2]}
    lines = {sheet.cell(n, columns["Item id"]).value: n for n in range(3, sheet.max_row + 1)}
    meaning = {}
    for row, (text, meant, headings) in zip(rows, given, strict=True):
        for heading in headings:
            cell = sheet.cell(lines[row["id"]], columns[heading])
            cell.value, cell.data_type = text, "s"
            meaning[row["id"], HEADINGS[heading]] = meant
    book.save(workspace / "items.xlsx")
    examgen("bank", "import", "items.xlsx", cwd=workspace)
    return workspace, meaning


def test_a_plain_reader_of_yaml_reads_what_was_given(bank: Filled) -> None:
    workspace, meaning = bank
    read = yaml.safe_load((workspace / "item_bank" / "T-1" / "items" / "E1.01.yaml").read_text("utf-8"))
    by_id = {row["id"]: row for row in read}
    assert {(i, name): field(by_id[i], name) for i, name in meaning} == meaning
    assert len(meaning) > 1000


def test_examgen_reads_what_was_given(examgen: Examgen, bank: Filled) -> None:
    workspace, meaning = bank
    shown = examgen("bank", "show", *sorted({i for i, _ in meaning}), "--json", cwd=workspace)
    by_id = {row["id"]: row for row in shown.json["items"]}
    assert {(i, name): field(by_id[i], name) for i, name in meaning} == meaning


def test_a_bank_that_comes_back_unchanged_is_the_same_bytes(examgen: Examgen, bank: Filled) -> None:
    workspace, _ = bank
    path = workspace / "item_bank" / "T-1" / "items" / "E1.01.yaml"
    before = path.read_bytes()
    examgen("bank", "export", "T-1", "again.xlsx", cwd=workspace)
    examgen("bank", "import", "again.xlsx", cwd=workspace)
    assert path.read_bytes() == before


def test_reasons_of_a_review_are_kept_as_they_were_given(examgen: Examgen, tmp_path: Path) -> None:
    texts = [
        text for text in (*MISTAKEN, *MARKS, *drawn(20)) if "\n" not in text and not text.startswith("-")
    ]
    texts = texts[::3]
    rows = [item("E1.01", n) for n in range(1, len(texts) + 1)]
    workspace = write_bank(tmp_path / "workspace", rows)
    for row, text in zip(rows, texts, strict=True):
        examgen(
            "bank", "status", "T-1", row["id"], "--to", "review", "--by", BY, "--date", REVIEWED,
            "--comment", text, cwd=workspace,
        )  # fmt: skip
    written = yaml.safe_load((workspace / "item_bank" / "T-1" / "reviews.yaml").read_text("utf-8"))
    given = {row["id"]: (text, BY) for row, text in zip(rows, texts, strict=True)}
    assert {one["item"]: (one["comment"], one["by"]) for one in written} == given
    shown = examgen("bank", "show", *given, "--json", cwd=workspace).json["items"]
    assert {row["id"]: (row["reviews"][-1]["comment"], row["reviews"][-1]["by"]) for row in shown} == given
    statuses = yaml.safe_load((workspace / "item_bank" / "T-1" / "items" / "E1.01.yaml").read_text("utf-8"))
    assert {row["status"] for row in statuses} == {"review"}
