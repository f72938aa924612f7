"""The same marks and ids through CSV, workbooks and Parquet, as people and spreadsheets write them."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

import openpyxl
import polars as pl
import pytest

from examgen.capture.answer_layout import AnswerLayout
from examgen.core.responses.rows import BLANK, INVALID
from tests.effort import some
from tests.settled import read_answers

ANSWERS = (
    ("A", 1), ("a", 1), (" a ", 1), ("Ａ", 1), ("ａ", 1), ("ก", 1), ("ก.", 1), ("A.", 1), ("1", 1), ("๑", 1),
    ("１", 1), ("1.0", 1), ("ข", 2), ("2", 2), ("ค.", 4), ("๓", 4), ("Ｃ", 4), ("ง", 8), ("4.0", 8), ("d ", 8),
    ("จ", 16), ("5", 16), ("๕.๐", 16), ("ｅ", 16), ("", BLANK), (" ", BLANK), ("-", BLANK), (".", BLANK),
    ("AC", 5), ("A|C", 5), ("A,C", 5), ("ก ค", 5), ("ก,ค.", 5), ("1,3", 5),
    ("6", INVALID), ("F", INVALID), ("ฉ", INVALID), ("1.5", INVALID), ("*", INVALID), ("AA", INVALID),
)  # fmt: skip
IDS = (
    "1100700000014", "0012345678901", "007", "0", "110-0700-0001", "1-1007-00000-02-2", "กข-12/๓", "x",
    "A0007", "๐๐๘", "ＡＢ７", "O'Neil", "a b", "-12", "1E5X", "00", "=7=",
)  # fmt: skip
LAYOUT = AnswerLayout({"A": (5,) * len(ANSWERS)})

Rows = Sequence[Sequence[str]]


def csv(rows: Rows, delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    text = "\n".join(delimiter.join('"' + cell + '"' for cell in row) for row in rows)
    return text.encode(encoding)


def workbook(rows: Rows) -> bytes:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in rows:
        cells = [openpyxl.cell.WriteOnlyCell(sheet, value=text) for text in row]
        for cell in cells:
            cell.data_type = "s"
        sheet.append(cells)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def parquet(rows: Rows) -> bytes:
    data = io.BytesIO()
    head, *body = rows
    pl.DataFrame(list(body), schema=list(head), orient="row").write_parquet(data)
    return data.getvalue()


FORMATS: tuple[Callable[[Rows], bytes], ...] = (
    csv,
    lambda rows: csv(rows, ";", "utf-8-sig"),
    lambda rows: csv(rows, "\t", "utf-16"),
    workbook,
    parquet,
)


@pytest.mark.parametrize("written", FORMATS, ids=["csv", "semicolon", "utf-16", "xlsx", "parquet"])
def test_marks_and_ids_are_the_same_in_every_kind_of_file(written: Callable[[Rows], bytes]) -> None:
    head = ["candidate_id", "form", *(f"Q{n}" for n in range(1, len(ANSWERS) + 1))]
    rows = [[candidate, "A", *(text for text, _ in ANSWERS)] for candidate in IDS]
    found = read_answers([("a", written([head, *rows]))], LAYOUT)
    assert found.quarantine.is_empty()
    assert tuple(found.rows["candidate_id"]) == IDS
    for marks in found.marks.tolist():
        assert marks == [mark for _, mark in ANSWERS]


@pytest.mark.parametrize("text", some(["1.10E+12", "1,10E+12", "1E+13", "#N/A", "2026-01-02 00:00:00"], 2))
def test_an_id_that_a_spreadsheet_has_changed_is_set_aside(text: str) -> None:
    rows = [["candidate_id", "form", "Q1"], [text, "A", "A"], ["7", "A", "A"]]
    for written in FORMATS:
        found = read_answers([("a", written(rows))], AnswerLayout({"A": (4,)}))
        assert found.quarantine["reason"].to_list() == ["candidate_id_damaged"]
        assert found.rows["candidate_id"].to_list() == ["7"]
