"""What the cells of a workbook say, read a line at a time."""

from __future__ import annotations

import io
import zipfile

import pytest

from examgen.evidence.persons.workbooks import cells_in, rows_in

NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
ROWS = "".join(
    f'<row r="{n}"><c r="A{n}" t="s"><v>{n % 2}</v></c><c r="C{n}"><v>{1100200300000 + n}.0</v></c>'
    f'<c r="D{n}" t="inlineStr"><is><r><t>ใจ</t></r><r><t>ดี {n}</t></r></is></c></row>'
    for n in range(1, 501)
)


def workbook(sheet: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/workbook.xml", f"<workbook {NS}/>")
        archive.writestr(
            "xl/sharedStrings.xml", f"<sst {NS}><si><t>น้ำ</t></si><si><r><t>ฟ้า</t></r></si></sst>"
        )
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
        archive.writestr("xl/worksheets/sheet2.xml", f"<worksheet {NS}><sheetData/></worksheet>")
    return out.getvalue()


def test_cells_are_those_of_the_rows() -> None:
    data = workbook(f"<worksheet {NS}><sheetData>{ROWS}</sheetData></worksheet>")
    found = [*cells_in(data)]
    assert found[:3] == ["ฟ้า", "1100200300001", "ใจดี 1"]
    assert found == [cell for sheet in rows_in(data) for row in sheet for cell in row if cell]


@pytest.mark.parametrize("sheet", [f"<worksheet {NS}><sheetData>{ROWS}", "", "<!DOCTYPE x"])
def test_a_broken_sheet_is_no_workbook(sheet: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        [*cells_in(workbook(sheet))]
