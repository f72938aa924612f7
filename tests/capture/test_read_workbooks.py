"""Workbooks and Parquet files: cells as a person sees them, and nothing read that is not sure."""

from __future__ import annotations

import datetime
import gzip
import io
import re
import zipfile
from collections.abc import Sequence
from typing import Any

import openpyxl
import polars as pl
import pytest

from examgen.capture.answer_layout import AnswerLayout
from examgen.core.problems import Refused
from examgen.core.responses.rows import INVALID
from tests.settled import Responses, read_answers

LAYOUT = AnswerLayout({"A": (4, 4, 4), "B": (4, 4, 4)})
HEAD = ["candidate_id", "form", "Q1", "Q2", "Q3"]


def workbook(
    rows: Sequence[Sequence[Any]], sheets: dict[str, Sequence[Sequence[Any]]] | None = None
) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for title, others in (sheets or {}).items():
        sheet = book.create_sheet(title)
        for row in others:
            sheet.append(row)
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def parquet(frame: pl.DataFrame) -> bytes:
    data = io.BytesIO()
    frame.write_parquet(data)
    return data.getvalue()


def read(data: bytes, name: str = "a.csv") -> Responses:
    found = read_answers([(name, data)], LAYOUT)
    assert found.rows_read == found.rows.height + found.identical_repeats + found.quarantine.height
    return found


def refused(data: bytes) -> tuple[str, str]:
    with pytest.raises(Refused) as caught:
        read(data)
    return caught.value.problems[0].code, caught.value.problems[0].message


def test_cells_as_a_person_sees_them() -> None:
    rows = [
        ["เลขประจำตัวสอบ", "ชุด", 1, 2.0, "ข้อ ๓", "วันที่"],
        [1100700123456, "A", 1, 2.0, "ค", datetime.date(2026, 11, 20)],
        ["007", "b", None, " ", "4.0", None],
        [1100700123457.0, "A", True, 2.5, 7, 3],
    ]
    found = read_answers([("a.xlsx", workbook(rows))], LAYOUT._replace(accepts_unreadable=True))
    assert found.rows["candidate_id"].to_list() == ["1100700123456", "007", "1100700123457"]
    assert found.marks.tolist() == [[1, 2, 4], [0, 0, 8], [INVALID] * 3]
    assert found.rows["form"].to_list() == ["A", "B", "A"]
    assert found.rows["line"].to_list() == [2, 3, 4]
    assert found.rows["วันที่"].to_list() == ["2026-11-20 00:00:00", "", "3"]
    assert found.files[0].structure == "wide, 3 answers, sheet 'Sheet' of a workbook"


def test_zeros_that_a_number_format_shows() -> None:
    book = openpyxl.Workbook()
    book.active.append(HEAD)
    book.active.append([42, "A", "A", "B", "C"])
    book.active["A2"].number_format = "00000"
    assert read(saved(book)).rows["candidate_id"].to_list() == ["00042"]


def test_an_id_beyond_the_digits_of_a_spreadsheet_is_set_aside() -> None:
    found = read(workbook([HEAD, [12345678901234567890, "A", "A", "B", "C"], ["1", "A", "A", "B", "C"]]))
    assert found.quarantine["reason"].to_list() == ["candidate_id_damaged"]


def test_rows_of_any_length_and_gaps() -> None:
    rows = [
        [], HEAD, ["1", "A"], [], ["2", "A", "A", "B", "C", None, " "], ["3", "A", "A", "B", "C", None, "x"],
    ]  # fmt: skip
    found = read(workbook(rows))
    assert found.rows["line"].to_list() == [3, 5]
    assert found.marks.tolist() == [[0, 0, 0], [1, 2, 4]]
    assert found.quarantine.select("line", "reason", "raw").rows() == [(6, "too_many_fields", "3,A,A,B,C,,x")]


def test_a_wrong_dimension_hides_no_row() -> None:
    data = workbook([HEAD, *([str(i), "A", "A", "B", "C"] for i in range(20))])
    found = read(rewritten(data, b'<dimension ref="A1:E21"', b'<dimension ref="A1:B2"'))
    assert found.rows.height == 20
    assert found.marks[:, 2].tolist() == [4] * 20


