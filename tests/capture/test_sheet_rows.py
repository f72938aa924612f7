"""A row number that no worksheet can have."""

from __future__ import annotations

import zipfile
from io import BytesIO

import openpyxl
import pytest

from examgen.capture.tabular.workbooks import workbook_tables
from examgen.core.problems import Refused


def test_a_row_far_beyond_the_last_is_a_damaged_workbook() -> None:
    book = openpyxl.Workbook()
    book.active.append(["candidate_id", "Q1"])
    book.active.append(["P1", "A"])
    book.save(whole := BytesIO())
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(damaged := BytesIO(), "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, data.replace(b'<row r="2"', b'<row r="411007000"'))
    (table,) = workbook_tables("answers.xlsx", damaged.getvalue())
    with pytest.raises(Refused) as refused:
        list(table.body(2))
    assert refused.value.problems[0].code == "damaged-workbook"