def rewritten(data: bytes, old: bytes, new: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        for part in source.namelist():
            content = source.read(part)
            if part == "xl/worksheets/sheet1.xml":
                content, changed = re.subn(old, new, content)
                assert changed == 1
            target.writestr(part, content)
    return out.getvalue()


def test_a_row_far_beyond_the_last_is_a_damaged_workbook() -> None:
    data = rewritten(workbook([HEAD, ["1", "A", "A", "B", "C"]]), b'<row r="2"', b'<row r="411007000"')
    assert refused(data)[0] == "damaged-workbook"


def test_one_string_cells_keep_their_spaces() -> None:
    found = read(workbook([["id", "form", "answers"], ["1", "A", " B "], ["2", "A", 123], ["3", "A", "AB"]]))
    assert found.marks.tolist() == [[0, 2, 0], [1, 2, 4]]
    assert found.quarantine["reason"].to_list() == ["answers_wrong_length"]


def test_a_formula_without_a_value_is_refused_and_one_with_a_value_read() -> None:
    data = workbook([HEAD, ["1", "A", "A", "=B2", "C"]])
    code, message = refused(data)
    assert code == "formula-without-value"
    assert "D2" in message
    stored = rewritten(data, rb'<c r="D2"[^>]*>.*?</c>', b'<c r="D2" t="str"><f>B2</f><v>B</v></c>')
    assert read(stored).marks.tolist() == [[1, 2, 4]]
    blank = rewritten(data, rb'<c r="D2"[^>]*>.*?</c>', b'<c r="D2" t="str"><f>B2</f><v></v></c>')
    assert read(blank).marks.tolist() == [[1, 0, 4]]


def test_the_sheet_with_answers_is_found_and_two_are_refused() -> None:
    answers = [HEAD, ["1", "A", "A", "B", "C"]]
    assert read(workbook([["หมายเหตุ"], ["ห้อง 3"]], {"ตอบ": answers})).rows.height == 1
    assert refused(workbook(answers, {"ตอบ": answers}))[0] == "ambiguous-table"
    assert refused(workbook([]))[0] == "empty-file"


def test_archives_that_are_no_workbook() -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("answers.csv", "candidate_id,form,answers\n1,A,ABC\n")
    assert refused(data.getvalue())[0] == "not-an-answer-file"
    whole = workbook([HEAD, ["1", "A", "A", "B", "C"]])
    assert refused(whole[: len(whole) // 2])[0] == "damaged-workbook"


def test_gzipped_workbook() -> None:
    assert read(gzip.compress(workbook([HEAD, ["1", "A", "A", "B", "C"]]), mtime=0)).rows.height == 1


def test_parquet_columns_of_every_kind() -> None:
    frame = pl.DataFrame(
        {
            "candidate_id": [1100700123456, 7],
            "form": pl.Series(["A", "B"], dtype=pl.Categorical),
            "Q1": [1.0, float("nan")],
            "Q2": ["ข", None],
            "Q3": pl.Series([3, None], dtype=pl.Int8),
            "seat": [[1, 2], []],
        }
    )
    found = read(parquet(frame))
    assert found.rows["candidate_id"].to_list() == ["1100700123456", "7"]
    assert found.marks.tolist() == [[1, 2, 4], [0, 0, 0]]
    assert found.rows["line"].to_list() == [1, 2]
    assert found.files[0].structure == "wide, 3 answers, Parquet"


def test_a_damaged_parquet_file_ends_in_a_refusal_not_in_the_process() -> None:
    data = bytearray(parquet(pl.DataFrame({name: ["A"] * 50 for name in HEAD})))
    data[20:60] = b"\xff" * 40
    assert refused(bytes(data))[0] == "damaged-parquet"


@pytest.mark.parametrize("what", ["row", "column"])
def test_hidden_rows_and_columns_are_read_and_said_so(what: str) -> None:
    book = openpyxl.Workbook()
    for row in (HEAD, ["1", "A", "A", "B", "C"], ["2", "A", "A", "B", "C"]):
        book.active.append(row)
    assert "hidden" not in read(saved(book)).files[0].structure
    if what == "row":
        book.active.row_dimensions[3].hidden = True
    else:
        book.active.column_dimensions["D"].hidden = True
    found = read(saved(book))
    assert "its hidden rows and columns too" in found.files[0].structure
    assert found.rows.height == 2
